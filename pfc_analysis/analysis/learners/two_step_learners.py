"""Reference learners for the two-step task: what each strategy would do, trial by trial.

Each learner is a frozen dataclass of its parameters and keeps no memory itself: `begin` gives a
state, `learn` changes it. All arrays have one entry per session, so that many sessions run side
by side. Choice 0 commonly leads to second-stage state 0 and choice 1 to state 1.

`ModelBased`, `ModelFreeChained` and `ModelFreeDirect` are here; the learners that infer which
state pays, and reward-as-cue, are in `pfc_analysis.analysis.learners.inference_learners`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray

LearnerState = dict[str, FloatArray]
"""Memory of a learner, by name; the first dimension of every array counts sessions."""

PredictionErrors = dict[str, FloatArray]
"""Prediction errors at "second_state" and "outcome", one per session; NaN where none."""


@runtime_checkable
class Learner(Protocol):
    """What every learner can do."""

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session, for each of `n_sessions` sessions."""
        ...

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward of each first-stage choice; float array (session, 2)."""
        ...

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Probability of each first-stage choice; float array (session, 2)."""
        ...

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update `state` in place from one trial of every session.

        Parameters
        ----------
        state : LearnerState
            Memory, changed in place.
        choice, second_state : integer arrays (session,)
            0 or 1. A session with choice -1 had no valid trial: its memory stays as it is.
        reward : float array (session,)
            Reward earned.

        Returns
        -------
        dict of float arrays (session,)
            Prediction errors at "second_state" and "outcome"; NaN without a valid trial.
        """
        ...


@dataclass(frozen=True)
class ModelBased:
    r"""Plans: learns what each second-stage state pays, and knows the transitions.

    .. math:: V(s) \leftarrow V(s) + \alpha (r - V(s)), \quad Q(a) = \sum_s P(s | a) V(s)

    Choices follow a softmax of Q. Prediction errors: V(s) - Q(a) and r - V(s).

    Parameters
    ----------
    alpha : float
        Learning rate, from 0 to 1.
    inverse_temperature : float
        Of the softmax, at least 0; 0 is choosing at random.
    common_probability : float
        P(state i | choice i), from 0 to 1.
    initial_value : float
        V of both states at the start of a session.

    References
    ----------
    Daw et al. (2011), Neuron 69:1204; Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648
    (alpha 0.5, inverse temperature 5 in their reduced task).
    """

    alpha: float = 0.5
    inverse_temperature: float = 5.0
    common_probability: float = 0.8
    initial_value: float = 0.5

    def __post_init__(self) -> None:
        check_fraction(self, "alpha", "common_probability")
        check_at_least_zero(self, "inverse_temperature")
        check_finite(self, "initial_value")

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        return {"state_value": np.full((n_sessions, 2), float(self.initial_value))}

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward of each choice under the known transitions."""
        return expect_over_transitions(state["state_value"], self.common_probability)

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Softmax of the expected rewards."""
        return softmax(self.action_value(state), self.inverse_temperature)

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update the value of the state visited."""
        rows, a, s, r = valid_trials(choice, second_state, reward)
        value = state["state_value"]
        surprise = value[rows, s] - self.action_value(state)[rows, a]
        error = r - value[rows, s]
        value[rows, s] += self.alpha * error
        return prediction_errors(choice.size, rows, surprise, error)


@dataclass(frozen=True)
class ModelFreeChained:
    r"""Learns choices from second-stage states, without a model: SARSA(lambda).

    .. math::
        \delta_1 = V(s) - Q(a), \quad \delta_2 = r - V(s)

        Q(a) \leftarrow Q(a) + \alpha (\delta_1 + \lambda \delta_2), \quad
        V(s) \leftarrow V(s) + \alpha \delta_2

    Choices follow a softmax of Q. With eligibility 0 this is the Q(0) agent of Akam et al., with
    1 the model-free agent whose prediction errors Daw et al. set against the planner's; both
    learners then share V. Prediction errors: the two deltas.

    Parameters
    ----------
    alpha : float
        Learning rate, from 0 to 1.
    inverse_temperature : float
        Of the softmax, at least 0.
    eligibility : float
        Lambda, from 0 to 1.
    initial_value : float
        Q of both choices and V of both states at the start of a session.

    References
    ----------
    Daw et al. (2011), Neuron 69:1204, supplement; Akam, Costa & Dayan (2015), PLoS Comput Biol
    11:e1004648 (alpha 0.501, inverse temperature 2.96 in their reduced task).
    """

    alpha: float = 0.501
    inverse_temperature: float = 2.96
    eligibility: float = 0.0
    initial_value: float = 0.5

    def __post_init__(self) -> None:
        check_fraction(self, "alpha", "eligibility")
        check_at_least_zero(self, "inverse_temperature")
        check_finite(self, "initial_value")

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        start = float(self.initial_value)
        return {
            "action_value": np.full((n_sessions, 2), start),
            "state_value": np.full((n_sessions, 2), start),
        }

    def action_value(self, state: LearnerState) -> FloatArray:
        """Look up the cached value of each choice."""
        return state["action_value"]

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Softmax of the cached values."""
        return softmax(state["action_value"], self.inverse_temperature)

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update the values of the choice made and of the state visited."""
        rows, a, s, r = valid_trials(choice, second_state, reward)
        action, value = state["action_value"], state["state_value"]
        first = value[rows, s] - action[rows, a]
        second = r - value[rows, s]
        action[rows, a] += self.alpha * (first + self.eligibility * second)
        value[rows, s] += self.alpha * second
        return prediction_errors(choice.size, rows, first, second)


