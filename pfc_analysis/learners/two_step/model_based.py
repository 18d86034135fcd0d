r"""Planning: learn what second-stage states pay, and know which choice leads where."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting


class ModelBased(Learner):
    r"""Learner that plans: it learns what second-stage states pay, and knows the transitions.

    .. math::
        V(s) &\leftarrow V(s) + \alpha (r - V(s)), \qquad Q(a) = \sum_s P(s | a) V(s) \\
        P(a) &\propto \exp(\beta Q(a) + \kappa [a = c] + b [a = 1])

    where s is the state visited and c the last choice. The value of the other state stays as it is
    (`ModelBasedForgetting` forgets it). Rewards lie between 0 and 1, or -1 and 1.

    Prediction errors: V(s) - Q(a) at the second stage and r - V(s) at the outcome.

    References
    ----------
    Daw et al. (2011), Neuron 69:1204; Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648
    (alpha 0.5, inverse temperature 5 in their reduced task). The bias, and the values at the start
    of a session, are settings of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(alpha=0.5, inverse_temperature=5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> stay = pfc.analysis.compute_stay_probability(recording).sel(subject="planner")
    >>> for previous in ("common_rewarded", "uncommon_rewarded"):
    ...     print(f"{previous} {float(stay['stay_probability'].sel(previous=previous)):.2f}")
    common_rewarded 0.89
    uncommon_rewarded 0.45

    A reward makes a planner stay more after a common transition than after an uncommon one.
    """

    suits = ("two_step",)
    memory = {"state_value": (2,), "last": INTEGER}

    alpha: float = fraction(0.5, "learning rate")
    inverse_temperature: float = positive(5.0, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    common_probability: float = setting(0.8, "probability of a common transition", low=0, high=1)
    initial_value: float = setting(0.5, "value of both states at the start of a session")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Both states have the initial value; there is no last choice."""
        memory.state_value[:] = p.initial_value
        memory.last = -1

    @staticmethod
    def expect(memory: Any, p: Any, value: Any) -> None:
        """Expect the values of states, weighted by the transitions."""
        for arm in range(2):
            common, rare = memory.state_value[arm], memory.state_value[1 - arm]
            value[arm] = p.common_probability * common + (1.0 - p.common_probability) * rare

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer choices by the expected value of the states that they lead to."""
        for arm in range(2):
            common, rare = memory.state_value[arm], memory.state_value[1 - arm]
            value = p.common_probability * common + (1.0 - p.common_probability) * rare
            stay = 1.0 if arm == memory.last else 0.0
            preference[arm] = p.inverse_temperature * value + p.perseveration * stay + p.bias * arm

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the state visited towards the reward."""
        state = trial.second_state
        memory.state_value[state] += p.alpha * (trial.reward - memory.state_value[state])
        memory.last = trial.choice

    @staticmethod
    def surprise(memory: Any, p: Any, trial: Any, error: Any) -> None:
        """Compare the state with what the choice promised, and the reward with the state."""
        arm, value = trial.choice, memory.state_value[trial.second_state]
        common, rare = memory.state_value[arm], memory.state_value[1 - arm]
        error[0] = value - (p.common_probability * common + (1.0 - p.common_probability) * rare)
        error[1] = trial.reward - value
