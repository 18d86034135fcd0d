r"""A mixture of agents that plan, repeat rewarded choices, and repeat choices."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, real


class MixtureOfAgents(Learner):
    r"""Weighted sum of agents: model-based, model-free, two that perseverate, and a bias.

    .. math::
        V_s &\leftarrow V_s + \alpha (r - V_s), \qquad
        V_{\bar s} \leftarrow V_{\bar s} + \alpha (\tfrac12 - V_{\bar s}) \\
        Q_c &\leftarrow Q_c + \alpha (r - Q_c), \qquad
        Q_{\bar c} \leftarrow Q_{\bar c} + \alpha (\tfrac12 - Q_{\bar c}) \\
        H_a &\leftarrow H_a + \alpha_h ([a = c] - H_a) \\
        P(a) &\propto \exp(\beta_b V_a + \beta_f Q_a + \beta_s [a = s] + \beta_h H_a + b [a = 1])

    where c is the last choice and s the last second state, named by the choice that commonly leads
    to it; :math:`\bar s` is the other state. The model-based agent values a choice as the state it
    commonly leads to, and the model-free agent by the rewards that followed it. Both forget towards
    1/2 what they did not see. One agent perseverates in choices, by a habit H. Another returns to
    the last second state: it repeats after a common transition and switches after an uncommon one.
    With a weight below 0 it prefers the state that was not visited ("novelty preference").

    All agents start from 1/2. Rewards lie between 0 and 1; with losses, from -1 to 1, 1/2 still
    counts as neutral.

    References
    ----------
    Miller, Botvinick & Brody (2017), Nature Neuroscience 20:1269 (novelty preference and
    perseveration, each from the last trial); Venditto, Miller, Brody & Daw (2024), eLife RP97612
    (values that forget, habits). They code rewards as 1 and -1, which is the same up to the scale
    of a weight. They give each agent a learning rate of its own. That model-based and model-free
    agent share one is a setting of ours: in rats whose weight of one of them is near 0, its rate
    cannot be estimated. Agents and rates were chosen by how well they predict six rats (data set
    `rat_two_step`).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.MixtureOfAgents(weight_model_based=3.0, weight_habit=1.0)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="mixture")
    >>> print(f"{float(recording['reward'].mean()):.1f} rewards a trial")
    0.6 rewards a trial
    """

    suits = ("two_step",)
    memory = {"state_value": (2,), "action_value": (2,), "habit": (2,), "last_state": INTEGER}

    alpha: float = fraction(0.6, "learning rate of second-stage and choice values")
    alpha_habit: float = fraction(0.3, "rate at which repeated choices become a habit")
    weight_model_based: float = real(2.5, "weight of the model-based agent")
    weight_model_free: float = real(0.5, "weight of the model-free agent")
    weight_second_state: float = real(0.3, "weight of returning to the last second state")
    weight_habit: float = real(1.5, "weight of perseveration")
    bias: float = real(0.0, "bias to choice 1 (right)")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Nothing is known, nothing has become a habit."""
        memory.state_value[:] = 0.5
        memory.action_value[:] = 0.5
        memory.habit[:] = 0.5
        memory.last_state = -1

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Add up what the agents prefer."""
        for arm in range(2):
            back = 1.0 if arm == memory.last_state else 0.0
            preference[arm] = (
                p.weight_model_based * memory.state_value[arm]
                + p.weight_model_free * memory.action_value[arm]
                + p.weight_second_state * back
                + p.weight_habit * memory.habit[arm]
                + p.bias * arm
            )

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Each agent learns what it attends to."""
        for arm in range(2):
            visited = trial.reward if arm == trial.second_state else 0.5
            chosen = trial.reward if arm == trial.choice else 0.5
            repeated = 1.0 if arm == trial.choice else 0.0
            memory.state_value[arm] += p.alpha * (visited - memory.state_value[arm])
            memory.action_value[arm] += p.alpha * (chosen - memory.action_value[arm])
            memory.habit[arm] += p.alpha_habit * (repeated - memory.habit[arm])
        memory.last_state = trial.second_state
