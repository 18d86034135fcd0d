"""Score what was decoded from units in sessions that were held out, with errors over sessions."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.statistics.clustered_proportion import (
    estimate_clustered_proportions,
    wilson_interval,
)


def find_shared(n_folds: int) -> float:
    """Find by how much folds that share their sessions raise the variance of a score.

    The factor is 1 + k / (k - 1) for k folds (Nadeau & Bengio 2003, Machine Learning 52:239).
    """
    return 1.0 + n_folds / (n_folds - 1)


def estimate_accuracy(
    right: BoolArray, session: IntArray, n_folds: int | None = None
) -> FloatArray:
    """Estimate a share of trials with its 95 % interval, (3,), corrected for `n_folds` folds.

    The interval is Wilson's, at the effective number of trials under clustering by session.
    """
    cell = np.zeros(right.size, dtype=np.int64)
    found = estimate_clustered_proportions(right.astype(np.float64), cell, session, 1)
    shared = 1.0 if n_folds is None else find_shared(n_folds)
    ends = wilson_interval(found.proportion, found.n_effective / shared)
    return np.concatenate([found.proportion, *ends])


def estimate_r_squared(left: FloatArray, there: FloatArray) -> tuple[float, float]:
    """Estimate the share of variance that is decoded, and its standard error (linearised).

    Parameters
    ----------
    left, there : float arrays (session,)
        Sum over the session's trials of the squared error, and of the squared distance of the
        target from its mean.
    """
    ratio = left.sum() / there.sum()
    error = np.sqrt(np.sum((left - ratio * there) ** 2)) / there.sum()
    return float(1.0 - ratio), float(error)


def estimate_balanced_accuracy(
    decoded: IntArray, true: IntArray, session: IntArray, n_folds: int
) -> tuple[float, float]:
    """Estimate the mean over classes of the share decoded correctly, and its standard error.

    The error is linearised over sessions, and corrected for folds that share sessions.

    Parameters
    ----------
    decoded, true : integer arrays (trial,)
        Classes, from 0; all up to the largest occur in `true`.
    session : integer array (trial,)
        From 0.
    n_folds : int
    """
    size = np.bincount(true)
    recall = np.bincount(true, decoded == true) / size
    away = ((decoded == true) - recall[true]) / size[true] / size.size
    error = np.sqrt(find_shared(n_folds) * np.sum(np.bincount(session, away) ** 2))
    return float(recall.mean()), float(error)
