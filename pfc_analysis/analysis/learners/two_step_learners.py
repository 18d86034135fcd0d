"""Learners for the two-step task that learn values: with a model of the transitions, or without.

Choice 0 commonly leads to second-stage state 0 and choice 1 to state 1. The interface is
`pfc_analysis.analysis.learners.learner.Learner`; learners that infer which state pays, and
reward-as-cue, are in `pfc_analysis.analysis.learners.inference_learners`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.learners.learner import (
    LearnerState,
    PredictionErrors,
    check_fraction,
)
from pfc_analysis.analysis.learners.two_step_rules import (
    ValueLearner,
    expect_over_transitions,
    prediction_errors,
    valid_trials,
)


@dataclass(frozen=True)
class ModelBased(ValueLearner):
    r"""Learner that plans: it learns what second-stage states pay, and knows the transitions.

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

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.analysis.ModelBased(alpha=0.5, inverse_temperature=5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> stay = pfc.analysis.compute_stay_probability(recording).sel(subject="planner")
    >>> for previous in ("common_rewarded", "uncommon_rewarded"):
    ...     print(f"{previous} {float(stay['stay_probability'].sel(previous=previous)):.2f}")
    common_rewarded 0.89
    uncommon_rewarded 0.45

    A reward makes a planner stay more after a common transition than after an uncommon one.
    """

    alpha: float = 0.5
    inverse_temperature: float = 5.0
    common_probability: float = 0.8
    initial_value: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction(self, "common_probability")

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        return {"state_value": np.full((n_sessions, 2), float(self.initial_value))}

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward of each choice under the known transitions."""
        return expect_over_transitions(state["state_value"], self.common_probability)

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
class ModelFreeChained(ValueLearner):
    r"""Learner of choices and second-stage states without a model of transitions: SARSA(lambda).

    .. math::
        \delta_1 = V(s) - Q(a), \quad \delta_2 = r - V(s)

        Q(a) \leftarrow Q(a) + \alpha (\delta_1 + \lambda \delta_2), \quad
        V(s) \leftarrow V(s) + \alpha \delta_2

    Choices follow a softmax of Q. With eligibility 0 this is the Q(0) agent of Akam et al.; with 1
    it is the model-free agent whose prediction errors Daw et al. compare with those of planning,
    and both learners then share V. Prediction errors: the two deltas.

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

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.analysis.ModelFreeChained(eligibility=1.0)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="SARSA")
    >>> stay = pfc.analysis.compute_stay_probability(recording).sel(subject="SARSA")
    >>> for previous in ("common_rewarded", "uncommon_rewarded"):
    ...     print(f"{previous} {float(stay['stay_probability'].sel(previous=previous)):.2f}")
    common_rewarded 0.87
    uncommon_rewarded 0.72

    With eligibility 1 a reward makes the learner stay, whichever transition led to it.
    """

    alpha: float = 0.501
    inverse_temperature: float = 2.96
    eligibility: float = 0.0
    initial_value: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction(self, "eligibility")

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        start = float(self.initial_value)
        return {
            "action_value": np.full((n_sessions, 2), start),
            "state_value": np.full((n_sessions, 2), start),
        }

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
class ModelFreeDirect(ValueLearner):
    r"""Learner that repeats what was rewarded and ignores the second stage: Q(1).

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

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.analysis.ModelFreeDirect(alpha=0.334, inverse_temperature=3.22)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="direct")
    >>> stay = pfc.analysis.compute_stay_probability(recording).sel(subject="direct")
    >>> for previous in ("common_rewarded", "uncommon_rewarded"):
    ...     print(f"{previous} {float(stay['stay_probability'].sel(previous=previous)):.2f}")
    common_rewarded 0.84
    uncommon_rewarded 0.64

    It repeats choices that were rewarded, whichever transition led to the reward.
    """

    alpha: float = 0.334
    inverse_temperature: float = 3.22
    initial_value: float = 0.5

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        return {"action_value": np.full((n_sessions, 2), float(self.initial_value))}

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update the value of the choice made."""
        rows, a, _, r = valid_trials(choice, second_state, reward)
        action = state["action_value"]
        error = r - action[rows, a]
        action[rows, a] += self.alpha * error
        return prediction_errors(choice.size, rows, np.zeros(rows.size), error)
