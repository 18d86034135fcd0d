"""Fit a ridge regression from sums over rows, so that folds are combined by addition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.row_blocks import Rows, iterate_rows

PENALTIES = np.geomspace(1e-8, 1e2, 21)
"""In units of the predictors' mean variance; 1 halves the weight of an average direction."""


@dataclass(frozen=True)
class RidgeFit:
    """Coefficients of a ridge regression.

    Attributes
    ----------
    intercept : float
    weight : float array (predictor,)
    penalty : float
        One of `PENALTIES`.
    """

    intercept: float
    weight: FloatArray
    penalty: float

    def predict(self, rows: NumberArray) -> FloatArray:
        """Predict the target of rows (row, predictor)."""
        return np.asarray(rows @ self.weight + self.intercept)


def sum_by_fold(rows: Rows, target: FloatArray, fold: IntArray, n_folds: int) -> FloatArray:
    """Sum products of (1, predictors, target) over each fold's rows; (fold, k, k).

    Rows are in memory, or read block by block.
    """
    total: FloatArray | None = None
    for start, block in iterate_rows(rows):
        part = slice(start, start + len(block))
        full = np.column_stack([np.ones(len(block)), block, target[part]])
        parts = (full[fold[part] == k] for k in range(n_folds))
        sums = np.stack([own.T @ own for own in parts])
        total = sums if total is None else total + sums
    assert total is not None  # there are rows
    return total


def fit_ridge(moments: FloatArray) -> RidgeFit:
    """Fit on all folds, with the penalty that predicts each fold best from the others.

    Parameters
    ----------
    moments : float array (fold, k, k)
        As of `sum_by_fold`, two folds or more.
    """
    total = moments.sum(axis=0)
    loss = np.zeros(PENALTIES.size)
    for held_out in moments:
        for k, coefficient in enumerate(_solve(total - held_out, PENALTIES)):
            residual = np.append(coefficient, -1.0)
            loss[k] += residual @ held_out @ residual
    best = PENALTIES[[int(np.argmin(loss))]]
    coefficient = _solve(total, best)[0]
    return RidgeFit(float(coefficient[0]), coefficient[1:], float(best[0]))


def _solve(moments: FloatArray, penalties: FloatArray) -> FloatArray:
    """Solve for coefficients (penalty, 1 + predictor) from sums (k, k), intercept unpenalised."""
    n = moments[0, 0]
    mean = moments[0, 1:] / n
    centred = moments[1:, 1:] / n - np.outer(mean, mean)
    size, axes = np.linalg.eigh(centred[:-1, :-1])
    projected = axes.T @ centred[:-1, -1]
    # Rounding may leave a direction without variance slightly below 0.
    size = np.maximum(size, 0.0)
    weight = (projected / (size + penalties[:, None] * size.mean())) @ axes.T
    intercept = mean[-1] - weight @ mean[:-1]
    return np.column_stack([intercept, weight])
