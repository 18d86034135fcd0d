"""Normal priors on the unconstrained scale, for maximum a posteriori fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.learners.definition.parameters import Parameter

LOG_ROOT_TWO_PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True)
class NormalPrior:
    """Independent normal priors of the free parameters on their unconstrained scale.

    Attributes
    ----------
    mean, sd : float array (parameter,)
        Of each free parameter, in order; `sd` above 0.

    Raises
    ------
    AnalysisError
        If the arrays differ in length, or a standard deviation is not above 0.
    """

    mean: FloatArray
    sd: FloatArray

    def __post_init__(self) -> None:
        mean, sd = np.asarray(self.mean, np.float64), np.asarray(self.sd, np.float64)
        if mean.ndim != 1 or mean.shape != sd.shape or not np.all(np.isfinite(mean)):
            raise AnalysisError(
                f"prior: found means {mean.tolist()} and standard deviations {sd.tolist()}, "
                "expected one finite number of each for every free parameter"
            )
        if not np.all((sd > 0) & np.isfinite(sd)):
            raise AnalysisError(
                f"prior: found standard deviations {sd.tolist()}, expected numbers above 0"
            )

    def log_density(self, unconstrained: FloatArray) -> float:
        """Compute the log-density at values (parameter,)."""
        scaled = (unconstrained - self.mean) / self.sd
        return float(np.sum(-0.5 * scaled**2 - np.log(self.sd) - LOG_ROOT_TWO_PI))

    def slope(self, unconstrained: FloatArray) -> FloatArray:
        """Compute the gradient of the log-density, (parameter,)."""
        return np.asarray((self.mean - unconstrained) / self.sd**2, dtype=np.float64)


def declared_prior(free: Sequence[Parameter]) -> NormalPrior:
    """Return the priors that a learner's parameters declare."""
    return NormalPrior(
        mean=np.array([one.prior_mean for one in free]), sd=np.array([one.prior_sd for one in free])
    )
