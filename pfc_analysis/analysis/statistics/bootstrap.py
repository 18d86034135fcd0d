"""Means of few independent values, with intervals that assume no distribution."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import FloatArray

MIN_VALUES = 4
"""Below so many, drawing them anew says nothing of where they come from."""

MIN_RESAMPLES = 100


def bootstrap_mean(
    values: FloatArray, rng: np.random.Generator, n_resamples: int = 10_000
) -> tuple[float, float, float]:
    r"""Average values, with the interval of a bootstrap-t.

    Values are drawn with replacement; of each draw the studentised distance
    :math:`t^* = (\bar x^* - \bar x) / s^*` is kept, and the interval is :math:`\bar x - t^*_{.975}
    s` to :math:`\bar x - t^*_{.025} s`, s the standard error. It allows for skewed values and for
    their small number, which percentiles of the drawn means do not.

    Parameters
    ----------
    values : float array (value,)
        Independent, finite; one at least.
    rng : numpy.random.Generator
        Draws them anew.
    n_resamples : int
        How often.

    Returns
    -------
    mean, lower, upper : float
        With a 95 % interval; NaN for fewer than 4 values.

    Raises
    ------
    AnalysisError
        If `n_resamples` is below 100.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 12.5.
    """
    if n_resamples < MIN_RESAMPLES:
        raise AnalysisError(
            f"n_resamples: found {n_resamples}, expected at least {MIN_RESAMPLES}; the ends of an "
            "interval rest on the outermost 2.5 % of draws"
        )
    n, mean = values.size, float(values.mean())
    if n < MIN_VALUES:
        return mean, float("nan"), float("nan")
    error = float(values.std(ddof=1) / np.sqrt(n))
    drawn = values[rng.integers(0, n, (n_resamples, n))]
    spread = drawn.std(axis=1, ddof=1) / np.sqrt(n)
    # A draw of one value again and again has no spread to measure its distance by.
    usable = spread > 1e-12 * float(np.abs(values).max())
    if not usable.any():
        return mean, mean, mean
    distance = (drawn[usable].mean(axis=1) - mean) / spread[usable]
    low, high = np.quantile(distance, (0.025, 0.975))
    return mean, mean - float(high) * error, mean - float(low) * error
