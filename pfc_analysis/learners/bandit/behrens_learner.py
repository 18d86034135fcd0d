r"""Behrens's Bayesian learner of volatility, whose choices can be fitted.

The belief has no parameter that is fitted, so only the rule of choice has a derivative. Its grid is
coarser than the published one (`pfc_analysis.analysis.BayesianVolatility` has that), so that a
trial takes microseconds rather than milliseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pfc_analysis.learners.definition.learner_class import ARM_TASKS, Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import positive, real

FloatArray = npt.NDArray[np.float64]

N_PROBABILITIES, N_PRECISIONS, N_STEPS = 17, 10, 5
PROBABILITIES = (np.arange(N_PROBABILITIES) + 0.5) / N_PROBABILITIES
LOG_PRECISIONS = np.linspace(np.log(2.0), np.log(10_000.0), N_PRECISIONS)
LOG_STEPS = np.linspace(np.log(5e-4), np.log(20.0), N_STEPS)
"""Values of r, I and k; the ranges are those of Behrens et al."""


def _precision_transition() -> FloatArray:
    """Compute P(I' | I, k), array (k, I', I)."""
    distance = LOG_PRECISIONS[:, None] - LOG_PRECISIONS[None, :]
    table = np.exp(-0.5 * (distance / np.exp(LOG_STEPS)[:, None, None]) ** 2)
    return np.ascontiguousarray(table / table.sum(axis=1, keepdims=True))


def _probability_transition() -> FloatArray:
    """Compute P(r' | r, I'), array (I', r, r')."""
    r = PROBABILITIES
    shape = r[:, None] * np.log(r) + (1.0 - r[:, None]) * np.log1p(-r)
    log_density = np.exp(LOG_PRECISIONS)[:, None, None] * shape
    table = np.exp(log_density - log_density.max(axis=2, keepdims=True))
    return np.ascontiguousarray(table / table.sum(axis=2, keepdims=True))


PRECISION_TRANSITION = _precision_transition()
PROBABILITY_TRANSITION = _probability_transition()
FIRST_POSTERIOR = np.ascontiguousarray(
    np.einsum("kji,jrs->jks", PRECISION_TRANSITION, PROBABILITY_TRANSITION)
    / (N_PRECISIONS * N_STEPS * N_PROBABILITIES)
)
"""A flat prior after one transition, array (I, k, r)."""


class BehrensLearner(Learner):
    r"""Infers how often the right arm is the better one, and how volatile that is.

    An outcome speaks for the right arm (y = 1) if the right arm paid or the left one did not. The
    learner keeps the joint posterior over :math:`r = P(y = 1)`, the log-precision I with which r is
    kept from trial to trial, and the log-step k by which I changes:

    .. math::
        I' \sim \mathrm{Normal}(I, e^k), \quad
        r' \sim \mathrm{Beta}(1 + e^{I'} r, 1 + e^{I'} (1 - r)), \quad
        P(\text{right}) = \frac{1}{1 + e^{-\beta (2 \hat r - 1) - \kappa d}}

    with :math:`\hat r = E[r]` before the outcome, and d = 1 after a choice of right, -1 after left,
    0 at the start. The prior is flat.

    Notes
    -----
    The grid (17 values of r, 10 of I, 5 of k) is a setting of ours; Behrens et al. use 50, 43 and
    53, over the same ranges. In simulated sessions of bandits and of the volatility task (200
    trials each), its :math:`\hat r` differs from theirs by .06 at most (root mean square .012).

    Only the rule of choice is fitted, so a subject's own hazard rate has no parameter here; see
    `HiddenMarkovObserver` and `HierarchicalGaussianFilter`. The stickiness :math:`\kappa` is a
    setting of ours (``fixed={"stickiness": 0.0}`` leaves it out).

    References
    ----------
    Behrens, Woolrich, Walton & Rushworth (2007), Nature Neuroscience 10:1214.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.learners.BehrensLearner(inverse_temperature=6.0)
    >>> state = learner.begin(n_sessions=1)
    >>> for reward in (1.0, 1.0, 0.0, 1.0):
    ...     learner.learn(state, [1], [reward])
    >>> print(f"expects the right arm to pay with {state.memory['predicted'][0].real:.2f}")
    expects the right arm to pay with 0.63
    """

    suits = ARM_TASKS
    two_arms_only = True
    memory = {
        "posterior": (N_PRECISIONS, N_STEPS, N_PROBABILITIES),
        "predicted": (),
        "last": INTEGER,
    }

    inverse_temperature: float = positive(5.0, "inverse temperature")
    stickiness: float = real(0.0, "tendency to repeat the last choice")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Start with the flat prior, moved once to the first trial."""
        memory.posterior[:] = FIRST_POSTERIOR
        memory.predicted = 0.5
        memory.last = -1

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer the arm that is expected to be better, and the last one."""
        preference[0] = 0.0
        preference[1] = p.inverse_temperature * (2.0 * memory.predicted - 1.0)
        if memory.last >= 0:
            preference[memory.last] += p.stickiness

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Weigh the outcome, then move the posterior to the next trial, in I and then in r."""
        for_right = (trial.choice == 1) == (trial.rewarded == 1)
        likelihood = PROBABILITIES if for_right else 1.0 - PROBABILITIES
        # No fitted parameter has a part in the belief, so real numbers do. Loops over numbers are
        # compiled to vector instructions; sums of array slices take five times as long.
        seen = memory.posterior.real * likelihood
        moved, after = np.empty(N_PROBABILITIES), np.empty(N_PROBABILITIES)
        total = predicted = 0.0
        for i in range(N_PRECISIONS):
            for k in range(N_STEPS):
                moved[:] = after[:] = 0.0
                for before in range(N_PRECISIONS):
                    weight = PRECISION_TRANSITION[k, i, before]
                    for r in range(N_PROBABILITIES):
                        moved[r] += weight * seen[before, k, r]
                for before in range(N_PROBABILITIES):
                    weight = moved[before]
                    for r in range(N_PROBABILITIES):
                        after[r] += weight * PROBABILITY_TRANSITION[i, before, r]
                for r in range(N_PROBABILITIES):
                    memory.posterior[i, k, r] = after[r]
                    total += after[r]
                    predicted += after[r] * PROBABILITIES[r]
        memory.posterior[:] /= total
        memory.predicted = predicted / total
        memory.last = trial.choice
