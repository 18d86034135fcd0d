"""Prior of a group: of the mean and the standard deviation of its subjects' parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.normal_prior import LOG_ROOT_TWO_PI, NormalPrior
from pfc_analysis.learners.definition.parameters import Parameter


@dataclass(frozen=True)
class GroupPrior:
    r"""Prior of the normal distribution from which subjects' unconstrained parameters come.

    .. math::
        \theta_{ik} \sim N(\mu_k, \sigma_k), \quad \mu_k \sim N(m_k, s_k), \quad
        \sigma_k \sim N^+(0, h_k)

    Attributes
    ----------
    mean : NormalPrior
        m and s, of the group means.
    sd_scale : float array (parameter,)
        h, the scale of the half-normal priors of the group's standard deviations.
    """

    mean: NormalPrior
    sd_scale: FloatArray

    def log_density(self, mean: FloatArray, log_sd: FloatArray) -> FloatArray:
        """Compute the log-density of means and of the logarithms of standard deviations.

        Parameters
        ----------
        mean, log_sd : float arrays (..., parameter)
            Of the group. The density is that of the logarithm, so it has its Jacobian.

        Returns
        -------
        float array (...)
            Natural logarithm.
        """
        scaled = (mean - self.mean.mean) / self.mean.sd
        of_mean = -0.5 * scaled**2 - np.log(self.mean.sd) - LOG_ROOT_TWO_PI
        size = np.exp(log_sd) / self.sd_scale
        of_sd = -0.5 * size**2 - np.log(self.sd_scale) - LOG_ROOT_TWO_PI + np.log(2.0) + log_sd
        return np.asarray(np.sum(of_mean + of_sd, axis=-1), dtype=np.float64)

    def slope(self, mean: FloatArray, log_sd: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Compute the gradient by `mean` and by `log_sd`, (parameter,) each."""
        return self.mean.slope(mean), 1.0 - np.exp(2.0 * log_sd) / self.sd_scale**2


def declared_group_prior(free: Sequence[Parameter]) -> GroupPrior:
    """Return the group prior that follows from the priors a learner's parameters declare.

    Group means have the parameters' own priors; the half-normal prior of a standard deviation has
    the standard deviation of that prior as its scale. A setting of ours.
    """
    spread = np.array([one.prior_sd for one in free])
    return GroupPrior(NormalPrior(np.array([one.prior_mean for one in free]), spread), spread)
