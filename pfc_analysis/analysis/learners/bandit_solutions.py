"""Solve Bernoulli bandits: Gittins indices, optimal play of two arms, and Thompson's probability.

An arm that was rewarded s times and unrewarded f times has the posterior Beta(1 + s, 1 + f), its
probability of reward being uniform on [0, 1] before.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from numba import njit

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError

CALIBRATION_STEPS = 4000
"""Evenly spaced sure payments among which a Gittins index is located before interpolation."""

LONGEST_SOLVED = 300
"""Most trials for which optimal play is solved; the policy then takes 344 MB."""

LEFT, RIGHT, EITHER = range(3)
"""Entries of an optimal policy."""


@cache
def compute_gittins_index(n_trials: int, discount: float, horizon: int = 500) -> FloatArray:
    """Compute the Gittins indices of an arm.

    Parameters
    ----------
    n_trials : int
        Largest number of times that the arm was pulled.
    discount : float
        Factor for each trial, above 0 and below 1.
    horizon : int
        Number of pulls after which the arm is assumed to pay its posterior mean for ever; above
        `n_trials`.

    Returns
    -------
    float array (rewarded, unrewarded), each from 0 to `n_trials`
        The sure payment in each trial that is worth as much as the arm; NaN where an arm was
        pulled more often than `n_trials`. Read-only.

    Raises
    ------
    AnalysisError
        If the discount or the horizon is out of range.

    Notes
    -----
    Indices are too low by at most 0.00012 with discount 0.99 and up to 100 pulls (compared with six
    times as many steps), and by less than 0.00002 in 99 of 100 counts. The computation takes about
    a second.

    References
    ----------
    Gittins (1979), J R Stat Soc B 41:148: calibration against an arm of known pay.
    """
    if not 0 < discount < 1:
        raise AnalysisError(f"discount: found {discount}, expected a number above 0 and below 1")
    if not horizon > n_trials:
        raise AnalysisError(
            f"horizon: found {horizon}, expected more than the {n_trials} pull(s) that indices are "
            "asked for"
        )
    index = _calibrate(n_trials, discount, horizon, CALIBRATION_STEPS)
    index.setflags(write=False)
    return np.asarray(index)


@njit(cache=True)
def _calibrate(n_trials, discount, horizon, n_steps):  # type: ignore[no-untyped-def]
    """Raise the sure payment in steps; the index is where pulling the arm stops being better."""
    index = np.full((n_trials + 1, n_trials + 1), np.nan)
    # The gain over the sure payment from pulling the arm as long as that is better, and how long
    # that is, both discounted.
    gain, time = np.empty(horizon + 1), np.empty(horizon + 1)
    alpha = 1.0 + np.arange(horizon + 1)  # of the posterior
    for k in range(n_steps):
        pay = k / n_steps
        for s in range(horizon + 1):
            better = (1.0 + s) / (2.0 + horizon) - pay
            gain[s] = max(better, 0.0) / (1.0 - discount)
            time[s] = 1.0 / (1.0 - discount) if better > 0.0 else 0.0
        low = 0
        for n in range(horizon - 1, -1, -1):
            # Where an arm with s + 1 rewards is not pulled, one with s is not, one trial before.
            while low <= n + 1 and gain[low] == 0.0:
                low += 1
            low = max(low - 1, 0)
            here = slice(low, n + 2)
            _step_back(gain[here], time[here], alpha[here], 2.0 + n, pay, discount)
            if n > n_trials:
                continue
            for s in range(low, n + 1):
                if gain[s] > 0.0:
                    # The payment at which this stopping rule gains nothing. It is the index once
                    # the rule is the best one for that payment.
                    index[s, n - s] = pay + gain[s] / time[s]
    return index


@njit(cache=True, error_model="numpy")
def _step_back(gain, time, alpha, total, pay, discount):  # type: ignore[no-untyped-def]
    """Compute gain and time from those one pull later, in place; the last entry stays.

    The posterior has parameters `alpha` and `total` - `alpha`. There are no branches, so that
    processors compute several entries at a time.
    """
    for s in range(gain.size - 1):
        p = alpha[s] / total
        gained = p - pay + discount * (p * gain[s + 1] + (1.0 - p) * gain[s])
        lasted = 1.0 + discount * (p * time[s + 1] + (1.0 - p) * time[s])
        gain[s] = gained if gained > 0.0 else 0.0
        time[s] = lasted if gained > 0.0 else 0.0


@cache
def solve_two_arms(n_trials: int) -> tuple[npt.NDArray[np.int8], float]:
    """Solve for the policy that earns most in so many trials of two independent arms.

    Parameters
    ----------
    n_trials : int
        Trials of a session, at most `LONGEST_SOLVED`.

    Returns
    -------
    policy : int8 array
        0 left, 1 right, 2 either, at the place that `locate_counts` gives. Only counts that can
        occur have a place: n (n + 1) (n + 2) (n + 3) / 24 bytes, 4.4 MB for 100 trials. Read-only.
    reward : float
        What the policy earns in a session, on average over arms.

    Raises
    ------
    AnalysisError
        If the number of trials is out of range.

    References
    ----------
    Berry & Fristedt (1985), Bandit Problems, chapter 2.
    """
    if not 1 <= n_trials <= LONGEST_SOLVED:
        raise AnalysisError(
            f"n_trials: found {n_trials}, expected 1 to {LONGEST_SOLVED}; memory grows with its "
            "fourth power"
        )
    policy, reward = _solve(n_trials)
    policy.setflags(write=False)
    return policy, float(reward)


def locate_counts(rewarded: IntArray, unrewarded: IntArray) -> IntArray:
    """Locate counts in an optimal policy.

    Parameters
    ----------
    rewarded, unrewarded : int arrays (..., 2)
        How often each arm, left and right, paid and did not.

    Returns
    -------
    int array (...)
        Index into the policy of `solve_two_arms`: counts are in order of trials, among these of
        the left arm's and the right arm's rewarded ones, and so on (the combinatorial number
        system).
    """
    z = rewarded[..., 0]
    y = z + unrewarded[..., 0]
    x = y + rewarded[..., 1]
    t = x + unrewarded[..., 1]
    return np.asarray(t * (t + 1) * (t + 2) * (t + 3) // 24 + _place.py_func(x, y, z))


@njit(cache=True)
def _place(x, y, z):  # type: ignore[no-untyped-def]
    """Find the place of z <= y <= x among all such triples, ordered by x, then y, then z."""
    return x * (x + 1) * (x + 2) // 6 + y * (y + 1) // 2 + z


@njit(cache=True)
def _solve(n_trials):  # type: ignore[no-untyped-def]
    n = n_trials
    policy = np.empty(n * (n + 1) * (n + 2) * (n + 3) // 24, np.int8)
    later = np.zeros((n + 1) * (n + 2) * (n + 3) // 6)
    for t in range(n - 1, -1, -1):
        first = t * (t + 1) * (t + 2) * (t + 3) // 24
        # In rising order, so that a place is overwritten only when its value is no longer needed.
        for x in range(t + 1):
            for y in range(x + 1):
                for z in range(y + 1):
                    here = _place(x, y, z)
                    p = (1.0 + z) / (2.0 + y)
                    q = (1.0 + x - y) / (2.0 + t - y)
                    left = p * (1.0 + later[_place(x + 1, y + 1, z + 1)])
                    left += (1.0 - p) * later[_place(x + 1, y + 1, z)]
                    right = q * (1.0 + later[_place(x + 1, y, z)]) + (1.0 - q) * later[here]
                    same = abs(left - right) < 1e-12 * n
                    policy[first + here] = EITHER if same else LEFT if left > right else RIGHT
                    later[here] = max(left, right)
    return policy, later[0]


def compare_posteriors(rewarded: IntArray, unrewarded: IntArray) -> FloatArray:
    r"""Compute the probability that the left arm's draw from its posterior exceeds the right's.

    Beta(1 + s, 1 + f) is the distribution of the (s + 1)-th smallest of s + f + 1 uniform numbers.
    The left arm's is the larger of two such if at most :math:`s_1` of the left arm's numbers are
    among the :math:`m = s_1 + s_2 + 1` smallest of all:

    .. math:: \sum_{k=0}^{s_1} \binom{n_1}{k} \binom{n_2}{m - k} \Big/ \binom{n_1 + n_2}{m},
        \quad n_i = s_i + f_i + 1

    Parameters
    ----------
    rewarded, unrewarded : int arrays (session, arm)
        Outcomes of each arm, s and f.

    Returns
    -------
    float array (session,)
        Summed in logarithms: no count overflows.

    References
    ----------
    Thompson (1933), Biometrika 25:285.
    """
    from scipy.special import gammaln

    drawn = rewarded.sum(axis=1) + 1
    numbers = rewarded + unrewarded + 1
    log_factorial = gammaln(np.arange(int(numbers.sum(axis=1).max()) + 1) + 1.0)

    def log_choose(n: IntArray, k: IntArray) -> FloatArray:
        possible = (k >= 0) & (k <= n)
        inside = np.where(possible, k, 0)
        value = log_factorial[n] - log_factorial[inside] - log_factorial[n - inside]
        return np.where(possible, value, -np.inf)

    (s, _), (n_left, n_right) = rewarded.T, numbers.T
    k = np.arange(int(s.max()) + 1)[:, None]
    of_left = log_choose(n_left, np.where(k <= s, k, -1))
    of_right = log_choose(n_right, drawn - k)
    term = np.exp(of_left + of_right - log_choose(n_left + n_right, drawn))
    # Summed term by term, so that the result does not depend on the other sessions in the array.
    return np.minimum(term.cumsum(axis=0)[-1], 1.0)
