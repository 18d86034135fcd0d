r"""Tracking the means of arms and how uncertain they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import ARMS, INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real


class KalmanFilter(Learner):
    r"""Tracks the mean reward of each arm as a Kalman filter, with a bonus for uncertainty.

    Arms are taken to drift as :math:`x_a' \sim N(\lambda x_a + (1 - \lambda) \theta, \sigma_d^2)`
    and to pay :math:`r \sim N(x_c, \sigma_o^2)`. The filter keeps a mean m and a variance v of each
    arm. A trial changes the chosen one, and then time changes all:

    .. math::
        g &= \frac{v_c}{v_c + 1}, \quad m_c \leftarrow m_c + g (r - m_c), \quad
        v_c \leftarrow (1 - g) v_c \\
        m_a &\leftarrow \lambda m_a + (1 - \lambda) \theta, \quad
        v_a \leftarrow \lambda^2 v_a + \sigma_d^2, \quad
        P(a) \propto e^{\beta m_a + \varphi \sqrt{v_a} + \kappa [a = \text{last}]}

    Choices depend on variances only by their ratio to :math:`\sigma_o^2`, so all are given in units
    of it. A session starts with the mean :math:`\theta` and the variance `initial_variance`.

    The stickiness :math:`\kappa` is added to the preference for the last choice. It is a setting of
    ours: without it, the learner would predict animals that repeat choices badly, however they
    learn. ``fixed={"stickiness": 0.0}`` leaves it out.

    Notes
    -----
    Daw et al. (2006) fix :math:`\sigma_o`, fit the mean at the start besides :math:`\theta`, and
    find no bonus in people. One number for both means is a setting of ours. Some hundred choices
    of one subject do not determine seven parameters, and searches end in several optima. Fix some:
    ``fixed={"uncertainty_bonus": 0.0}``, and where arms are constant ``{"decay": 1.0}``. Thompson
    sampling is not offered: the probability of its choices has no closed form for more than two
    arms.

    References
    ----------
    Daw, O'Doherty, Dayan, Seymour & Dolan (2006), Nature 441:876, supplementary equations;
    Speekenbrink & Konstantinidis (2015), Topics in Cognitive Science 7:351 (bonus).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.learners.KalmanFilter(
    ...     decay=1.0, diffusion_variance=0.0, initial_variance=1.0, centre=0.0
    ... )
    >>> state = learner.begin(n_sessions=1)
    >>> for reward in (1.0, 1.0, 0.0):
    ...     learner.learn(state, [1], [reward])
    >>> mean, variance = state.memory["mean"][0].real, state.memory["variance"][0].real
    >>> print(mean.round(2).tolist(), variance.round(2).tolist())
    [0.0, 0.5] [1.0, 0.25]

    The arm that paid 2 in 3 trials has the mean 2 / (3 + 1), since the prior counts as one trial.
    """

    suits = (*ARM_TASKS, "risky_choice")
    memory = {"mean": (ARMS,), "variance": (ARMS,), "last": INTEGER}

    diffusion_variance: float = positive(0.1, "variance of the drift of a trial", prior_mean=-2.0)
    initial_variance: float = positive(1.0, "variance at the start", prior_mean=0.0)
    decay: float = fraction(0.98, "share of a mean that remains after a trial", prior_mean=2.0)
    centre: float = real(0.5, "mean at the start, to which means decay", prior_sd=1.0)
    inverse_temperature: float = positive(3.0, "inverse temperature")
    uncertainty_bonus: float = real(0.0, "weight of an arm's standard deviation")
    stickiness: float = real(0.0, "tendency to repeat the last choice")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Nothing was seen yet."""
        memory.mean[:] = p.centre
        memory.variance[:] = p.initial_variance
        memory.last = -1

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms by mean and uncertainty."""
        preference[:] = p.inverse_temperature * memory.mean
        preference[:] += p.uncertainty_bonus * np.sqrt(memory.variance)
        if memory.last >= 0:
            preference[memory.last] += p.stickiness

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Weigh the reward of the chosen arm, then let all arms drift."""
        arm = trial.choice
        gain = memory.variance[arm] / (memory.variance[arm] + 1.0)
        memory.mean[arm] += gain * (trial.reward - memory.mean[arm])
        memory.variance[arm] *= 1.0 - gain
        memory.mean[:] = p.decay * memory.mean + (1.0 - p.decay) * p.centre
        memory.variance[:] = p.decay * p.decay * memory.variance + p.diffusion_variance
        memory.last = arm
