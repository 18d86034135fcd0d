r"""Learning values of arms, with a tendency to repeat choices."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import ARMS
from pfc_analysis.learners.definition.parameters import fraction, positive, real


class QChoiceKernel(Learner):
    r"""Q-learning with a choice kernel: it also repeats choices whatever they brought.

    .. math::
        Q_c \leftarrow Q_c + \alpha (r - Q_c), \quad
        K_a \leftarrow K_a + \alpha_K ([a = c] - K_a), \quad
        P(a) \propto e^{\beta Q_a + \beta_K K_a}

    Values and kernel are 0 at the start of a session. With :math:`\alpha_K = 1` only the last
    choice counts.

    References
    ----------
    Lau & Glimcher (2005), Journal of the Experimental Analysis of Behavior 84:555; Wilson &
    Collins (2019), eLife 8:e49547, model 5.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> task = Bandit(arms="fixed", left=0.6, right=0.4)
    >>> for weight in (-2.0, 0.0, 2.0):
    ...     learner = pfc.learners.QChoiceKernel(weight_kernel=weight)
    ...     played = pfc.simulate(learner, task, sessions=50, seed=1, subject="Q")
    ...     choice = played["choice"].values.reshape(50, 100)
    ...     repeated = (choice[:, 1:] == choice[:, :-1]).mean()
    ...     print(f"weight {weight:+.0f}: repeats {repeated:.1f} of choices")
    weight -2: repeats 0.4 of choices
    weight +0: repeats 0.6 of choices
    weight +2: repeats 0.9 of choices
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = {"value": (ARMS,), "kernel": (ARMS,)}

    alpha: float = fraction(0.3, "learning rate")
    alpha_kernel: float = fraction(0.3, "rate at which choices enter the kernel")
    inverse_temperature: float = positive(3.0, "inverse temperature")
    weight_kernel: float = real(0.5, "weight of the kernel; below 0, choices alternate")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Values and kernel are 0."""
        memory.value[:] = 0.0
        memory.kernel[:] = 0.0

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms by their value and by how often they were chosen."""
        preference[:] = p.inverse_temperature * memory.value + p.weight_kernel * memory.kernel

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn the value of the chosen arm, and that it was chosen."""
        arm = trial.choice
        memory.value[arm] += p.alpha * (trial.reward - memory.value[arm])
        memory.kernel[:] *= 1.0 - p.alpha_kernel
        memory.kernel[arm] += p.alpha_kernel
