"""Ridge regressions from hidden states to the side that pays and the features of both images.

A target is a row of numbers: the paying side (-1 left, 1 right), the features of the image that
pays, and those of the other image, features in units of their standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.statistics.ridge_moments import sum_by_fold

TARGETS = ("rewarded_side", "rewarded_image")

NO_VARIANCE = 1e-10
"""States whose variance is a smaller share of their mean square are equal except for rounding, as
those of the first step often are."""


@dataclass(frozen=True)
class ProblemRegressions:
    """Regressions that decode how far each number of a target is from its mean.

    Attributes
    ----------
    mean : float array (unit,)
        Mean state of the sessions that they were fitted to.
    weight : float array (unit, target)
    noise : float array (target,)
        Variance of the target that they leave unexplained.
    """

    mean: FloatArray
    weight: FloatArray
    noise: FloatArray

    def decode(self, states: FloatArray) -> FloatArray:
        """Decode states (row, unit); return deviations from the mean target (row, target)."""
        return np.asarray((states - self.mean) @ self.weight)


def fit_regressions(moments: FloatArray, n_units: int, penalty: float) -> ProblemRegressions:
    """Fit to sums over rows.

    Parameters
    ----------
    moments : float array (k, k)
        Sums of products of (1, states, target), as of `sum_by_fold`, added over folds.
    n_units : int
        Number of units.
    penalty : float
        In units of the states' mean variance, above 0.
    """
    mean = moments[0, 1:] / moments[0, 0]
    covariance = moments[1:, 1:] / moments[0, 0] - np.outer(mean, mean)
    within, across = covariance[:n_units, :n_units], covariance[:n_units, n_units:]
    ridge = penalty * np.trace(within) / n_units
    weight = np.linalg.solve(within + ridge * np.eye(n_units), across)
    explained = np.sum(weight * across, axis=0) + ridge * np.sum(weight**2, axis=0)
    noise = np.diagonal(covariance)[n_units:] - explained
    return ProblemRegressions(mean[:n_units], weight, noise)


def are_equal(states: FloatArray) -> bool:
    """Return whether states (row, unit) are the same in all rows, except for rounding."""
    variance = np.mean((states - states.mean(axis=0)) ** 2)
    return not variance > NO_VARIANCE * np.mean(states**2)


def decode_folds(
    states: FloatArray, target: FloatArray, fold: IntArray, n_folds: int, penalty: float
) -> tuple[FloatArray, FloatArray]:
    """Decode every row by regressions fitted to the rows of the other folds.

    Returns decoded targets and their unexplained variance, both (row, target). Targets are decoded
    as deviations from their mean. The mean itself is left out: that of the other folds deviates in
    the opposite direction from the fold that is decoded, which would push uninformative states
    below chance.
    """
    decoded, noise = np.zeros_like(target), np.ones_like(target)
    if are_equal(states):
        return decoded, noise
    # Centred, so that products lose no digits to a large mean.
    states = states - states.mean(axis=0)
    moments = sum_by_fold(states, target, fold, n_folds)
    total = moments.sum(axis=0)
    for k in range(n_folds):
        fitted = fit_regressions(total - moments[k], states.shape[1], penalty)
        judged = fold == k
        decoded[judged], noise[judged] = fitted.decode(states[judged]), fitted.noise
    return decoded, noise


def split_target(target: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Split into side (row,), and features (row, feature) of the paying and the other image."""
    n_features = (target.shape[1] - 1) // 2
    return target[:, 0], target[:, 1 : 1 + n_features], target[:, 1 + n_features :]


def find_middle(target: FloatArray) -> FloatArray:
    """Return the mean features of all images: they do not tell which of them pays."""
    _, rewarded, other = split_target(target)
    return np.asarray((rewarded + other).mean(axis=0) / 2.0)


def compare_images(
    decoded: FloatArray, target: FloatArray, noise: FloatArray, middle: FloatArray
) -> FloatArray:
    """Compare what was decoded with both answers: which side, and which image, fits better?

    Parameters
    ----------
    decoded, noise : float array (row, target)
        As of `decode_folds`.
    target : float array (row, target)
        The true answers.
    middle : float array (feature,)
        As of `find_middle`.

    Returns
    -------
    float array (2, row)
        For the side and for the image (`TARGETS`): above 0 where the true answer fits better.
    """
    side, rewarded, other = split_target(target)
    told_side, told_rewarded, told_other = split_target(decoded)
    _, *unexplained = (part.sum(axis=-1) for part in split_target(noise))
    nearer = [
        np.sum((told + middle - false) ** 2 - (told + middle - true) ** 2, axis=1) / variance
        for told, true, false, variance in (
            (told_rewarded, rewarded, other, unexplained[0]),
            (told_other, other, rewarded, unexplained[1]),
        )
    ]
    return np.stack([told_side * side, sum(nearer)])


def share_right(scores: FloatArray) -> FloatArray:
    """Return the share of rows that were decoded correctly, (target,); a tie counts as half."""
    return np.asarray(np.mean((scores > 0) + 0.5 * (scores == 0), axis=1))
