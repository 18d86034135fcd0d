r"""Learning from state to state without a model of the transitions: SARSA(lambda)."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting
from pfc_analysis.learners.two_step.model_free_direct import ModelFreeDirect


class ModelFreeChained(Learner):
    r"""Learner of choices and second-stage states without a model of transitions: SARSA(lambda).

    .. math::
        \delta_1 &= V(s) - Q(c), \qquad \delta_2 = r - V(s) \\
        Q(c) &\leftarrow Q(c) + \alpha (\delta_1 + \lambda \delta_2), \qquad
        V(s) \leftarrow V(s) + \alpha \delta_2 \\
        P(a) &\propto \exp(\beta Q(a) + \kappa [a = c] + b [a = 1])

    where c is the choice and s the state visited. With eligibility 0 this is the Q(0) agent of Akam
    et al.; with 1 it is the model-free agent whose prediction errors Daw et al. compare with those
    of planning, and both learners then share V. Rewards lie between 0 and 1, or -1 and 1.

    Prediction errors: the two deltas.

    References
    ----------
    Daw et al. (2011), Neuron 69:1204, supplement; Akam, Costa & Dayan (2015), PLoS Comput Biol
    11:e1004648 (alpha 0.501, inverse temperature 2.96 in their reduced task). The bias, and the
    values at the start of a session, are settings of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelFreeChained(eligibility=1.0)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="SARSA")
    >>> stay = pfc.analysis.compute_stay_probability(recording).sel(subject="SARSA")
    >>> for previous in ("common_rewarded", "uncommon_rewarded"):
    ...     print(f"{previous} {float(stay['stay_probability'].sel(previous=previous)):.2f}")
    common_rewarded 0.87
    uncommon_rewarded 0.72

    With eligibility 1 a reward makes the learner stay, whichever transition led to it.
    """

    suits = ("two_step",)
    memory = {"action_value": (2,), "state_value": (2,), "last": INTEGER}

    alpha: float = fraction(0.501, "learning rate")
    inverse_temperature: float = positive(2.96, "inverse temperature")
    eligibility: float = fraction(0.0, "share of the second prediction error that reaches choices")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    initial_value: float = setting(0.5, "all values at the start of a session")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Choices and states have the initial value; there is no last choice."""
        memory.action_value[:] = p.initial_value
        memory.state_value[:] = p.initial_value
        memory.last = -1

    expect = ModelFreeDirect.expect
    prefer = ModelFreeDirect.prefer

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn from both prediction errors."""
        arm, state = trial.choice, trial.second_state
        first = memory.state_value[state] - memory.action_value[arm]
        second = trial.reward - memory.state_value[state]
        memory.action_value[arm] += p.alpha * (first + p.eligibility * second)
        memory.state_value[state] += p.alpha * second
        memory.last = arm

    @staticmethod
    def surprise(memory: Any, p: Any, trial: Any, error: Any) -> None:
        """Compare the state with the choice, and the reward with the state."""
        error[0] = memory.state_value[trial.second_state] - memory.action_value[trial.choice]
        error[1] = trial.reward - memory.state_value[trial.second_state]
