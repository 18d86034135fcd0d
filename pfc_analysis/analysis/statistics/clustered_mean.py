"""Estimate a mean of trials that come in sessions, with its interval."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray, number_labels
from pfc_analysis.analysis.statistics.quantiles import student_quantile


def estimate_clustered_mean(values: FloatArray, session: IntArray) -> tuple[float, float, float]:
    """Estimate a mean over trials; trials of a session may depend on one another.

    Parameters
    ----------
    values : float array (trial,)
        Finite, one at least.
    session : integer array (trial,)
        Session of each trial.

    Returns
    -------
    mean, lower, upper : float
        The 95 % interval is Student's t with the linearised variance of the ratio of session totals
        to session lengths (Cochran 1977, Sampling Techniques, section 6.5). It has no width where
        all values are equal, and is NaN for one session.
    """
    place = number_labels(session)[1]
    total, count = np.bincount(place, values), np.bincount(place)
    mean = float(total.sum() / count.sum())
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0]), float(values[0])
    if count.size < 2:
        return mean, float("nan"), float("nan")
    influence = (total - mean * count) / count.sum()
    error = np.sqrt(count.size / (count.size - 1) * np.sum(influence**2))
    reach = float(student_quantile(0.975, count.size - 1) * error)
    return mean, mean - reach, mean + reach
