"""Means, covariances and quantiles of weighted draws."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray


def weighted_moments(values: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute mean (quantity,) and covariance (quantity, quantity) of draws (draw, quantity)."""
    mean = weight @ values
    centred = values - mean
    return mean, (weight * centred.T) @ centred


def weighted_limits(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Compute the 2.5 % and 97.5 % quantiles of draws (draw, quantity): (quantity, 2)."""
    found = np.empty((values.shape[1], 2))
    for k in range(values.shape[1]):
        order = np.argsort(values[:, k])
        below = np.cumsum(weight[order]) - 0.5 * weight[order]
        found[k] = np.interp([0.025, 0.975], below, values[order, k])
    return found
