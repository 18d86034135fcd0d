r"""Learning values of arms, and forgetting those that are not chosen."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.bandit.q_learning import QLearning
from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.parameters import fraction, positive


class QForgetting(Learner):
    r"""Q-learning in which the values of unchosen arms decay to 0.

    .. math::
        Q_c \leftarrow Q_c + \alpha (r - Q_c), \quad
        Q_a \leftarrow (1 - \phi) Q_a \; (a \neq c), \quad P(a) \propto e^{\beta Q_a}

    Values are 0 at the start of a session. Without forgetting (:math:`\phi = 0`) it is `QLearning`;
    with :math:`\phi = \alpha` all values follow the same recent trials.

    References
    ----------
    Ito & Doya (2009), Journal of Neuroscience 29:9861. Their values move to the strength of a
    reward and of no reward, which here is :math:`\beta` times r.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> learner = pfc.learners.QForgetting(alpha=0.4, forgetting=0.4, inverse_temperature=5.0)
    >>> played = pfc.simulate(learner, VolatileBandit(), sessions=20, seed=1, subject="Q")
    >>> print(f"{float(played['reward'].mean()):.1f} rewards a trial")
    0.7 rewards a trial
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = QLearning.memory

    alpha: float = fraction(0.3, "learning rate")
    forgetting: float = fraction(0.1, "rate at which values of unchosen arms decay")
    inverse_temperature: float = positive(3.0, "inverse temperature")

    start = QLearning.start
    prefer = QLearning.prefer

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the chosen arm towards the reward, those of others towards 0."""
        for arm in range(len(memory.value)):
            if arm == trial.choice:
                memory.value[arm] += p.alpha * (trial.reward - memory.value[arm])
            else:
                memory.value[arm] *= 1.0 - p.forgetting
