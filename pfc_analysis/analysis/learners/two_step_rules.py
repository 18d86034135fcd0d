"""What learners of the two-step task share: softmax choices, transitions and valid trials."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import (
    LearnerState,
    PredictionErrors,
    check_at_least_zero,
    check_finite,
    check_fraction,
)


class ValueLearner:
    """Learner that caches values of choices and chooses by their softmax."""

    alpha: float
    inverse_temperature: float
    initial_value: float

    def __post_init__(self) -> None:
        check_fraction(self, "alpha")
        check_at_least_zero(self, "inverse_temperature")
        check_finite(self, "initial_value")

    def action_value(self, state: LearnerState) -> FloatArray:
        """Look up the cached value of each choice; float array (session, 2)."""
        return state["action_value"]

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Softmax of the values of the choices; float array (session, 2)."""
        return softmax(self.action_value(state), self.inverse_temperature)


def softmax(value: FloatArray, inverse_temperature: float) -> FloatArray:
    """Compute choice probabilities from the values of two options; arrays (session, 2)."""
    from scipy.special import expit

    right = expit(inverse_temperature * (value[:, 1] - value[:, 0]))
    return np.stack([1.0 - right, right], axis=1)


def expect_over_transitions(state_value: FloatArray, common_probability: float) -> FloatArray:
    """Compute values of choices from those of the states they lead to; arrays (session, 2)."""
    return common_probability * state_value + (1.0 - common_probability) * state_value[:, ::-1]


def valid_trials(
    choice: IntArray, second_state: IntArray, reward: FloatArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Find sessions with a valid trial, and their choice, second-stage state and reward."""
    rows = np.flatnonzero(np.asarray(choice) >= 0)
    a, s = np.asarray(choice)[rows], np.asarray(second_state)[rows]
    # An index of -1 would silently read the last entry.
    for name, values in (("choice", a), ("second_state", s)):
        wrong = values[(values < 0) | (values > 1)]
        if wrong.size:
            found = wrong[0]
            raise AnalysisError(
                f"{name}: found {found} in a trial with a valid choice, expected 0 or 1; a trial "
                "without a second stage takes choice -1"
            )
    return rows, a, s, np.asarray(reward, dtype=np.float64)[rows]


def prediction_errors(
    n_sessions: int, rows: IntArray, second_state: FloatArray, outcome: FloatArray
) -> PredictionErrors:
    """Lay out prediction errors on all sessions, NaN in those without a valid trial."""
    errors = {}
    for name, values in (("second_state", second_state), ("outcome", outcome)):
        errors[name] = np.full(n_sessions, np.nan)
        errors[name][rows] = values
    return errors
