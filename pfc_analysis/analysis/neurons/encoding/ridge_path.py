r"""Ridge regressions of all responses at once, for all penalties, from sums of products.

Features are scaled to unit variance in the training set. With the eigenvectors V and eigenvalues s
of their covariance over n trials, the weights of penalty :math:`\lambda` are

.. math:: W_\lambda = V (s + \lambda)^{-1} V^T X^T Y / n

so that one decomposition serves all units and all penalties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.neurons.encoding.fold_sums import Products

SMALLEST_VARIANCE = 0.01
"""A feature of which the base leaves less of its variance than this has no weight.

What is left may be a direction that the base leaves out because it hardly varies (`COLLINEAR`);
scaled to unit variance, its weight would be arbitrary."""


@dataclass(frozen=True)
class RidgePath:
    """Ridge regressions of all responses on some features, for all penalties.

    Attributes
    ----------
    axes : float array (feature, axis)
        Eigenvectors, in units of the features as they came.
    size : float array (axis,)
        Eigenvalues.
    projected : float array (axis, response)
        Covariances of axes and responses.
    """

    axes: FloatArray
    size: FloatArray
    projected: FloatArray

    def score(self, held_out: Products, penalties: FloatArray) -> FloatArray:
        """Sum squared errors over held-out trials, (penalty, response)."""
        weight = self.projected / (self.size + penalties[:, None])[..., None]
        squares = self.axes.T @ held_out.xx @ self.axes
        crossed = self.axes.T @ held_out.xy
        fitted = np.einsum("lat,lat->lt", weight, squares @ weight - 2 * crossed)
        return np.asarray(held_out.yy + fitted)

    def weigh(self, penalty: FloatArray) -> FloatArray:
        """Compute weights (feature, response), each response with its own penalty (response,)."""
        return np.asarray(self.axes @ (self.projected / (self.size[:, None] + penalty)))


def fit_path(products: Products, stretch: FloatArray) -> RidgePath:
    """Decompose the covariance of the features of a training set.

    Parameters
    ----------
    products : Products
        Of features and responses. Features have unit variance over all trials, before the base and
        the trend are taken out.
    stretch : float array (feature,)
        By how much each feature is stretched beyond unit variance: the penalty on its weight is
        divided by the square of it.
    """
    variance = np.diag(products.xx) / products.n
    there = variance > SMALLEST_VARIANCE
    scale = np.where(there, stretch / np.sqrt(np.where(there, variance, 1.0)), 0.0)
    covariance = products.xx / products.n * scale * scale[:, None]
    size, vectors = np.linalg.eigh(covariance)
    axes = scale[:, None] * vectors
    return RidgePath(axes, np.maximum(size, 0.0), axes.T @ products.xy / products.n)
