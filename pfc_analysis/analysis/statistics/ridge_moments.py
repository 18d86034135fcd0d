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
        As of `sum_by_fold`, of one target, two folds or more.
    """
    coefficient, penalty = fit_ridges(moments, 1)
    return RidgeFit(float(coefficient[0, 0]), coefficient[0, 1:], float(penalty[0]))


def fit_ridges(moments: FloatArray, n_targets: int) -> tuple[FloatArray, FloatArray]:
    """Fit several targets on all folds, each with the penalty that predicts its folds best.

    Parameters
    ----------
    moments : float array (fold, k, k)
        As of `sum_by_fold`, two folds or more; the last `n_targets` columns are targets.
    n_targets : int

    Returns
    -------
    coefficient : float array (target, 1 + predictor)
        The intercept first.
    penalty : float array (target,)
        One of `PENALTIES` each.
    """
    total = moments.sum(axis=0)
    loss = np.zeros((PENALTIES.size, n_targets))
    for held_out in moments:
        found = _solve(total - held_out, n_targets, PENALTIES)
        xx, xy = held_out[:-n_targets, :-n_targets], held_out[:-n_targets, -n_targets:]
        loss += np.sum((found @ xx - 2.0 * xy.T) * found, axis=-1)
        loss += np.diagonal(held_out)[-n_targets:]
    best = np.argmin(loss, axis=0)
    kept, place = np.unique(best, return_inverse=True)
    coefficient = _solve(total, n_targets, PENALTIES[kept])[place, np.arange(n_targets)]
    return coefficient, PENALTIES[best]


def predict_held_out(rows: Rows, target: FloatArray, fold: IntArray, n_folds: int) -> FloatArray:
    """Predict each fold's targets from fits to the other folds, penalties chosen within them.

    Parameters
    ----------
    rows : array (row, predictor)
        In memory, or read block by block.
    target : float array (row,) or (row, target)
    fold : integer array (row,)
    n_folds : int
        At least 3.

    Returns
    -------
    float array
        As `target`.
    """
    targets = target.reshape(len(target), -1)
    n_targets = targets.shape[1]
    moments = sum_by_fold(rows, targets, fold, n_folds)
    fits = [fit_ridges(np.delete(moments, k, axis=0), n_targets)[0] for k in range(n_folds)]
    predicted = np.empty(targets.shape)
    for start, block in iterate_rows(rows):
        part = slice(start, start + len(block))
        for k, fit in enumerate(fits):
            held_out = fold[part] == k
            predicted[part][held_out] = block[held_out] @ fit[:, 1:].T + fit[:, 0]
    return predicted.reshape(target.shape)


def _solve(moments: FloatArray, n_targets: int, penalties: FloatArray) -> FloatArray:
    """Solve for coefficients (penalty, target, 1 + predictor), intercept unpenalised."""
    n = moments[0, 0]
    mean = moments[0, 1:] / n
    centred = moments[1:, 1:] / n - np.outer(mean, mean)
    size, axes = np.linalg.eigh(centred[:-n_targets, :-n_targets])
    projected = centred[-n_targets:, :-n_targets] @ axes
    # Rounding may leave a direction without variance slightly below 0.
    size = np.maximum(size, 0.0)
    weight = (projected / (size + penalties[:, None] * size.mean())[:, None]) @ axes.T
    intercept = mean[-n_targets:] - weight @ mean[:-n_targets]
    return np.concatenate([intercept[..., None], weight], axis=-1)
