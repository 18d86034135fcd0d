r"""A weighted mean of planning and model-free values (Daw et al. 2011)."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting
from pfc_analysis.learners.two_step.model_free_chained import ModelFreeChained


class Hybrid(Learner):
    r"""Weighted mean of model-based and model-free values, with one learning rate for each stage.

    .. math::
        \delta_1 &= V(s) - Q(c), \qquad \delta_2 = r - V(s) \\
        Q(c) &\leftarrow Q(c) + \alpha_1 (\delta_1 + \lambda \delta_2), \qquad
        V(s) \leftarrow V(s) + \alpha_2 \delta_2 \\
        P(a) &\propto \exp\left(\beta \left[w \sum_s P(s | a) V(s) + (1 - w) Q(a)\right]
        + \kappa [a = c] + b [a = 1]\right)

    where c is the choice and s the state visited. In the task of Daw et al. a second choice follows
    in the second state; here each state has one value, because the tasks of this package have no
    second choice. Their perseveration is :math:`\kappa / \beta`. The bias, and the values at the
    start of a session, are settings of ours. Rewards lie between 0 and 1, or -1 and 1.

    Prediction errors: the two deltas.

    References
    ----------
    Daw, Gershman, Seymour, Dayan & Dolan (2011), Neuron 69:1204, supplement.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> for weight in (0.0, 1.0):
    ...     learner = pfc.learners.Hybrid(weight_model_based=weight)
    ...     recording = pfc.simulate(learner, TwoStep(), sessions=50, seed=1, subject="hybrid")
    ...     stay = pfc.analysis.compute_stay_probability(recording)["stay_probability"]
    ...     rare = float(stay.sel(subject="hybrid", previous="uncommon_rewarded"))
    ...     print(f"weight {weight:.0f}: stays with {rare:.1f} after an uncommon reward")
    weight 0: stays with 0.8 after an uncommon reward
    weight 1: stays with 0.4 after an uncommon reward
    """

    suits = ("two_step",)
    memory = {"action_value": (2,), "state_value": (2,), "last": INTEGER}

    alpha_first: float = fraction(0.5, "learning rate of choice values")
    alpha_second: float = fraction(0.5, "learning rate of second-stage values")
    eligibility: float = fraction(0.6, "share of the second prediction error that reaches choices")
    inverse_temperature: float = positive(5.0, "inverse temperature")
    weight_model_based: float = fraction(0.5, "weight of planning")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    common_probability: float = setting(0.8, "probability of a common transition", low=0, high=1)
    initial_value: float = setting(0.5, "all values at the start of a session")

    start = ModelFreeChained.start
    surprise = ModelFreeChained.surprise

    @staticmethod
    def expect(memory: Any, p: Any, value: Any) -> None:
        """Weigh the planned and the cached value of each choice."""
        for arm in range(2):
            common, rare = memory.state_value[arm], memory.state_value[1 - arm]
            planned = p.common_probability * common + (1.0 - p.common_probability) * rare
            cached = memory.action_value[arm]
            value[arm] = p.weight_model_based * planned + (1.0 - p.weight_model_based) * cached

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer choices by the weighted mean of both values."""
        for arm in range(2):
            common, rare = memory.state_value[arm], memory.state_value[1 - arm]
            planned = p.common_probability * common + (1.0 - p.common_probability) * rare
            cached = memory.action_value[arm]
            value = p.weight_model_based * planned + (1.0 - p.weight_model_based) * cached
            stay = 1.0 if arm == memory.last else 0.0
            preference[arm] = p.inverse_temperature * value + p.perseveration * stay + p.bias * arm

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn choices and states at their own rates."""
        arm, state = trial.choice, trial.second_state
        first = memory.state_value[state] - memory.action_value[arm]
        second = trial.reward - memory.state_value[state]
        memory.action_value[arm] += p.alpha_first * (first + p.eligibility * second)
        memory.state_value[state] += p.alpha_second * second
        memory.last = arm


class HybridOneRate(Learner):
    r"""`Hybrid` with one learning rate for both stages.

    .. math:: \alpha_1 = \alpha_2 = \alpha

    All else is as in `Hybrid`. Many studies share the rate, because few trials tell the two apart.

    References
    ----------
    Daw, Gershman, Seymour, Dayan & Dolan (2011), Neuron 69:1204, supplement; Gillan et al. (2016),
    eLife 5:e11305 (one learning rate).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.HybridOneRate(alpha=0.5, weight_model_based=0.8)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=50, seed=1, subject="hybrid")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.66 rewards a trial
    """

    suits = ("two_step",)
    memory = Hybrid.memory

    alpha: float = fraction(0.5, "learning rate")
    eligibility: float = fraction(0.6, "share of the second prediction error that reaches choices")
    inverse_temperature: float = positive(5.0, "inverse temperature")
    weight_model_based: float = fraction(0.5, "weight of planning")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    common_probability: float = setting(0.8, "probability of a common transition", low=0, high=1)
    initial_value: float = setting(0.5, "all values at the start of a session")

    start = ModelFreeChained.start
    expect = Hybrid.expect
    prefer = Hybrid.prefer
    update = ModelFreeChained.update
    surprise = ModelFreeChained.surprise
