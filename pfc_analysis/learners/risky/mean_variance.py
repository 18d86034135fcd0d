r"""Weighing the mean of an arm's rewards against their variance."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import ARMS
from pfc_analysis.learners.definition.parameters import fraction, positive, real


class MeanVariance(Learner):
    r"""Learns mean and variance of each arm's rewards, and seeks or avoids variance.

    .. math::
        \delta = r - Q_c, \quad Q_c \leftarrow Q_c + \alpha \delta, \quad
        V_c \leftarrow V_c + \alpha_V (\delta^2 - V_c), \quad
        P(a) \propto e^{\beta Q_a + \rho V_a}

    Means and variances are 0 at the start of a session. With :math:`\rho > 0` it seeks risk, with
    :math:`\rho < 0` it avoids it. The usual coefficient of risk is :math:`-\rho / \beta`; the
    weights stand apart because their ratio cannot be estimated where :math:`\beta` is near 0.

    Fits divide rewards by the largest in size, so :math:`\beta` and :math:`\rho` are for rewards of
    at most 1.

    References
    ----------
    Markowitz (1952), Journal of Finance 7:77; d'Acremont, Lu, Li, Van der Linden & Bechara (2009),
    NeuroImage 47:1929 (learning of risk from squared prediction errors).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> task = RiskyChoice(schedule="fixed", probability=0.25, safe_reward=0.25, risky_reward=1.0)
    >>> for weight in (-20.0, 20.0):
    ...     learner = pfc.learners.MeanVariance(weight_variance=weight)
    ...     played = pfc.simulate(learner, task, sessions=200, seed=1, subject="one")
    ...     free = played["forced"] == 0
    ...     print(f"risky arm in {float(played['risky_choice'].where(free).mean()):.1f} of choices")
    risky arm in 0.1 of choices
    risky arm in 0.8 of choices
    """

    suits = ("risky_choice",)
    memory = {"mean": (ARMS,), "variance": (ARMS,)}

    alpha: float = fraction(0.3, "learning rate of means")
    alpha_variance: float = fraction(0.2, "learning rate of variances")
    inverse_temperature: float = positive(3.0, "weight of the mean")
    weight_variance: float = real(-1.0, "weight of the variance; below 0, risk is avoided")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Means and variances are 0."""
        memory.mean[:] = 0.0
        memory.variance[:] = 0.0

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Weigh mean and variance."""
        preference[:] = p.inverse_temperature * memory.mean + p.weight_variance * memory.variance

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn the mean from the prediction error, the variance from its square."""
        arm = trial.choice
        error = trial.reward - memory.mean[arm]
        memory.mean[arm] += p.alpha * error
        memory.variance[arm] += p.alpha_variance * (error * error - memory.variance[arm])
