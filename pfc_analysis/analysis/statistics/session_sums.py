r"""Estimate means, ratios and lines over sessions, from the sums within each session.

Proportions and rates are ratios :math:`\sum_i y_i / \sum_i x_i` over trials; a line needs six sums.
If the sums of each session are kept, the estimate from any resampled sessions is a function of
weighted sums.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray, number_labels
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.statistics.straight_line import SMALLEST_SPREAD
from pfc_analysis.given_types import checks_types


def sum_by_unit(values: FloatArray, unit: IntArray, n_units: int) -> FloatArray:
    """Sum over the trials of each unit: (trial, column) to (unit, column)."""
    columns = [np.bincount(unit, column, n_units) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((n_units, 0))


def resample_ratios(
    numerator: FloatArray, denominator: FloatArray, weights: FloatArray
) -> FloatArray:
    """Compute ratios of sums over resampled units.

    Parameters
    ----------
    numerator, denominator : float arrays (unit, ratio)
    weights : float array (draw, unit)
        How often each unit was drawn.

    Returns
    -------
    float array (draw, ratio)
        NaN where the denominator is 0.
    """
    below = weights @ denominator
    return np.divide(weights @ numerator, below, np.full(below.shape, np.nan), where=below > 0)


def estimate_ratio(
    numerator: FloatArray, denominator: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimate ratios of sums, with intervals from their linearised variance.

    Parameters
    ----------
    numerator, denominator : float arrays (unit, ratio)
        Of independent units: sessions, or the trials of one.

    Returns
    -------
    value, lower, upper : float arrays (ratio,)
        95 %, Student's t over the units that have a denominator, minus one; NaN where there are
        fewer than two, or their variance is 0.
    """
    total, units = denominator.sum(axis=0), (denominator != 0).sum(axis=0)
    value = np.divide(numerator.sum(axis=0), total, np.full(total.shape, np.nan), where=total > 0)
    influence = (numerator - denominator * value) / np.where(total > 0, total, np.nan)
    known = (units > 1) & (total > 0)
    freedom = np.maximum(units - 1, 1)
    variance = np.nansum(influence**2, axis=0) * units / freedom
    reach = student_quantile(0.975, freedom) * np.sqrt(variance)
    reach = np.where(known & (variance > 0), reach, np.nan)
    return value, value - reach, value + reach


@checks_types
def estimate_clustered_mean(value: FloatArray, session: IntArray) -> tuple[float, float, float]:
    r"""Average values over all sessions, with equal weight for each value.

    The mean is a ratio of session totals, with linearised variance (Cochran 1977, Sampling
    Techniques, section 6.3)

    .. math:: \frac{G}{G - 1} \sum_g \Big(\frac{1}{N} \sum_{i \in g} (y_i - \bar y)\Big)^2

    over G sessions g and N values.

    Parameters
    ----------
    value : float array (item,)
        What to average.
    session : integer array (item,)
        Session of each item.

    Returns
    -------
    mean, lower, upper : float
        With a 95 % interval by Student's t with G - 1 degrees of freedom; NaN for one session,
        which does not show how sessions differ, even if all its values are equal. Equal values in
        several sessions have an interval without width. The mean is NaN without a value.

    Examples
    --------
    Six trials in three sessions, whose values are alike within each session:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> values = np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0])
    >>> session = np.array([0, 0, 1, 1, 2, 2])
    >>> mean, lower, upper = pfc.analysis.estimate_clustered_mean(values, session)
    >>> print(f"{mean:.2f}, 95 % interval {lower:.2f} to {upper:.2f}")
    2.00, 95 % interval -0.48 to 4.48
    """
    if value.size == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(value.mean())
    _, cluster = number_labels(session)
    influence = np.bincount(cluster, value - mean) / value.size
    n_sessions = influence.size
    if n_sessions < 2:
        return mean, float("nan"), float("nan")
    variance = n_sessions / (n_sessions - 1) * float(influence @ influence)
    reach = float(student_quantile(0.975, n_sessions - 1)) * float(np.sqrt(variance))
    return mean, mean - reach, mean + reach


def sum_line(x: FloatArray, y: FloatArray, unit: IntArray, n_units: int) -> FloatArray:
    """Compute the sums that a line needs, by unit: n, x, y, xx, xy, yy; float array (unit, 6)."""
    columns = np.stack([np.ones(x.size), x, y, x * x, x * y, y * y], axis=1)
    return sum_by_unit(columns, unit, n_units)


def resample_line(sums: FloatArray, weights: FloatArray) -> FloatArray:
    """Fit lines through the points of resampled units.

    Parameters
    ----------
    sums : float array (unit, 6)
        Of `sum_line`.
    weights : float array (draw, unit)
        How often each unit was drawn.

    Returns
    -------
    float array (draw, 3)
        Slope, intercept and r squared; NaN with fewer than three points, or no spread in x.
    """
    n, x, y, xx, xy, yy = (weights @ sums).T
    with np.errstate(invalid="ignore", divide="ignore"):
        spread, common, height = xx - x * x / n, xy - x * y / n, yy - y * y / n
        slope = common / spread
        found = np.stack([slope, (y - slope * x) / n, common**2 / (spread * height)], axis=1)
    # Resamples that repeat one point have no spread except rounding.
    known = (n >= 3) & (spread > 1e3 * SMALLEST_SPREAD * xx)
    flat = ~(height > 1e3 * SMALLEST_SPREAD * yy)
    found[flat, 2] = np.nan
    return np.where(known[:, None], found, np.nan)
