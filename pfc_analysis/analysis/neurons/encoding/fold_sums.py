"""Sums of products over folds, from which every training set is made by subtraction.

A training set is everything but one or two folds. Its sums of products are the total minus those of
the folds, so that trials are multiplied once, however many training sets there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray

COLLINEAR = 1e-4
"""Directions of the trend with less of the largest eigenvalue than this are left out.

A base with all combinations of events has directions that hardly vary in a training set, such as
two combinations that are told apart by one trial. Without a penalty their weights would be
arbitrary, and large where the held-out trials differ in them."""


@dataclass(frozen=True)
class Sums:
    """Sums over trials of products of the trend z, features x and responses y.

    The trend is everything that has no penalty, the base among it.

    Attributes
    ----------
    n : int
        Trials.
    zz, zx, zy, xx, xy : float arrays
        (column of the one, column of the other).
    yy : float array (response,)
        Squares.
    """

    n: int
    zz: FloatArray
    zx: FloatArray
    zy: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray

    def __sub__(self, other: Sums) -> Sums:
        """Leave out trials."""
        return Sums(
            self.n - other.n, *(a - b for a, b in zip(self._arrays(), other._arrays(), strict=True))
        )

    def __add__(self, other: Sums) -> Sums:
        """Take in trials."""
        return Sums(
            self.n + other.n, *(a + b for a, b in zip(self._arrays(), other._arrays(), strict=True))
        )

    def _arrays(self) -> tuple[FloatArray, ...]:
        return self.zz, self.zx, self.zy, self.xx, self.xy, self.yy

    def fit_trend(self) -> Trend:
        """Regress features and responses on the trend, whose columns may be collinear."""
        if not self.zz.size:
            return Trend(np.zeros_like(self.zx), np.zeros_like(self.zy))
        inverse = np.linalg.pinv(self.zz, rcond=COLLINEAR, hermitian=True)
        return Trend(inverse @ self.zx, inverse @ self.zy)

    def select_trend(self, n_columns: int) -> Sums:
        """Keep the first columns of the trend."""
        k = slice(n_columns)
        return Sums(self.n, self.zz[k, k], self.zx[k], self.zy[k], self.xx, self.xy, self.yy)

    def residualise(self, trend: Trend) -> Products:
        """Sum products of what a trend leaves of features and responses."""
        x, y = trend.of_features, trend.of_responses
        crossed = x.T @ self.zx
        return Products(
            self.n,
            self.xx - crossed - crossed.T + x.T @ self.zz @ x,
            self.xy - x.T @ self.zy - self.zx.T @ y + x.T @ self.zz @ y,
            self.yy - 2 * np.sum(y * self.zy, axis=0) + np.sum(y * (self.zz @ y), axis=0),
        )


@dataclass(frozen=True)
class Trend:
    """Coefficients (trend, column) of features and responses on the trend."""

    of_features: FloatArray
    of_responses: FloatArray


@dataclass(frozen=True)
class Products:
    """Sums over n trials of products of features x and responses y, less their trends."""

    n: int
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray

    def select(self, columns: np.ndarray) -> Products:
        """Select features."""
        return Products(self.n, self.xx[np.ix_(columns, columns)], self.xy[columns], self.yy)


def sum_products(z: FloatArray, x: FloatArray, y: FloatArray) -> Sums:
    """Sum products over trials; arrays (trial, column)."""
    return Sums(len(y), z.T @ z, z.T @ x, z.T @ y, x.T @ x, x.T @ y, np.einsum("ij,ij->j", y, y))
