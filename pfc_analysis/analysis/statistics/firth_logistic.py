r"""Fit a logistic regression with Firth's penalty, which has an estimate also under separation.

The estimate maximises the likelihood times Jeffreys' prior,

.. math:: \log L(\beta) + \frac{1}{2} \log \det I(\beta), \quad I(\beta) = X^T W X,

W the diagonal of :math:`\pi_i (1 - \pi_i)`. Its score, for predictor j, is

.. math:: \sum_i \left( y_i - \pi_i + h_i (\tfrac{1}{2} - \pi_i) \right) x_{ij}

with :math:`h_i` the diagonal of :math:`W^{1/2} X I^{-1} X^T W^{1/2}` (Firth 1993). The penalty
removes the bias of maximum likelihood that is of order 1 / n, so it shrinks little where there are
many trials, and its estimate is finite also where the predictors separate the responses (Heinze &
Schemper 2002). Where the predictors only say in which of several cells a trial is, it adds half a
success and half a failure to each cell.

Why not a library: statsmodels and scikit-learn have no such penalty.

References
----------
Firth (1993), Biometrika 80:27. Heinze & Schemper (2002), Statistics in Medicine 21:2409.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.logistic import (
    LogisticFit,
    compute_information,
    compute_log_likelihood,
)
from pfc_analysis.analysis.statistics.quantiles import normal_quantile
from pfc_analysis.analysis.statistics.row_products import cut_rows

MAX_ITERATIONS = 400
STEP_TOLERANCE = 1e-8
LARGEST_STEP = 5.0
"""Largest change of a coefficient in one iteration, in log-odds."""


def fit_firth(
    design: FloatArray, response: FloatArray, session: IntArray, subject: str = ""
) -> LogisticFit:
    """Fit a logistic regression with Firth's penalty.

    Parameters
    ----------
    design : float array (trial, predictor)
        Predictors, the intercept among them, none a sum of others.
    response : float array (trial,)
        0 or 1.
    session : integer array (trial,)
        Session of each row, to count them.
    subject : str
        Whose data these are, for error messages.

    Returns
    -------
    LogisticFit
        With the inverse of the information at the estimate as covariance, and normal quantiles.

    Raises
    ------
    AnalysisError
        If predictors are constant or collinear, or the iterations do not converge.

    References
    ----------
    Firth (1993), Biometrika 80:27. Heinze & Schemper (2002), Statistics in Medicine 21:2409.
    """
    where = f"subject {subject!r}: " if subject else ""
    coefficient = _maximise(design, response, where)
    information = compute_information(design, coefficient)
    return LogisticFit(
        coefficient=coefficient,
        covariance=np.asarray(np.linalg.inv(information), dtype=np.float64),
        log_likelihood=compute_log_likelihood(design @ coefficient, response),
        interval_quantile=normal_quantile(0.975),
        n_trials=int(response.size),
        n_sessions=int(np.unique(session).size),
    )


def compute_leverage(design: FloatArray, coefficient: FloatArray) -> FloatArray:
    """Compute the diagonal of the hat matrix of a logistic regression, float array (trial,)."""
    from scipy.special import expit

    half = np.linalg.cholesky(np.linalg.inv(compute_information(design, coefficient)))
    leverage = np.empty(design.shape[0])
    for rows in cut_rows(*design.shape):
        probability = expit(design[rows] @ coefficient)
        spread = np.sum((design[rows] @ half) ** 2, axis=1)
        leverage[rows] = probability * (1 - probability) * spread
    return leverage


def _score(design: FloatArray, response: FloatArray, coefficient: FloatArray) -> FloatArray:
    """Compute the modified score, float array (predictor,)."""
    from scipy.special import expit

    probability = np.asarray(expit(design @ coefficient), dtype=np.float64)
    leverage = compute_leverage(design, coefficient)
    return design.T @ (response - probability + leverage * (0.5 - probability))


def _maximise(design: FloatArray, response: FloatArray, where: str) -> FloatArray:
    """Maximise the penalised likelihood by Fisher scoring with step halving, from zero."""
    coefficient = np.zeros(design.shape[1])
    value = _penalised(design, response, coefficient)
    if not np.isfinite(value):
        raise AnalysisError(
            f"{where}predictors are constant or collinear over {response.size} trials, so that "
            "their coefficients are not determined. Use fewer predictors, or more trials."
        )
    for _ in range(MAX_ITERATIONS):
        information = compute_information(design, coefficient)
        score = _score(design, response, coefficient)
        step = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        size = 1.0
        while True:
            found = _penalised(design, response, coefficient + size * step)
            # Near the maximum, rounding may lower the value a little.
            if found >= value - 1e-10 * abs(value) or size < 1e-6:
                break
            size /= 2
        coefficient, value = coefficient + size * step, found
        if np.max(np.abs(step)) < STEP_TOLERANCE * (1 + np.max(np.abs(coefficient))):
            return coefficient
    raise AnalysisError(
        f"{where}Firth's penalised likelihood did not converge in {MAX_ITERATIONS} steps; use "
        "fewer predictors or more trials"
    )


def _penalised(design: FloatArray, response: FloatArray, coefficient: FloatArray) -> float:
    """Compute the penalised log-likelihood; -inf where the information is singular."""
    information = compute_information(design, coefficient)
    scale = np.sqrt(np.diag(information))
    if not (np.isfinite(scale).all() and scale.all()):
        return -np.inf
    values = np.linalg.eigvalsh(information / np.outer(scale, scale))
    if values[0] < 1e-10:
        return -np.inf
    half = 0.5 * float(np.log(values).sum()) + float(np.log(scale).sum())
    return compute_log_likelihood(design @ coefficient, response) + half
