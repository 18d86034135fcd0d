r"""Learning values of arms at different rates from good and from bad surprises."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.bandit.q_learning import QLearning
from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.parameters import fraction, positive


class QAsymmetric(Learner):
    r"""Q-learning with one rate for positive prediction errors and one for negative ones.

    .. math::
        \delta = r - Q_c, \quad
        Q_c \leftarrow Q_c + \begin{cases} \alpha_+ \delta & \delta > 0 \\
        \alpha_- \delta & \text{otherwise} \end{cases}, \quad P(a) \propto e^{\beta Q_a}

    Values are 0 at the start of a session. A larger :math:`\alpha_-` lowers the values of arms
    whose rewards vary, so that the learner avoids risk. A larger :math:`\alpha_+` looks like
    perseveration in fits of models without it (Katahira 2018); compare with `QChoiceKernel`.

    References
    ----------
    Mihatsch & Neuneier (2002), Machine Learning 49:267; Niv, Edlund, Dayan & O'Doherty (2012),
    Journal of Neuroscience 32:551; Katahira (2018), Journal of Mathematical Psychology 87:31.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> task = RiskyChoice(schedule="fixed", probability=0.25, safe_reward=0.25, risky_reward=1.0)
    >>> for rates in ({"alpha_positive": 0.5, "alpha_negative": 0.1},
    ...               {"alpha_positive": 0.1, "alpha_negative": 0.5}):
    ...     learner = pfc.learners.QAsymmetric(**rates, inverse_temperature=8.0)
    ...     played = pfc.simulate(learner, task, sessions=200, seed=1, subject="Q")
    ...     free = played["forced"] == 0
    ...     print(f"risky arm in {float(played['risky_choice'].where(free).mean()):.1f} of choices")
    risky arm in 0.7 of choices
    risky arm in 0.3 of choices
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = QLearning.memory

    alpha_positive: float = fraction(0.4, "learning rate of positive prediction errors")
    alpha_negative: float = fraction(0.2, "learning rate of negative prediction errors")
    inverse_temperature: float = positive(3.0, "inverse temperature")

    start = QLearning.start
    prefer = QLearning.prefer

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the chosen arm, at a rate that the sign of the error chooses."""
        error = trial.reward - memory.value[trial.choice]
        alpha = p.alpha_positive if error.real > 0 else p.alpha_negative
        memory.value[trial.choice] += alpha * error
