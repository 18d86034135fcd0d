r"""Q-learning with forgetting, two learning rates, a choice kernel and a bias at once."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.bandit.q_choice_kernel import QChoiceKernel
from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.parameters import fraction, positive, real


class QCombined(Learner):
    r"""Q-learning with forgetting, asymmetric learning rates, a choice kernel and a bias.

    .. math::
        \delta &= r - Q_c, \quad Q_c \leftarrow Q_c + \alpha_{\pm} \delta, \quad
        Q_a \leftarrow (1 - \phi) Q_a \; (a \neq c) \\
        K_a &\leftarrow K_a + \alpha_K ([a = c] - K_a), \quad
        P(a) \propto e^{\beta Q_a + \beta_K K_a + b [a = 1]}

    The rate is :math:`\alpha_+` if :math:`\delta > 0`, else :math:`\alpha_-`. Values and kernel are
    0 at the start of a session. Mice that forage between two spouts are described by such sums:
    Hattori et al. (2019) fit two rates, forgetting and a bias. That all of them stand in one model,
    and that the rate follows the sign of the error rather than the reward, are settings of ours
    (with rewards of 0 and 1 the two are the same).

    Parameters that a table cannot tell apart can be kept out of a fit: ``fixed={"bias": 0.0}``.
    With more than two arms the bias is for or against choice 1 among all others.

    References
    ----------
    Hattori, Danskin, Babic, Mlynaryk & Komiyama (2019), Cell 177:1858; Katahira (2018), Journal of
    Mathematical Psychology 87:31 (rates and perseveration should be fitted together).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> learner = pfc.learners.QCombined(bias=1.0)
    >>> played = pfc.simulate(learner, Matching(), sessions=20, seed=1, subject="mouse-like")
    >>> print(f"right in {float(played['choice'].mean()):.1f} of choices")
    right in 0.7 of choices
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = QChoiceKernel.memory

    alpha_positive: float = fraction(0.4, "learning rate of positive prediction errors")
    alpha_negative: float = fraction(0.2, "learning rate of negative prediction errors")
    forgetting: float = fraction(0.1, "rate at which values of unchosen arms decay")
    alpha_kernel: float = fraction(0.3, "rate at which choices enter the kernel")
    inverse_temperature: float = positive(3.0, "inverse temperature")
    weight_kernel: float = real(0.5, "weight of the kernel; below 0, choices alternate")
    bias: float = real(0.0, "bias to choice 1 (right)")

    start = QChoiceKernel.start

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Add up value, kernel and bias."""
        preference[:] = p.inverse_temperature * memory.value + p.weight_kernel * memory.kernel
        preference[1] += p.bias

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn from the reward, forget unchosen arms, remember the choice."""
        error = trial.reward - memory.value[trial.choice]
        alpha = p.alpha_positive if error.real > 0 else p.alpha_negative
        for arm in range(len(memory.value)):
            if arm == trial.choice:
                memory.value[arm] += alpha * error
            else:
                memory.value[arm] *= 1.0 - p.forgetting
        memory.kernel[:] *= 1.0 - p.alpha_kernel
        memory.kernel[trial.choice] += p.alpha_kernel
