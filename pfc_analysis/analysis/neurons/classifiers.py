"""Logistic regression of codes on units scaled to unit variance, with a quadratic penalty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError


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
    states: NumberArray, label: IntArray, regularisation: float, what: str, scaler: Any = None
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

    Raises
    ------
    AnalysisError
        If coefficients are not finite.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(states) if scaler is None else scaler
    model = LogisticRegression(C=1.0 / regularisation, max_iter=2000)
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
