r"""Compute partial correlations of many units with a few predictors.

The partial correlation of y with :math:`x_k` given the other predictors is the correlation of the
residuals of both on these. With the least-squares coefficient :math:`b_k`, its t on N - K degrees
of freedom and the residual sum of squares SSE of y on all predictors it is

.. math:: r_k = \frac{t_k}{\sqrt{t_k^2 + N - K}}
          = \frac{b_k}{\sqrt{b_k^2 + \mathrm{SSE}\,[(X^T X)^{-1}]_{kk}}}

The second form needs sums over trials only. Sessions can therefore be resampled, or paired with
each other, by adding their sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.row_blocks import Rows
from pfc_analysis.analysis.statistics.least_squares import factorise_design, fit_least_squares
from pfc_analysis.analysis.statistics.row_products import cut_rows


@dataclass(frozen=True)
class Moments:
    """Sums of products over trials; leading dimensions count sets of trials.

    Attributes
    ----------
    xx : float array (..., column, column)
        Of the design's columns; column 0 is the intercept.
    xy : float array (..., column, unit)
        Of the design and the responses.
    yy : float array (..., unit)
        Squares of the responses.
    """

    xx: FloatArray
    xy: FloatArray
    yy: FloatArray

    def pool(self, weight: FloatArray) -> Moments:
        """Add up groups, each `weight` (..., group) times."""
        pooled = (np.tensordot(weight, part, axes=1) for part in (self.xx, self.xy, self.yy))
        return Moments(*pooled)

    def select(self, columns: Sequence[int]) -> Moments:
        """Keep some of the design's columns, in the order given."""
        wanted = list(columns)
        return Moments(self.xx[..., wanted, :][..., wanted], self.xy[..., wanted, :], self.yy)

    def correlate(self) -> FloatArray:
        """Compute partial correlations with the last column, given the others; (..., unit).

        The result is most exact if columns and responses are centred and of similar size.

        Raises
        ------
        AnalysisError
            If columns are collinear in one of the sets of trials.
        """
        try:
            triangle = np.linalg.cholesky(self.xx)
        except np.linalg.LinAlgError as error:
            raise AnalysisError(
                "predictors: found some that are constant or linear combinations of each other in "
                "one of the permutations or resamples of sessions, expected predictors that vary "
                "within most sessions; leave out the one that does not, or use more sessions"
            ) from error
        # Responses in an orthonormal basis of the columns, that of the last one last. Substitution
        # over all sets at once takes a tenth of the time of `np.linalg.solve` for each.
        score: list[FloatArray] = []
        for c in range(self.xx.shape[-1]):
            rest = self.xy[..., c, :].copy()
            for d, known in enumerate(score):
                rest -= triangle[..., c, d, None] * known
            score.append(rest / triangle[..., c, c, None])
        left = self.yy - sum(known**2 for known in score[:-1])
        length = np.sqrt(np.maximum(left, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            # Rounding must not carry a correlation past 1.
            return np.clip(score[-1] / length, -1.0, 1.0)


def compute_partial_correlations(
    responses: Rows, design: FloatArray, names: Sequence[str], units: Sequence[str]
) -> FloatArray:
    """Correlate every unit with every predictor, partialling out the other predictors.

    Parameters
    ----------
    responses : float array (trial, unit)
        Finite numbers; no unit constant. In memory, or read block by block.
    design : float array (trial, 1 + predictor)
        Finite numbers; column 0 is the intercept.
    names, units : sequences of str
        Labels of the design's columns and of units, for error messages.

    Returns
    -------
    float array (predictor, unit)
        Partial Pearson correlations, -1 to 1.

    Raises
    ------
    AnalysisError
        If trials are no more than columns, if columns are constant or collinear, or if predictors
        explain a unit without residual.
    """
    fit = fit_least_squares(factorise_design(design, names), responses, units)
    t = fit.t[:, 1:]
    return np.asarray(t / np.sqrt(t**2 + fit.degrees_of_freedom)).T


def fit_predictors(
    responses: Rows, design: FloatArray, names: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Regress responses on a design, block by block of trials.

    Parameters and errors as in `compute_partial_correlations`.

    Returns
    -------
    coefficient, unexplained : float arrays (column, unit) and (unit,)
        Least-squares coefficients, and sums of squares of the residuals.
    """
    factor = factorise_design(design, names)
    blocks = list(cut_rows(*responses.shape))
    score = np.zeros((design.shape[1], responses.shape[1]))
    for rows in blocks:
        score += factor.basis[rows].T @ responses[rows]
    rounding, unexplained = np.zeros_like(score), np.zeros(responses.shape[1])
    for rows in blocks:
        residual = responses[rows] - factor.basis[rows] @ score
        rounding += factor.basis[rows].T @ residual
        unexplained += np.einsum("ij,ij->j", residual, residual)
    return factor.inverse @ (score + rounding), unexplained


def sum_moments(responses: Rows, design: FloatArray, group: IntArray, n_groups: int) -> Moments:
    """Sum products over the trials of each group.

    Parameters
    ----------
    responses, design : float arrays (trial, unit) and (trial, column)
        Finite numbers.
    group : integer array (trial,)
        From 0.
    n_groups : int
        Groups; those without trials have sums of 0.

    Returns
    -------
    Moments
        With leading dimension `group`.
    """
    n_columns, n_units = design.shape[1], responses.shape[1]
    sums = Moments(
        np.zeros((n_groups, n_columns, n_columns)),
        np.zeros((n_groups, n_columns, n_units)),
        np.zeros((n_groups, n_units)),
    )
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=n_groups))
    for index, rows in enumerate(np.split(order, ends[:-1])):
        x, y = design[rows], responses[rows]
        sums.xx[index], sums.xy[index], sums.yy[index] = x.T @ x, x.T @ y, np.sum(y**2, axis=0)
    return sums
