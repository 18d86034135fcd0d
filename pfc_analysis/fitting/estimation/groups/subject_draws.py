"""Weighted draws of each subject's parameters, which correct Laplace's approximation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.groups.subject_modes import SubjectMode
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior

FREEDOM = 5
"""Degrees of freedom of the multivariate t distribution that draws come from: heavy tails."""

WIDER = 1.5
"""Half of the draws come from the group's distribution, with its standard deviation times this."""


@dataclass(frozen=True)
class SubjectDraws:
    """Draws of one subject's unconstrained parameters.

    Attributes
    ----------
    place : float array (draw, parameter)
        Unconstrained parameters.
    log_weight : float array (draw,)
        Log-likelihood of the subject's choices less the log-density that the draw came from. With
        the log-density of the group added, the mean of the exponentials estimates the likelihood
        of the choices under the group.
    """

    place: FloatArray
    log_weight: FloatArray


def draw_subject(
    objective: FitObjective,
    mode: SubjectMode,
    group: NormalPrior,
    n_draws: int,
    rng: np.random.Generator,
) -> SubjectDraws:
    """Draw a subject's parameters, half around the mode and half from the group.

    The density of a draw is that of the mixture of both (the balance heuristic of Veach & Guibas
    1995), so no weight is large where either of them covers the posterior.
    """
    from scipy.special import logsumexp
    from scipy.stats import multivariate_normal, multivariate_t

    near = multivariate_t(mode.place, mode.covariance, df=FREEDOM)
    wide = multivariate_normal(group.mean, np.diag((WIDER * group.sd) ** 2))
    half, size = n_draws // 2, mode.place.size
    place = np.vstack(
        [
            near.rvs(half, random_state=rng).reshape(half, size),
            wide.rvs(n_draws - half, random_state=rng).reshape(n_draws - half, size),
        ]
    )
    densities = np.array([near.logpdf(place), wide.logpdf(place)]) + np.log(0.5)
    likelihood = objective.with_prior(None)
    value = np.array([likelihood.value(one) for one in place])
    return SubjectDraws(place, value - logsumexp(densities, axis=0))
