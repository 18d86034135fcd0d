"""Measure how the rate of each unit drifts over a session."""

from __future__ import annotations

import numpy as np
import pandas as pd

FEWEST = 10
"""Fewest trials from which drift is measured (a setting of ours)."""


def measure_drift(counts: np.ndarray) -> np.ndarray:
    """Correlate the count of each unit with the order of trials (Spearman's rank correlation).

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (trial, unit), in the order of trials; NaN where nothing was recorded.

    Returns
    -------
    numpy.ndarray
        Shape (unit,): -1 a rate that only falls, 1 one that only rises; NaN where a unit has fewer
        than 10 trials or the same count on all of them. Without drift, its standard error is
        1 / sqrt(n - 1) for n trials.

    Examples
    --------
    >>> import numpy as np
    >>> trial = np.arange(20.0)
    >>> measure_drift(np.stack([trial, -(trial**3), np.ones(20)], axis=1))
    array([ 1., -1., nan])
    """
    there = np.isfinite(counts)
    order = np.where(there, np.arange(len(counts))[:, None].astype(np.float64), np.nan)
    ranks = pd.DataFrame(np.where(there, counts, np.nan)).rank().to_numpy()
    n = there.sum(axis=0)
    order, ranks = (
        _centred(values, n) for values in (pd.DataFrame(order).rank().to_numpy(), ranks)
    )
    spread = np.sqrt(np.nansum(order**2, axis=0) * np.nansum(ranks**2, axis=0))
    enough = (n >= FEWEST) & (spread > 0)
    return np.where(enough, np.nansum(order * ranks, axis=0) / np.where(enough, spread, 1), np.nan)


def _centred(values: np.ndarray, n: np.ndarray) -> np.ndarray:
    centred: np.ndarray = values - np.nansum(values, axis=0) / np.maximum(n, 1)
    return centred
