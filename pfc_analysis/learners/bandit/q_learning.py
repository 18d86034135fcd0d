r"""Learning values of arms from prediction errors."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import ARMS
from pfc_analysis.learners.definition.parameters import fraction, positive


class QLearning(Learner):
    r"""Learns the value of each arm from its rewards, and chooses by their softmax.

    .. math::
        Q_c \leftarrow Q_c + \alpha (r - Q_c), \quad P(a) \propto e^{\beta Q_a}

    Values are 0 at the start of a session.

    References
    ----------
    Rescorla & Wagner (1972); Sutton & Barto (2018), Reinforcement Learning, section 2.5.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=5.0)
    >>> task = Bandit(arms="fixed", left=0.8, right=0.2)
    >>> played = pfc.simulate(learner, task, sessions=20, seed=1, subject="Q")
    >>> print(f"{float(played['reward'].mean()):.1f} rewards a trial")
    0.8 rewards a trial
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = {"value": (ARMS,)}

    alpha: float = fraction(0.3, "learning rate")
    inverse_temperature: float = positive(3.0, "inverse temperature")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Values are 0."""
        memory.value[:] = 0.0

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms by their value."""
        preference[:] = p.inverse_temperature * memory.value

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the chosen arm towards the reward."""
        arm = trial.choice
        memory.value[arm] += p.alpha * (trial.reward - memory.value[arm])
