"""Logistic regression of codes on units scaled to unit variance, with a quadratic penalty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError

REGULARISATIONS = (1e-2, 1.0, 1e2, 1e4)
"""Penalties among which each training set chooses (`classify_held_out`)."""


@dataclass(frozen=True)
class Classifier:
    """A classifier that was fitted (`fit_classifier`)."""

    scaler: Any
    model: Any

    def predict(self, states: NumberArray) -> IntArray:
        """Decode the label of rows (row, unit)."""
        return np.asarray(self.model.predict(self.scaler.transform(states)), dtype=np.int64)

    def log_likelihood(self, states: NumberArray, label: IntArray) -> float:
        """Sum the logarithm of the probability of the true labels; of an unknown one, 1e-12."""
        probability = self.model.predict_proba(self.scaler.transform(states))
        given = np.full(label.size, 0.0)
        for column, known in enumerate(self.model.classes_):
            given[label == known] = probability[label == known, column]
        return float(np.log(np.maximum(given, 1e-12)).sum())


def fit_classifier(
    states: NumberArray,
    label: IntArray,
    regularisation: float,
    what: str,
    scaler: Any = None,
    solver: str = "lbfgs",
) -> Classifier:
    """Fit a classifier to states (row, unit) and labels (row,), of two kinds or more.

    Parameters
    ----------
    regularisation : float
        Weight of the penalty against that of the data (scikit-learn's 1 / C).
    what : str
        Name of the fit in the error.
    scaler : optional
        Of another classifier that was fitted to the same states.
    solver : str
        Of scikit-learn; "newton-cholesky" is faster with many more rows than units.

    Raises
    ------
    AnalysisError
        If coefficients are not finite.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(states) if scaler is None else scaler
    model = LogisticRegression(C=1.0 / regularisation, max_iter=2000, solver=solver)
    model.fit(scaler.transform(states), label)
    if not np.isfinite(model.coef_).all():
        raise AnalysisError(
            f"{what}: found coefficients of the classifier that are not finite; use more trials"
        )
    return Classifier(scaler, model)


@contextmanager
def trust_states() -> Iterator[None]:
    """Let sklearn skip checks of states that were checked, which take as long as the fits.

    States are finite. BLAS may also multiply padding that is not, and numpy would warn.
    """
    from sklearn import config_context

    checked = config_context(assume_finite=True, skip_parameter_validation=True)
    with checked, np.errstate(invalid="ignore"):
        yield


def classify_held_out(
    rows: FloatArray, target: FloatArray, fold: IntArray, n_folds: int
) -> FloatArray:
    """Decode each fold's codes by classifiers fitted to the other folds.

    Parameters
    ----------
    rows : float array (row, unit)
    target : float array (row, target)
        Codes. The first column chooses the penalty within each training set, for all columns.
    fold : integer array (row,)
    n_folds : int
        At least 3.

    Returns
    -------
    float array (row, target)
    """
    codes, decoded = target.astype(np.int64), np.empty(target.shape)
    with trust_states():
        for k in range(n_folds):
            judged, fitted = fold == k, fold != k
            penalty = _choose_penalty(rows[fitted], codes[fitted, 0], fold[fitted])
            scaler = None
            for column, code in enumerate(codes[fitted].T):
                if np.ptp(code) == 0:  # nothing else was seen
                    decoded[judged, column] = code[0]
                    continue
                fit = _fit_quickly(rows[fitted], code, penalty, scaler)
                decoded[judged, column], scaler = fit.predict(rows[judged]), fit.scaler
    return decoded


def _choose_penalty(rows: FloatArray, code: IntArray, fold: IntArray) -> float:
    """Choose the penalty under which each fold is most probable, given the others."""
    total = np.zeros(len(REGULARISATIONS))
    for k in np.unique(fold):
        judged, fitted = fold == k, fold != k
        if np.ptp(code[fitted]) == 0:
            continue
        scaler = None
        for i, penalty in enumerate(REGULARISATIONS):
            fit = _fit_quickly(rows[fitted], code[fitted], penalty, scaler)
            total[i] += fit.log_likelihood(rows[judged], code[judged])
            scaler = fit.scaler
    return REGULARISATIONS[int(np.argmax(total))]


def _fit_quickly(rows: FloatArray, code: IntArray, penalty: float, scaler: Any) -> Classifier:
    return fit_classifier(rows, code, penalty, "target", scaler, "newton-cholesky")
