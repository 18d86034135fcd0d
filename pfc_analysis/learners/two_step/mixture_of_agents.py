r"""A mixture of agents that plan, repeat rewarded choices, and repeat choices."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import ARMS
from pfc_analysis.learners.definition.parameters import fraction, real


class MixtureOfAgents(Learner):
    r"""Weighted sum of a model-based, a model-free and a perseverating agent, and a bias.

    .. math::
        V_s &\leftarrow V_s + \alpha_b (r - V_s), \qquad
        V_{\bar s} \leftarrow V_{\bar s} + \alpha_b (1 - r - V_{\bar s}) \\
        Q_c &\leftarrow Q_c + \alpha_f (r - Q_c), \qquad
        H_a \leftarrow H_a + \alpha_h ([a = c] - H_a) \\
        P(a) &\propto \exp(\beta_b \sum_s P(s | a) V_s + \beta_f Q_a + \beta_h H_a + b [a = 1])

    The model-based agent of these rats' task takes a reward at one port as evidence against the
    other. Transitions are common with probability 0.8; that number only scales the weight.

    References
    ----------
    Miller, Botvinick & Brody (2017), Nature Neuroscience 20:1269; Venditto, Miller, Brody & Daw
    (2024), eLife RP97612. Which value an agent takes for what it did not see is a setting of ours.
    """

    suits = ("two_step",)
    memory = {"state_value": (2,), "action_value": (ARMS,), "habit": (ARMS,)}

    alpha_model_based: float = fraction(0.4, "learning rate of second-stage values")
    alpha_model_free: float = fraction(0.4, "learning rate of choice values")
    alpha_habit: float = fraction(0.3, "rate at which repeated choices become a habit")
    weight_model_based: float = real(2.0, "weight of the model-based agent")
    weight_model_free: float = real(0.5, "weight of the model-free agent")
    weight_habit: float = real(0.5, "weight of perseveration")
    bias: float = real(0.0, "bias to choice 1 (right)")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Nothing is known, nothing has become a habit."""
        memory.state_value[:] = 0.5
        memory.action_value[:] = 0.5
        memory.habit[:] = 0.5

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Add up what the agents prefer."""
        for arm in range(2):
            planned = 0.8 * memory.state_value[arm] + 0.2 * memory.state_value[1 - arm]
            preference[arm] = (
                p.weight_model_based * planned
                + p.weight_model_free * memory.action_value[arm]
                + p.weight_habit * memory.habit[arm]
                + p.bias * arm
            )

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Each agent learns what it attends to."""
        state, arm, reward = trial.second_state, trial.choice, trial.reward
        for s in range(2):
            outcome = reward if s == state else 1.0 - reward
            memory.state_value[s] += p.alpha_model_based * (outcome - memory.state_value[s])
        memory.action_value[arm] += p.alpha_model_free * (reward - memory.action_value[arm])
        for a in range(2):
            repeated = 1.0 if a == arm else 0.0
            memory.habit[a] += p.alpha_habit * (repeated - memory.habit[a])
