r"""Inferring which arm is the better one at the moment."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import ARMS, INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real


class HiddenMarkovObserver(Learner):
    r"""Infers by Bayes' rule which arm is the better one, knowing that this may change.

    One arm pays with the probability :math:`p_b`, all others with :math:`p_w`. After a trial,
    another of the n arms becomes the better one with the hazard rate h. The belief B is

    .. math::
        B_a &\propto B_a \, p_a^{[r > 0]} (1 - p_a)^{[r \le 0]}, \quad
        p_a = \begin{cases} p_b & a = c \\ p_w & a \neq c \end{cases} \\
        B_a &\leftarrow (1 - h) B_a + \frac{h}{n - 1} (1 - B_a), \quad
        P(a) \propto e^{\beta B_a + \kappa [a = \text{last}]}

    and 1 / n at the start of a session. (In the first line, arm a's likelihood asks what the chosen
    arm c would pay if a were the better one.)

    The stickiness :math:`\kappa` is added to the preference for the last choice. It is a setting of
    ours: without it, the learner would predict animals that repeat choices badly, however they
    learn. ``fixed={"stickiness": 0.0}`` leaves it out.

    Notes
    -----
    An observer who takes the better arm for the one that pays less is possible (:math:`p_b < p_w`)
    and chooses the arm that fails; fits of small tables may end there. More arms than the two of
    the reference are an extension of ours.

    References
    ----------
    Hampton, Bossaerts & O'Doherty (2006), Journal of Neuroscience 26:8360.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.learners.HiddenMarkovObserver(
    ...     hazard=0.1, reward_better=0.8, reward_worse=0.2
    ... )
    >>> state = learner.begin(n_sessions=1)
    >>> for reward in (1.0, 1.0, 0.0):
    ...     learner.learn(state, [1], [reward])
    ...     print(f"{state.memory['belief'][0, 1].real:.2f} that the right arm is better")
    0.74 that the right arm is better
    0.84 that the right arm is better
    0.55 that the right arm is better
    """

    suits = ARM_TASKS
    memory = {"belief": (ARMS,), "last": INTEGER}

    hazard: float = fraction(0.1, "probability that another arm becomes better", prior_mean=-2.0)
    reward_better: float = fraction(0.8, "reward probability of the better arm", prior_mean=1.0)
    reward_worse: float = fraction(0.2, "reward probability of the others", prior_mean=-1.0)
    inverse_temperature: float = positive(5.0, "inverse temperature")
    stickiness: float = real(0.0, "tendency to repeat the last choice")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Any arm may be the better one."""
        memory.belief[:] = 1.0 / len(memory.belief)
        memory.last = -1

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms by the belief that they are better."""
        preference[:] = p.inverse_temperature * memory.belief
        if memory.last >= 0:
            preference[memory.last] += p.stickiness

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Weigh the outcome, then allow for a change."""
        belief = memory.belief
        better, worse = p.reward_better, p.reward_worse
        if not trial.rewarded:
            better, worse = 1.0 - better, 1.0 - worse
        chosen = better * belief[trial.choice]
        total = chosen + worse * (1.0 - belief[trial.choice])
        # An outcome that the observer holds impossible teaches it nothing.
        if total.real > 0:
            for arm in range(len(belief)):
                seen = chosen if arm == trial.choice else worse * belief[arm]
                belief[arm] = seen / total
        for arm in range(len(belief)):
            stays = (1.0 - p.hazard) * belief[arm]
            belief[arm] = stays + p.hazard * (1.0 - belief[arm]) / (len(belief) - 1.0)
        memory.last = trial.choice
