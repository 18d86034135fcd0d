r"""Repeating choices, whatever they brought."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import ARMS
from pfc_analysis.learners.definition.parameters import fraction, real


class ChoiceKernel(Learner):
    r"""Tends to repeat (or to avoid) what it chose recently, and does not learn from rewards.

    .. math::
        K_a \leftarrow K_a + \alpha_K ([a = c] - K_a), \quad P(a) \propto e^{\beta_K K_a}

    The kernel is 0 at the start of a session. A learner of rewards should predict choices better
    than this one.

    References
    ----------
    Wilson & Collins (2019), eLife 8:e49547, model 4.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.ChoiceKernel(alpha_kernel=0.3, weight_kernel=3.0)
    >>> played = pfc.simulate(learner, Bandit(trials=200), sessions=20, seed=1, subject="habit")
    >>> choice = played["choice"].values.reshape(20, 200)
    >>> print(f"repeats {(choice[:, 1:] == choice[:, :-1]).mean():.1f} of choices")
    repeats 0.9 of choices
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = {"kernel": (ARMS,)}

    alpha_kernel: float = fraction(0.3, "rate at which choices enter the kernel")
    weight_kernel: float = real(1.0, "weight of the kernel; below 0, choices alternate")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Nothing was chosen yet."""
        memory.kernel[:] = 0.0

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms that were chosen often and recently."""
        preference[:] = p.weight_kernel * memory.kernel

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Strengthen the chosen arm, weaken the others."""
        memory.kernel[:] *= 1.0 - p.alpha_kernel
        memory.kernel[trial.choice] += p.alpha_kernel
