r"""Inferring which second-stage state pays (Akam, Costa & Dayan 2015)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting

TINY = 1e-300
"""Added to probabilities, so that the logarithm of one that is rounded to 0 is finite."""


class LatentState(Learner):
    r"""Learner that infers which second-stage state pays, and chooses what commonly leads there.

    Its belief b that state 1 is the better one is updated by Bayes' rule at the outcome, and then
    for a possible switch of the better state:

    .. math::
        b' &= \frac{b P(r | 1)}{b P(r | 1) + (1 - b) P(r | 0)}, \qquad
        b \leftarrow b' (1 - \omega) + (1 - b') \omega \\
        E(s) &= p_- + (p_+ - p_-) P(s \text{ is better}), \qquad Q(a) = \sum_s P(s | a) E(s) \\
        P(a) &= \tfrac12 \epsilon + (1 - \epsilon) \frac{e^{u(a)}}{e^{u(0)} + e^{u(1)}}, \qquad
        u(a) = \beta Q(a) + \kappa [a = c] + k [a = 1]

    where c is the last choice, :math:`\kappa` the perseveration, k the bias, :math:`\epsilon` the
    lapse, and :math:`p_+, p_-` the probability of reward in the better and in the worse state. A
    reward is what lies above 0.

    In the paper the learner takes the choice that commonly leads to the likelier state, and the
    other one with the probability of half our lapse: the limit of a large inverse temperature (1e6
    is enough). That rule changes in steps as the parameters change, so that it has no gradient; a
    softmax of expected rewards has one. It, perseveration and bias are settings of ours.

    Prediction errors: E(s) - Q(a) at the second stage and r - E(s) at the outcome.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (omega 0.0326, lapse 0.376, rewards
    0.8 and 0.2 in their reduced task; in the task of Wang et al. 0.025, rewards 0.9 and 0.1).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> for lapse in (0.0, 0.376):
    ...     learner = pfc.learners.LatentState(inverse_temperature=1e6, lapse=lapse)
    ...     recording = pfc.simulate(learner, TwoStep(), sessions=50, seed=1, subject="inference")
    ...     print(f"lapse {lapse}: {float(recording['reward'].mean()):.2f} rewards a trial")
    lapse 0.0: 0.70 rewards a trial
    lapse 0.376: 0.63 rewards a trial
    """

    suits = ("two_step",)
    memory = {"belief": (), "last": INTEGER}

    reversal_probability: float = fraction(
        0.0326, "probability that the better state switches", prior_mean=-2.5, prior_sd=1.0
    )
    inverse_temperature: float = positive(8.0, "inverse temperature", prior_mean=1.5)
    lapse: float = fraction(0.0, "share of choices made at random", prior_mean=-3.0, prior_sd=1.0)
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    better_pays: float = setting(
        0.8, "probability of reward in the better state", low=1e-6, high=1 - 1e-6
    )
    worse_pays: float = setting(
        0.2, "probability of reward in the worse state", low=1e-6, high=1 - 1e-6
    )
    common_probability: float = setting(0.8, "probability of a common transition", low=0.5, high=1)

    def __post_init__(self) -> None:
        """Check the ranges, and that the better state pays more often."""
        super().__post_init__()
        if self.better_pays < self.worse_pays:
            raise LearnerError(
                f"{type(self).__name__}.better_pays: found {self.better_pays}, expected at least "
                f"worse_pays ({self.worse_pays})"
            )

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Either state may be the better one; there is no last choice."""
        memory.belief = 0.5
        memory.last = -1

    @staticmethod
    def expect(memory: Any, p: Any, value: Any) -> None:
        """Expect rewards under the belief and the known transitions."""
        gain = p.better_pays - p.worse_pays
        for arm in range(2):
            belief = memory.belief if arm == 1 else 1.0 - memory.belief
            common = p.worse_pays + gain * belief
            rare = p.worse_pays + gain * (1.0 - belief)
            value[arm] = p.common_probability * common + (1.0 - p.common_probability) * rare

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer what leads to the likelier state, except for lapses."""
        gain = (p.better_pays - p.worse_pays) * (2.0 * p.common_probability - 1.0)
        lead = p.inverse_temperature * gain * (2.0 * memory.belief - 1.0) + p.bias
        if memory.last >= 0:
            lead += p.perseveration * (2 * memory.last - 1)
        # The exponential function of a number below 0, so that it never overflows.
        small = np.exp(-lead) if lead.real > 0 else np.exp(lead)
        more, less = 1.0 / (1.0 + small), small / (1.0 + small)
        ahead = 1 if lead.real > 0 else 0
        preference[ahead] = np.log(0.5 * p.lapse + (1.0 - p.lapse) * more + TINY)
        preference[1 - ahead] = np.log(0.5 * p.lapse + (1.0 - p.lapse) * less + TINY)

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Infer from the outcome, then let the better state switch."""
        better, worse = p.better_pays, p.worse_pays
        if trial.rewarded == 0:
            better, worse = 1.0 - better, 1.0 - worse
        if_one, if_zero = (better, worse) if trial.second_state == 1 else (worse, better)
        one = memory.belief * if_one
        zero = (1.0 - memory.belief) * if_zero
        posterior = one / (one + zero)
        omega = p.reversal_probability
        memory.belief = posterior * (1.0 - omega) + (1.0 - posterior) * omega
        memory.last = trial.choice

    @staticmethod
    def surprise(memory: Any, p: Any, trial: Any, error: Any) -> None:
        """Compare the state with what the choice promised, and the reward with the state."""
        gain = p.better_pays - p.worse_pays
        visited = memory.belief if trial.second_state == 1 else 1.0 - memory.belief
        belief = memory.belief if trial.choice == 1 else 1.0 - memory.belief
        common, rare = p.worse_pays + gain * belief, p.worse_pays + gain * (1.0 - belief)
        promised = p.common_probability * common + (1.0 - p.common_probability) * rare
        value = p.worse_pays + gain * visited
        error[0] = value - promised
        error[1] = trial.reward - value
