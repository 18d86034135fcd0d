r"""Staying after a reward, shifting after none."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction


class WinStayLoseShift(Learner):
    r"""Repeats a rewarded choice, leaves an unrewarded one, each with some probability.

    .. math::
        P(a) = \begin{cases} s & a = c \\ (1 - s) / (n - 1) & a \neq c \end{cases}, \quad
        s = \begin{cases} p_{\text{stay}} & r > 0 \\ 1 - p_{\text{shift}} & \text{otherwise}
        \end{cases}

    Here c is the last choice, r its reward, n the number of arms. The first choice of a session is
    random. The rule with a lapse rate :math:`\epsilon` (Wilson & Collins 2019) is the special case
    :math:`p_{\text{stay}} = 1 - \epsilon (n - 1) / n`, and for two arms
    :math:`p_{\text{shift}} = p_{\text{stay}}`; a lapse besides the two probabilities would change
    nothing that they cannot.

    References
    ----------
    Nowak & Sigmund (1993), Nature 364:56; Worthy, Hawthorne & Otto (2013), Psychonomic Bulletin &
    Review 20:364; Wilson & Collins (2019), eLife 8:e49547, model 2.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.learners.WinStayLoseShift(stay_after_reward=0.9, shift_after_none=0.6)
    >>> state = learner.begin(n_sessions=2)
    >>> learner.learn(state, [0, 0], [1.0, 0.0])
    >>> learner.choice_probability(state).round(2).tolist()
    [[0.9, 0.1], [0.4, 0.6]]
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = {"last": INTEGER, "rewarded": INTEGER}

    stay_after_reward: float = fraction(
        0.9, "probability of staying after a reward", prior_mean=1.0
    )
    shift_after_none: float = fraction(0.5, "probability of shifting after no reward")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """There is no last choice."""
        memory.last = -1
        memory.rewarded = 0

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Preferences are the logarithms of the probabilities."""
        if memory.last < 0:
            preference[:] = 0.0
        else:
            shift = 1.0 - p.stay_after_reward if memory.rewarded else p.shift_after_none
            preference[:] = np.log(shift / (len(preference) - 1.0))
            preference[memory.last] = np.log(1.0 - shift)

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Remember the choice and whether it was rewarded."""
        memory.last = trial.choice
        memory.rewarded = trial.rewarded
