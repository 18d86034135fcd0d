r"""Ridge regression of all units at once, with the penalty chosen within the training blocks.

Features are scaled to unit variance in the training set. With the eigenvectors V and eigenvalues s
of their covariance over n trials, the weights of penalty :math:`\lambda` are

.. math:: W_\lambda = V (s + \lambda)^{-1} V^T X^T Y / n

so that one decomposition serves all units and all penalties. A unit's penalty is the one with the
least squared error in folds of the training set, each predicted from the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.neurons.encoding.fold_sums import Products, Sums, sum_products

PENALTIES = np.geomspace(1e-3, 1e2, 11)
"""In units of the features' variance: scikit-learn's ``alpha`` divided by the number of trials."""

SMALLEST_VARIANCE = 1e-10
"""A feature with less of its variance than this in the training set has no weight."""


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

    def shrink(self, penalties: FloatArray) -> FloatArray:
        """Compute weights on axes, (penalty, axis, response)."""
        return self.projected / (self.size + penalties[:, None])[..., None]

    def score(self, held_out: Products, penalties: FloatArray) -> FloatArray:
        """Sum squared errors over held-out trials, (penalty, response)."""
        weight = self.shrink(penalties)
        squares = self.axes.T @ held_out.xx @ self.axes
        crossed = self.axes.T @ held_out.xy
        fitted = np.einsum("lat,lat->lt", weight, squares @ weight - 2 * crossed)
        return np.asarray(held_out.yy + fitted)

    def weigh(self, penalty: FloatArray) -> FloatArray:
        """Compute weights (feature, response), each response with its own penalty (response,)."""
        return self.axes @ (self.projected / (self.size[:, None] + penalty))


def fit_path(products: Products) -> RidgePath:
    """Decompose the covariance of the features of a training set."""
    variance = np.diag(products.xx) / products.n
    there = variance > SMALLEST_VARIANCE * max(float(variance.max(initial=0.0)), 1e-300)
    scale = np.where(there, 1 / np.sqrt(np.where(there, variance, 1.0)), 0.0)
    covariance = products.xx / products.n * scale * scale[:, None]
    size, vectors = np.linalg.eigh(covariance)
    axes = scale[:, None] * vectors
    return RidgePath(axes, np.maximum(size, 0.0), axes.T @ products.xy / products.n)


@dataclass(frozen=True)
class EncodingArrays:
    """What is regressed: arrays (trial, column), each trial's fold (trial,), and components.

    Attributes
    ----------
    trend, features, responses : float arrays (trial, column)
    fold : integer array (trial,)
        From 0.
    loadings : sequence of float arrays (unit, component)
        Of the population's components, one for each fold that is held out.
    units : bool
        Whether single units are predicted, besides components.
    """

    trend: FloatArray
    features: FloatArray
    responses: FloatArray
    fold: IntArray
    loadings: Sequence[FloatArray]
    units: bool = True

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return len(self.loadings)


def compute_residuals(
    arrays: EncodingArrays, models: Mapping[str, IntArray], penalties: FloatArray = PENALTIES
) -> dict[str, FloatArray]:
    """Predict every held-out fold by every model, and return what is left of the responses.

    Parameters
    ----------
    arrays : EncodingArrays
    models : mapping of str to integer array (feature,)
        Columns of the features of each model.
    penalties : float array (penalty,)

    Returns
    -------
    dict of float array (trial, unit + component)
        By model; "" is the trend alone. Components are those of the fold that was held out.
    """
    n_units = arrays.responses.shape[1] if arrays.units else 0
    shape = (len(arrays.responses), n_units + arrays.loadings[0].shape[1])
    left = {name: np.empty(shape) for name in ("", *models)}
    for held_out in range(arrays.n_folds):
        rows = arrays.fold == held_out
        units = arrays.responses[:, :n_units]
        targets = np.concatenate([units, arrays.responses @ arrays.loadings[held_out]], axis=1)
        parts = [
            sum_products(
                *(each[arrays.fold == k] for each in (arrays.trend, arrays.features, targets))
            )
            for k in range(arrays.n_folds)
        ]
        parts.pop(held_out)
        training = sum(parts[1:], parts[0])
        trend = training.fit_trend()
        features = arrays.features[rows] - arrays.trend[rows] @ trend.of_features
        left[""][rows] = targets[rows] - arrays.trend[rows] @ trend.of_responses
        chosen = _choose_penalties(training, parts, models, penalties)
        products = training.residualise(trend)
        for name, columns in models.items():
            weight = fit_path(products.select(columns)).weigh(chosen[name])
            left[name][rows] = left[""][rows] - features[:, columns] @ weight
    return left


def _choose_penalties(
    training: Sums, parts: Sequence[Sums], models: Mapping[str, IntArray], penalties: FloatArray
) -> dict[str, FloatArray]:
    """Choose each response's penalty by folds of the training set; (response,) by model."""
    error = {name: np.zeros((penalties.size, training.yy.size)) for name in models}
    for part in parts:
        rest = training - part
        trend = rest.fit_trend()
        fitted, held_out = rest.residualise(trend), part.residualise(trend)
        for name, columns in models.items():
            path = fit_path(fitted.select(columns))
            error[name] += path.score(held_out.select(columns), penalties)
    return {name: penalties[np.argmin(each, axis=0)] for name, each in error.items()}


def find_loadings(
    responses: FloatArray, trend: FloatArray, fold: IntArray, n_components: int
) -> list[FloatArray]:
    """Find the components of the training set of each fold; (unit, component) each.

    Units are scaled to unit variance in the training set, less its trend.
    """
    from scipy.linalg import eigh

    n_folds, n_units = int(fold.max()) + 1, responses.shape[1]
    joined = np.concatenate([trend, responses], axis=1)
    parts = [joined[fold == k].T @ joined[fold == k] for k in range(n_folds)]
    total, n_terms, found = sum(parts[1:], parts[0]), trend.shape[1], []
    for part in parts:
        covariance = _leave_trend(total - part, n_terms)
        spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
        covariance *= scale * scale[:, None]
        vectors = eigh(covariance, subset_by_index=(n_units - n_components, n_units - 1))[1]
        found.append(scale[:, None] * vectors[:, ::-1])
    return found


def _leave_trend(products: FloatArray, n_terms: int) -> FloatArray:
    """Sum products of responses less their trend, from those of trend and responses."""
    zz, zy = products[:n_terms, :n_terms], products[:n_terms, n_terms:]
    left = products[n_terms:, n_terms:]
    return left - zy.T @ np.linalg.solve(zz, zy) if n_terms else left.copy()
