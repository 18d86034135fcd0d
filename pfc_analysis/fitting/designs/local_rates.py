"""Estimate probabilities of reward from outcomes, where a recording does not have them."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray

TIME_CONSTANT = 10.0
"""Trials after which an outcome has 1/e of its weight in a local rate: reversals of the usual
two-step tasks are tens of trials apart. A setting of ours."""

PRIOR_TRIALS = 1.0
"""Trials that a mean rate counts for where a rate is estimated from few outcomes."""


def estimate_local_rate(
    option: IntArray, rewarded: BoolArray, session: IntArray, n_options: int
) -> FloatArray:
    """Estimate each option's rate of reward around every trial.

    Outcomes are weighted by ``exp(-distance / TIME_CONSTANT)``, before and after the trial, within
    the session. The option's mean rate counts as one more trial. A rate that jumps is estimated
    as one that rises, so that such a design pays a little less than the task did.

    Parameters
    ----------
    option : int array (trial,)
        The option whose outcome was seen; -1 for none.
    rewarded : boolean array (trial,)
    session : int array (trial,)
    n_options : int

    Returns
    -------
    float array (trial, option)
    """
    found = np.empty((option.size, n_options))
    for one in range(n_options):
        seen = option == one
        mean = mean_rate(rewarded[seen])
        for number in np.unique(session):
            rows = np.flatnonzero(session == number)
            trials = _smooth(seen[rows].astype(np.float64))
            rewards = _smooth((seen & rewarded)[rows].astype(np.float64))
            found[rows, one] = (rewards + PRIOR_TRIALS * mean) / (trials + PRIOR_TRIALS)
    return found


def estimate_session_rate(
    option: IntArray, rewarded: BoolArray, session: IntArray, n_options: int
) -> FloatArray:
    """Estimate each option's rate of reward in every session; float array (trial, option).

    Arguments as of `estimate_local_rate`; the option's mean rate counts as one more trial.
    """
    found = np.empty((option.size, n_options))
    n_sessions = int(session.max()) + 1
    for one in range(n_options):
        seen = option == one
        trials = np.bincount(session, weights=seen, minlength=n_sessions)
        rewards = np.bincount(session, weights=seen & rewarded, minlength=n_sessions)
        prior = PRIOR_TRIALS * mean_rate(rewarded[seen])
        found[:, one] = ((rewards + prior) / (trials + PRIOR_TRIALS))[session]
    return found


def mean_rate(rewarded: BoolArray) -> float:
    """Compute the share of rewarded trials; .5 of none."""
    return float(np.mean(rewarded)) if rewarded.size else 0.5


def _smooth(values: FloatArray) -> FloatArray:
    """Sum values over all trials, weighted by their distance."""
    from scipy.signal import lfilter

    decay = np.exp(-1.0 / TIME_CONSTANT)
    forward = lfilter([1.0], [1.0, -decay], values)
    backward = lfilter([1.0], [1.0, -decay], values[::-1])[::-1]
    return np.asarray(forward + backward - values, dtype=np.float64)
