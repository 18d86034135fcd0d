r"""Estimate what two options pay, and how often they exchange roles, from outcomes alone.

One of two options (arms, second-stage states) pays with probability a, the other with c. Before
each trial they exchange roles with probability h; which of them is the better one is hidden. That
is a hidden Markov chain of two states; a, c and h are those of largest likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.statistics.quantiles import normal_quantile, student_quantile

STARTS = ((0.8, 0.2, 0.02), (0.6, 0.4, 0.05), (0.9, 0.5, 0.005))
"""Where the search begins, (a, c, h): the best of the three ends counts."""

LIMIT = 9.0
"""Largest log-odds of a, c and 2 h: probabilities stay between .0001 and .9999."""

STEP = 1e-3
"""Step of the numerical derivatives, in log-odds."""


@dataclass(frozen=True)
class HiddenBlocks:
    """Estimates with 95 % intervals.

    Attributes
    ----------
    value, lower, upper : float arrays (3,)
        Probability of reward of the better and of the worse option, and probability of an exchange
        before a trial. Bounds are NaN where the likelihood has no clear maximum.
    n_trials, n_sessions : int
        Outcomes that were used, and sessions.
    """

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    n_trials: int
    n_sessions: int


def fit_hidden_blocks(option: IntArray, paid: IntArray, session: IntArray) -> HiddenBlocks:
    """Fit two reward probabilities that exchange roles at random.

    Parameters
    ----------
    option : integer array (trial,)
        0 or 1, the option whose outcome was seen; -1 for none: only time passes.
    paid : integer array (trial,)
        Whether it paid, 0 or 1.
    session : integer array (trial,)
        Session of each trial, in order. In its first trial either option is the better one.

    Returns
    -------
    HiddenBlocks
        Intervals are those of the log-odds: the covariance is robust to dependence within sessions
        (sandwich estimator over sessions, Student's t), or the inverse information where there is
        a single session.

    Raises
    ------
    EmptySelectionError
        If no outcome was seen.

    References
    ----------
    Rabiner (1989), Proc IEEE 77:257, on hidden Markov chains; White (1982), Econometrica 50:1, on
    the covariance.
    """
    from scipy.optimize import minimize

    if not (option >= 0).any():
        raise EmptySelectionError("choice: found no valid trial, expected outcomes of two options")
    place = np.unique(session, return_inverse=True)[1].astype(np.int64)
    data = option.astype(np.int64), paid.astype(np.int64), place, int(place[-1]) + 1

    def loss(odds: FloatArray) -> float:
        return -float(_log_likelihood(_from_odds(odds), *data).sum())

    bounds = [(-LIMIT, LIMIT)] * 3
    ends = [minimize(loss, _to_odds(s), method="L-BFGS-B", bounds=bounds) for s in STARTS]
    odds = np.asarray(min(ends, key=lambda end: float(end.fun)).x, dtype=np.float64)
    if odds[0] < odds[1]:
        odds = odds[[1, 0, 2]]
    error = _standard_errors(odds, data)
    return HiddenBlocks(
        value=_from_odds(odds),
        lower=_from_odds(odds - error),
        upper=_from_odds(odds + error),
        n_trials=int((option >= 0).sum()),
        n_sessions=data[3],
    )


def _to_odds(values: tuple[float, float, float]) -> FloatArray:
    shares = np.array(values) * [1.0, 1.0, 2.0]  # an exchange at most every other trial
    return np.asarray(np.log(shares / (1.0 - shares)))


def _from_odds(odds: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)) / [1.0, 1.0, 2.0])


def _standard_errors(
    odds: FloatArray, data: tuple[IntArray, IntArray, IntArray, int]
) -> FloatArray:
    """Half the width of the 95 % intervals of the log-odds; NaN without a clear maximum."""
    steps = STEP * np.eye(3)

    def scores(at: FloatArray) -> FloatArray:
        """Differentiate each session's log-likelihood; float array (session, 3)."""
        both = [
            [_log_likelihood(_from_odds(at + sign * step), *data) for sign in (1, -1)]
            for step in steps
        ]
        return np.stack([(up - down) / (2 * STEP) for up, down in both], axis=1)

    information = -np.stack(
        [(scores(odds + s).sum(axis=0) - scores(odds - s).sum(axis=0)) / (2 * STEP) for s in steps]
    )
    information = (information + information.T) / 2
    if np.linalg.eigvalsh(information).min() <= 1e-6:
        return np.full(3, np.nan)
    covariance, quantile, n = np.linalg.inv(information), normal_quantile(0.975), data[3]
    if n > 1:
        by_session = scores(odds)
        covariance = covariance @ (by_session.T @ by_session) @ covariance * n / (n - 1)
        quantile = float(student_quantile(0.975, n - 1))
    return np.asarray(quantile * np.sqrt(np.diag(covariance)))


@njit(cache=True)
def _log_likelihood(values, option, paid, session, n_sessions):  # type: ignore[no-untyped-def]
    """Log-likelihood of each session, by the forward recursion."""
    better, worse, exchange = values
    found = np.zeros(n_sessions)
    belief = 0.5  # that option 1 is the better one
    for trial in range(option.size):
        if trial == 0 or session[trial] != session[trial - 1]:
            belief = 0.5
        else:
            belief = belief * (1.0 - exchange) + (1.0 - belief) * exchange
        if option[trial] < 0:
            continue
        if_one = better if option[trial] == 1 else worse
        if_zero = worse if option[trial] == 1 else better
        if paid[trial] == 0:
            if_one, if_zero = 1.0 - if_one, 1.0 - if_zero
        total = belief * if_one + (1.0 - belief) * if_zero
        found[session[trial]] += np.log(total)
        belief = belief * if_one / total
    return found
