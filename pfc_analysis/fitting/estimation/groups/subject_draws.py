"""Weighted draws of each subject's parameters, which correct Laplace's approximation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.groups.subject_modes import SubjectMode
from pfc_analysis.fitting.estimation.groups.weighted_moments import weighted_moments
from pfc_analysis.fitting.estimation.normal_prior import LOG_ROOT_TWO_PI, NormalPrior

FREEDOM = 5
"""Degrees of freedom of the multivariate t distribution that draws come from: heavy tails."""

WIDER = 1.5
"""A part of the draws comes from the group's distribution, its standard deviation times this."""


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

    def joint(self, group: NormalPrior) -> FloatArray:
        """Log-weights under a group; float array (draw,)."""
        scaled = (self.place - group.mean) / group.sd
        density = np.sum(-0.5 * scaled**2 - np.log(group.sd) - LOG_ROOT_TWO_PI, axis=1)
        return np.asarray(self.log_weight + density, dtype=np.float64)

    def n_effective(self, group: NormalPrior) -> float:
        """Count the independent draws that these are worth under a group (Kish)."""
        return float(1.0 / np.sum(_normalise(self.joint(group)) ** 2))


def _normalise(log_weight: FloatArray) -> FloatArray:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def draw_subject(
    objective: FitObjective,
    mode: SubjectMode,
    group: NormalPrior,
    earlier: SubjectDraws | None,
    n_draws: int,
    rng: np.random.Generator,
) -> SubjectDraws:
    """Draw a subject's parameters around the mode, around the mean of earlier draws, and widely.

    The density of a draw is that of the mixture of these (the balance heuristic of Veach & Guibas
    1995), so no weight is large where any of them covers the posterior.

    Parameters
    ----------
    objective : FitObjective
        The subject's choices.
    mode : SubjectMode
        Of the subject's posterior under the group.
    group : NormalPrior
        Distribution of the group.
    earlier : SubjectDraws, optional
        Draws that have mean and covariance of the posterior, from a round before.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator
        Draws them.
    """
    from scipy.special import logsumexp
    from scipy.stats import multivariate_normal, multivariate_t

    sources = [
        multivariate_normal(group.mean, np.diag((WIDER * group.sd) ** 2)),
        multivariate_t(mode.place, mode.covariance, df=FREEDOM),
    ]
    if earlier is not None:
        weight = _normalise(earlier.joint(group))
        centre, spread = weighted_moments(earlier.place, weight)
        # A few heavy draws may leave no spread; a tenth of the mode's is always kept.
        sources.append(multivariate_t(centre, spread + 0.1 * mode.covariance, df=FREEDOM))
    sizes = [len(one) for one in np.array_split(np.arange(n_draws), len(sources))]
    place = np.vstack(
        [
            source.rvs(n, random_state=rng).reshape(n, mode.place.size)
            for source, n in zip(sources, sizes, strict=True)
        ]
    )
    shares = np.log(np.array(sizes) / n_draws)[:, np.newaxis]
    density = logsumexp(np.array([one.logpdf(place) for one in sources]) + shares, axis=0)
    value = objective.likelihood.list_values(place)
    return SubjectDraws(place, np.where(np.isfinite(value), value - density, -np.inf))
