r"""Approximate logistic regressions on resampled sessions by one step of Newton's method.

At the fit to all trials, :math:`\hat\beta`, each session u has a score :math:`g_u` (gradient of its
log-likelihood) and an information :math:`H_u`. Sessions drawn with weights w have the estimate

.. math:: \beta_w \approx \hat\beta + (\sum_u w_u H_u)^{-1} \sum_u w_u g_u

This is the first iterate of Newton's method for the drawn sessions; its error is of second order
in the distance. With Firth's penalty the scores are the modified ones, with the leverages of all
trials (`pfc_analysis.analysis.statistics.firth_logistic`). It never diverges, even where the drawn
sessions alone would separate the choices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.statistics.firth_logistic import compute_leverage

_JITTER = 1e-9
"""Share of the mean diagonal that is added, so that a predictor in no drawn session stays put."""

_BATCH = 500
"""Draws whose Hessians are held at a time."""


@dataclass(frozen=True)
class SessionNewton:
    """A fit, with the score and the Hessian of each unit (a session).

    Attributes
    ----------
    coefficient : float array (predictor,)
        From all units.
    score : float array (unit, predictor)
    hessian : float array (unit, predictor, predictor)
    """

    coefficient: FloatArray
    score: FloatArray
    hessian: FloatArray

    def resample(self, weights: FloatArray) -> FloatArray:
        """Compute coefficients from resampled units.

        Parameters
        ----------
        weights : float array (draw, unit)
            How often each unit was drawn.

        Returns
        -------
        float array (draw, predictor)
        """
        n = self.coefficient.size
        upper = np.triu_indices(n)
        packed = self.hessian[:, upper[0], upper[1]]
        gradient = weights @ self.score
        found = np.empty((weights.shape[0], n))
        for start in range(0, weights.shape[0], _BATCH):
            rows = slice(start, start + _BATCH)
            total = np.zeros((weights[rows].shape[0], n, n))
            total[:, upper[0], upper[1]] = weights[rows] @ packed
            total[:, upper[1], upper[0]] = total[:, upper[0], upper[1]]
            diagonal = np.einsum("dii->di", total)  # a view
            diagonal += _JITTER * diagonal.mean(axis=1, keepdims=True) + 1e-300
            found[rows] = np.linalg.solve(total, gradient[rows, :, None])[..., 0]
        return self.coefficient + found


def build_session_newton(
    design: FloatArray,
    response: FloatArray,
    unit: IntArray,
    n_units: int,
    coefficient: FloatArray,
    firth: bool = False,
) -> SessionNewton:
    """Sum scores and Hessians of a fitted logistic regression within units.

    Parameters
    ----------
    design : float array (trial, predictor)
        Predictors, the intercept among them.
    response : float array (trial,)
        0 or 1.
    unit : integer array (trial,)
        Session, or other unit that is drawn, of each row, from 0.
    n_units : int
        Units, those without a row among them.
    coefficient : float array (predictor,)
        The fit (`fit_logistic` without a ridge, or `fit_firth`).
    firth : bool
        Whether it has Firth's penalty.
    """
    from scipy.special import expit

    order = np.argsort(unit, kind="stable")
    design, response = design[order], response[order]
    bounds = np.searchsorted(unit[order], np.arange(n_units + 1))
    probability = expit(design @ coefficient)
    weighted = np.sqrt(probability * (1 - probability))[:, None] * design
    residual = response - probability
    if firth:
        residual += compute_leverage(design, coefficient) * (0.5 - probability)
    n = coefficient.size
    score, hessian = np.zeros((n_units, n)), np.zeros((n_units, n, n))
    for index in range(n_units):
        rows = slice(bounds[index], bounds[index + 1])
        score[index] = residual[rows] @ design[rows]
        hessian[index] = weighted[rows].T @ weighted[rows]
    return SessionNewton(coefficient, score, hessian)
