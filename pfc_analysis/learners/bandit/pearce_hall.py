r"""Learning faster about arms whose rewards were surprising."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import ARMS, INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real


class PearceHall(Learner):
    r"""Learns values at a rate that follows recent surprise (hybrid Pearce-Hall model).

    .. math::
        \delta = r - Q_c, \quad Q_c \leftarrow Q_c + \kappa A_c \delta, \quad
        A_c \leftarrow \eta |\delta| + (1 - \eta) A_c, \quad
        P(a) \propto e^{\beta Q_a + \tau [a = \text{last}]}

    The associability A of an arm is 1 and its value 0 at the start of a session; those of unchosen
    arms stay. Without a change of associability (:math:`\eta = 0`) it is `QLearning` with the rate
    :math:`\kappa`. Where rewards of both signs drive the rate :math:`\kappa A_c` above 1, it
    counts as 1, since values would diverge above 2 (a setting of ours).

    The stickiness :math:`\tau` is added to the preference for the last choice. It is a setting of
    ours: without it, the learner would predict animals that repeat choices badly, however they
    learn. ``fixed={"stickiness": 0.0}`` leaves it out.

    References
    ----------
    Pearce & Hall (1980), Psychological Review 87:532; Li, Schiller, Schoenbaum, Phelps & Daw
    (2011), Nature Neuroscience 14:1250 (the hybrid model). One associability for each arm, and its
    start at 1, are settings of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.learners.PearceHall(kappa=0.5, eta=0.5)
    >>> state = learner.begin(n_sessions=1)
    >>> for reward in (1.0, 1.0, 1.0, 0.0):
    ...     learner.learn(state, [1], [reward])
    ...     print(f"associability {state.memory['associability'][0, 1].real:.2f}")
    associability 1.00
    associability 0.75
    associability 0.50
    associability 0.67

    Associability falls while rewards are as expected, and rises when one fails to come.
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = {"value": (ARMS,), "associability": (ARMS,), "last": INTEGER}

    kappa: float = fraction(0.5, "learning rate at an associability of 1")
    eta: float = fraction(0.3, "rate at which associability follows surprise")
    inverse_temperature: float = positive(3.0, "inverse temperature")
    stickiness: float = real(0.0, "tendency to repeat the last choice")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Values are 0, associabilities 1."""
        memory.value[:] = 0.0
        memory.associability[:] = 1.0
        memory.last = -1

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms by their value."""
        preference[:] = p.inverse_temperature * memory.value
        if memory.last >= 0:
            preference[memory.last] += p.stickiness

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn at the rate of the associability, which the surprise then changes."""
        arm = trial.choice
        error = trial.reward - memory.value[arm]
        surprise = error if error.real > 0 else -error
        rate = p.kappa * memory.associability[arm]
        if rate.real > 1:
            rate = 1.0 + 0.0j
        memory.value[arm] += rate * error
        memory.associability[arm] += p.eta * (surprise - memory.associability[arm])
        memory.last = arm
