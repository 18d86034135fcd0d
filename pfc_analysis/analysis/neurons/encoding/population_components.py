"""Principal components of a population, found in the training blocks of each fold."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray


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
