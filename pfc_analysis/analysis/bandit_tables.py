"""What optimal play of Bernoulli bandits says, by dynamic programming over counts.

An arm that was rewarded s times and unrewarded f times has the posterior Beta(1 + s, 1 + f), its
probability of reward being uniform on [0, 1] before.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit

from pfc_analysis.analysis.trials import FloatArray, IntArray

GITTINS_STEPS = 4000
"""Rates of pay that the index is sought among, evenly spaced; between them it is interpolated."""


@cache
def compute_gittins_index(n_trials: int, discount: float, horizon: int = 800) -> FloatArray:
    """Gittins indices of an arm.

    Parameters
    ----------
    n_trials : int
        Largest number of times that the arm was pulled.
    discount : float
        A trial, below 1.
    horizon : int
        Pulls after which the arm pays its posterior mean for ever.

    Returns
    -------
    float array (rewarded, unrewarded), each from 0 to `n_trials`
        The sure pay a trial at which one is indifferent between it and the arm; NaN where an arm
        was pulled more often than `n_trials`.

    References
    ----------
    Gittins (1979), J R Stat Soc B 41:148, by the calibration of its section on Bernoulli arms.
    """
    return _calibrate(n_trials, discount, max(horizon, n_trials + 1), GITTINS_STEPS)


@njit(cache=True)
def _calibrate(n_trials, discount, horizon, n_steps):  # type: ignore[no-untyped-def]
    """Index by a search over sure pays: the first at which to pull is no better than to leave."""
    index = np.full((n_trials + 1, n_trials + 1), np.nan)
    gain = np.full((n_trials + 1, n_trials + 1), np.nan)
    value = np.empty(horizon + 1)
    for k in range(n_steps + 1):
        pay = k / n_steps
        leave = pay / (1.0 - discount)
        for s in range(horizon + 1):
            value[s] = max(leave, (1.0 + s) / (2.0 + horizon) / (1.0 - discount))
        for n in range(horizon - 1, -1, -1):
            for s in range(n + 1):
                p = (1.0 + s) / (2.0 + n)
                pull = p * (1.0 + discount * value[s + 1]) + (1.0 - p) * discount * value[s]
                value[s] = max(leave, pull)
                if n <= n_trials and np.isnan(index[s, n - s]):
                    excess = pull - leave
                    if excess <= 0.0:
                        before = gain[s, n - s]
                        part = 1.0 if k == 0 else before / (before - excess)
                        index[s, n - s] = (k - 1.0 + part) / n_steps if k > 0 else 0.0
                    gain[s, n - s] = excess
    return index


@cache
def solve_two_arms(n_trials: int) -> tuple[IntArray, float]:
    """Policy that earns most in so many trials of two independent arms.

    Parameters
    ----------
    n_trials : int
        Trials of a session.

    Returns
    -------
    policy : int8 array (trial, rewarded left, unrewarded left, rewarded right)
        0 left, 1 right, 2 either; the trials not listed were right and unrewarded. -1 where counts
        are impossible.
    reward : float
        What it earns in a session, on average over arms.

    References
    ----------
    Berry & Fristedt (1985), Bandit Problems, chapter 2.
    """
    return _solve(n_trials)


@njit(cache=True)
def _solve(n_trials):  # type: ignore[no-untyped-def]
    n = n_trials
    policy = np.full((n, n, n, n), -1, np.int8)
    later = np.zeros((n + 1, n + 1, n + 1))
    for t in range(n - 1, -1, -1):
        now = np.zeros((n + 1, n + 1, n + 1))
        for a in range(t + 1):
            for b in range(t - a + 1):
                for c in range(t - a - b + 1):
                    d = t - a - b - c
                    p, q = (1.0 + a) / (2.0 + a + b), (1.0 + c) / (2.0 + c + d)
                    left = p * (1.0 + later[a + 1, b, c]) + (1.0 - p) * later[a, b + 1, c]
                    right = q * (1.0 + later[a, b, c + 1]) + (1.0 - q) * later[a, b, c]
                    now[a, b, c] = max(left, right)
                    same = abs(left - right) < 1e-12
                    policy[t, a, b, c] = 2 if same else 0 if left > right else 1
        later = now
    return policy, later[0, 0, 0]