@dataclass(frozen=True)
class ModelFreeDirect:
    r"""Repeats what was rewarded, blind to the second stage: Q(1).

    .. math:: Q(a) \leftarrow Q(a) + \alpha (r - Q(a))

    Choices follow a softmax of Q. Prediction errors: 0 at the second stage, which it does not
    see, and r - Q(a).

    Parameters
    ----------
    alpha : float
        Learning rate, from 0 to 1.
    inverse_temperature : float
        Of the softmax, at least 0.
    initial_value : float
        Q of both choices at the start of a session.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (alpha 0.334, inverse temperature
    3.22 in their reduced task).
    """

    alpha: float = 0.334
    inverse_temperature: float = 3.22
    initial_value: float = 0.5

    def __post_init__(self) -> None:
        check_fraction(self, "alpha")
        check_at_least_zero(self, "inverse_temperature")
        check_finite(self, "initial_value")

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        return {"action_value": np.full((n_sessions, 2), float(self.initial_value))}

    def action_value(self, state: LearnerState) -> FloatArray:
        """Look up the cached value of each choice."""
        return state["action_value"]

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Softmax of the cached values."""
        return softmax(state["action_value"], self.inverse_temperature)

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update the value of the choice made."""
        rows, a, _, r = valid_trials(choice, second_state, reward)
        action = state["action_value"]
        error = r - action[rows, a]
        action[rows, a] += self.alpha * error
        return prediction_errors(choice.size, rows, np.zeros(rows.size), error)


def softmax(value: FloatArray, inverse_temperature: float) -> FloatArray:
    """Choice probabilities from the values of two options; arrays (session, 2)."""
    from scipy.special import expit

    right = expit(inverse_temperature * (value[:, 1] - value[:, 0]))
    return np.stack([1.0 - right, right], axis=1)


def expect_over_transitions(state_value: FloatArray, common_probability: float) -> FloatArray:
    """Values of the choices from those of the states they lead to; arrays (session, 2)."""
    return common_probability * state_value + (1.0 - common_probability) * state_value[:, ::-1]


def valid_trials(
    choice: IntArray, second_state: IntArray, reward: FloatArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Sessions with a valid trial, and their choice, second-stage state and reward."""
    rows = np.flatnonzero(np.asarray(choice) >= 0)
    a, s = np.asarray(choice)[rows], np.asarray(second_state)[rows]
    # A state of -1 would silently index the last one.
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
    """Prediction errors of all sessions, NaN in those without a valid trial."""
    errors = {}
    for name, values in (("second_state", second_state), ("outcome", outcome)):
        errors[name] = np.full(n_sessions, np.nan)
        errors[name][rows] = values
    return errors


def check_fraction(learner: object, *fields: str) -> None:
    """Raise `AnalysisError` unless the fields lie between 0 and 1."""
    _check(learner, fields, lambda v: 0.0 <= v <= 1.0, "a number from 0 to 1")


def check_at_least_zero(learner: object, *fields: str) -> None:
    """Raise `AnalysisError` unless the fields are finite and at least 0."""
    _check(learner, fields, lambda v: 0.0 <= v < np.inf, "a finite number of at least 0")


def check_finite(learner: object, *fields: str) -> None:
    """Raise `AnalysisError` unless the fields are finite."""
    _check(learner, fields, np.isfinite, "a finite number")


def _check(
    learner: object, fields: tuple[str, ...], holds: Callable[[float], bool], expected: str
) -> None:
    for field in fields:
        value = getattr(learner, field)
        if not holds(value):
            raise AnalysisError(
                f"{type(learner).__name__}.{field}: found {value}, expected {expected}"
            )
