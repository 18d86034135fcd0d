r"""Repeating what was rewarded, whatever lay between choice and reward."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting


class ModelFreeDirect(Learner):
    r"""Learner that repeats what was rewarded and ignores the second stage: Q(1).

    .. math::
        Q(c) &\leftarrow Q(c) + \alpha (r - Q(c)) \\
        P(a) &\propto \exp(\beta Q(a) + \kappa [a = c] + b [a = 1])

    where c is the last choice. Rewards lie between 0 and 1, or -1 and 1.

    Prediction errors: 0 at the second stage, which it does not see, and r - Q(c) at the outcome.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (alpha 0.334, inverse temperature
    3.22 in their reduced task). Perseveration as in Daw et al. (2011), Neuron 69:1204; the bias,
    and the values at the start of a session, are settings of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelFreeDirect(alpha=0.334, inverse_temperature=3.22)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="direct")
    >>> stay = pfc.analysis.compute_stay_probability(recording).sel(subject="direct")
    >>> for previous in ("common_rewarded", "uncommon_rewarded"):
    ...     print(f"{previous} {float(stay['stay_probability'].sel(previous=previous)):.2f}")
    common_rewarded 0.84
    uncommon_rewarded 0.64

    It repeats choices that were rewarded, whichever transition led to the reward.
    """

    suits = ("two_step",)
    memory = {"action_value": (2,), "last": INTEGER}

    alpha: float = fraction(0.334, "learning rate")
    inverse_temperature: float = positive(3.22, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    initial_value: float = setting(0.5, "value of both choices at the start of a session")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Both choices have the initial value; there is no last choice."""
        memory.action_value[:] = p.initial_value
        memory.last = -1

    @staticmethod
    def expect(memory: Any, p: Any, value: Any) -> None:
        """Expect the cached values."""
        value[:] = memory.action_value

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer choices by their cached values."""
        for arm in range(2):
            stay = 1.0 if arm == memory.last else 0.0
            value = p.inverse_temperature * memory.action_value[arm]
            preference[arm] = value + p.perseveration * stay + p.bias * arm

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the choice made towards the reward."""
        arm = trial.choice
        memory.action_value[arm] += p.alpha * (trial.reward - memory.action_value[arm])
        memory.last = arm

    @staticmethod
    def surprise(memory: Any, p: Any, trial: Any, error: Any) -> None:
        """Compare the reward with the value of the choice; the second stage is not seen."""
        error[0] = 0.0
        error[1] = trial.reward - memory.action_value[trial.choice]
