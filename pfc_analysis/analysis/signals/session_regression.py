"""Regress one signal on each of two others and on their residuals, for any weights of sessions.

All these regressions follow from the sums of products of the three signals. The sums are computed
once for each session; a bootstrap sample of sessions is a weighted sum of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray

SMALLEST_SHARE = 1e-12
"""A residual with less than this share of its signal's variance is rounding, not signal."""


def residualise(signal: FloatArray, other: FloatArray) -> FloatArray:
    """Compute the least-squares residual of a signal on another and a constant; (point,)."""
    signal = signal - signal.mean()
    other = other - other.mean()
    variance = other @ other
    if variance == 0:
        return signal
    return np.asarray(signal - other * (other @ signal / variance), dtype=np.float64)


def tabulate_moments(signals: Sequence[FloatArray], cell: IntArray, n_cells: int) -> FloatArray:
    """Sum the products of signals within cells, such as sessions.

    Parameters
    ----------
    signals : sequence of float arrays (point,)
        For precision, subtract their means first.
    cell : integer array (point,)
        Cell of each point, from 0.
    n_cells : int

    Returns
    -------
    float array (cell, 1 + signals, 1 + signals)
        Sums of products of 1 and the signals.
    """
    columns = [np.ones(cell.size), *signals]
    moments = np.empty((n_cells, len(columns), len(columns)))
    for i, first in enumerate(columns):
        for j, second in enumerate(columns[: i + 1]):
            moments[:, i, j] = moments[:, j, i] = np.bincount(cell, first * second, n_cells)
    return moments


def regress_pairs(total: FloatArray, centre: FloatArray) -> dict[str, FloatArray]:
    """Regress a signal y on each of four regressors, from sums of products.

    Parameters
    ----------
    total : float array (..., 4, 4)
        Sums of products of (1, y, first, second), from `tabulate_moments`.
    centre : float array (..., 3)
        Means of y, first and second that were subtracted before.

    Returns
    -------
    dict of float arrays (..., 4)
        `slope`, `intercept` and `r2` for: first, second, the residual of second on first, the
        residual of first on second (both with mean 0); `partial_r2` for the residuals. NaN where
        the regressor has no variance.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total[..., 0, 1:] / total[..., :1, 0]
        covariance = (
            total[..., 1:, 1:] / total[..., :1, :1] - mean[..., :, None] * mean[..., None, :]
        )
        columns = [
            _simple(mean, covariance, centre, 1),
            _simple(mean, covariance, centre, 2),
            _residual(mean, covariance, centre, 2, 1),
            _residual(mean, covariance, centre, 1, 2),
        ]
    found = {
        name: np.stack([column[k] for column in columns], axis=-1)
        for k, name in enumerate(("slope", "intercept", "r2"))
    }
    # The share of variance that a residual explains, of what the other regressor leaves.
    unexplained = 1.0 - found["r2"][..., :2]
    unexplained = np.where(unexplained > SMALLEST_SHARE, unexplained, np.nan)
    found["partial_r2"] = np.full_like(found["r2"], np.nan)
    found["partial_r2"][..., 2:] = found["r2"][..., 2:] / unexplained
    return found


def _simple(
    mean: FloatArray, covariance: FloatArray, centre: FloatArray, x: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute slope, intercept and r2 of y (signal 0) on signal x."""
    variance = np.where(covariance[..., x, x] > 0, covariance[..., x, x], np.nan)
    slope = covariance[..., 0, x] / variance
    intercept = centre[..., 0] + mean[..., 0] - slope * (centre[..., x] + mean[..., x])
    return slope, intercept, _r2(covariance[..., 0, x], variance, covariance[..., 0, 0])


def _residual(
    mean: FloatArray, covariance: FloatArray, centre: FloatArray, x: int, on: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute slope, intercept and r2 of y on the residual of signal x on signal `on`."""
    ratio = np.nan_to_num(covariance[..., x, on] / covariance[..., on, on])
    variance = covariance[..., x, x] - ratio * covariance[..., x, on]
    variance = np.where(variance > SMALLEST_SHARE * covariance[..., x, x], variance, np.nan)
    shared = covariance[..., 0, x] - ratio * covariance[..., 0, on]
    slope = shared / variance
    # The residual has mean 0, so the intercept is the mean of y.
    intercept = np.where(np.isnan(slope), np.nan, centre[..., 0] + mean[..., 0])
    return slope, intercept, _r2(shared, variance, covariance[..., 0, 0])


def _r2(shared: FloatArray, variance_x: FloatArray, variance_y: FloatArray) -> FloatArray:
    """Compute the squared correlation; NaN where either signal does not vary."""
    variance_y = np.where(variance_y > 0, variance_y, np.nan)
    return np.asarray(shared**2 / (variance_x * variance_y), dtype=np.float64)
