"""Posterior of a group's mean and standard deviation, from weighted draws of its subjects.

The likelihood of a subject's choices under a group is an integral over the subject's parameters,
which the weighted draws estimate at any mean and standard deviation of the group. Draws of the
group are weighted in turn (importance sampling, in rounds that adapt to the posterior).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior
from pfc_analysis.fitting.estimation.groups.subject_draws import SubjectDraws
from pfc_analysis.fitting.estimation.normal_prior import LOG_ROOT_TWO_PI

CHUNK = 250
"""Number of draws of the group that are weighted together, which limits memory."""

ROUNDS = 3
"""Rounds of drawing groups around the mean of the weighted draws before."""

FREEDOM = 6
"""Degrees of freedom of the multivariate t distribution that groups are drawn from."""

DIFFERENCE = 1e-3
"""Step of the differences that give second derivatives at the mode."""


@dataclass(frozen=True)
class GroupDraws:
    """Weighted draws of a group.

    Attributes
    ----------
    mean, log_sd : float array (draw, parameter)
        Of the group, on the unconstrained scale.
    weight : float array (draw,)
        Sums to 1.
    log_evidence : float
        Logarithm of the integral of likelihood times prior.
    """

    mean: FloatArray
    log_sd: FloatArray
    weight: FloatArray
    log_evidence: float

    @property
    def n_effective(self) -> float:
        """Number of independent draws that these are worth (Kish)."""
        return float(1.0 / np.sum(self.weight**2))


class GroupLikelihood:
    """Likelihood of all choices under a group, as a function of its mean and standard deviation.

    Parameters
    ----------
    subjects : sequence of SubjectDraws
        Weighted draws of every subject.
    """

    def __init__(self, subjects: Sequence[SubjectDraws]) -> None:
        self.subjects = subjects
        self._features = [np.hstack([one.place, one.place**2]) for one in subjects]

    def joint(self, index: int, mean: FloatArray, log_sd: FloatArray) -> FloatArray:
        """Log-weights of a subject's draws under groups, float array (draw, group).

        Parameters
        ----------
        index : int
            Number of the subject.
        mean, log_sd : float array (group, parameter)
            Means, and logarithms of standard deviations.
        """
        precision = np.exp(-2.0 * log_sd)
        factors = np.hstack([mean * precision, -0.5 * precision])
        rest = np.sum(-0.5 * mean**2 * precision - log_sd - LOG_ROOT_TWO_PI, axis=1)
        found = self._features[index] @ factors.T + rest
        return np.asarray(found + self.subjects[index].log_weight[:, np.newaxis])

    def by_subject(self, mean: FloatArray, log_sd: FloatArray) -> FloatArray:
        """Log-likelihood of each subject's choices under groups; float array (subject, group)."""
        found = np.empty((len(self.subjects), mean.shape[0]))
        for begin in range(0, mean.shape[0], CHUNK):
            part = slice(begin, begin + CHUNK)
            for i in range(len(self.subjects)):
                found[i, part] = _log_mean(self.joint(i, mean[part], log_sd[part]))
        return found

    def slope(self, mean: FloatArray, log_sd: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood under one group, and its gradient by mean and log_sd (parameter,)."""
        total, by_mean, by_log_sd = 0.0, np.zeros_like(mean), np.zeros_like(mean)
        precision = np.exp(-2.0 * log_sd)
        for i, one in enumerate(self.subjects):
            joint = self.joint(i, mean[np.newaxis], log_sd[np.newaxis])[:, 0]
            weight = np.exp(joint - joint.max())
            total += float(joint.max() + np.log(weight.mean()))
            weight /= weight.sum()
            by_mean += (weight @ one.place - mean) * precision
            by_log_sd += weight @ (one.place - mean) ** 2 * precision - 1.0
        return total, by_mean, by_log_sd


def _log_mean(values: FloatArray) -> FloatArray:
    """Logarithm of the mean of exponentials over the first axis, in place."""
    largest = values.max(axis=0)
    values -= largest
    np.exp(values, out=values)
    return np.asarray(largest + np.log(values.mean(axis=0)), dtype=np.float64)


def find_group_mode(
    likelihood: GroupLikelihood, prior: GroupPrior, mean: FloatArray, log_sd: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Find the mode of the group's posterior; float arrays (2 parameters,) and their covariance.

    The first half of the numbers are means, the second logarithms of standard deviations.
    """
    from scipy.optimize import minimize

    size = mean.size

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        value, *slopes = likelihood.slope(x[:size], x[size:])
        priors = prior.slope(x[:size], x[size:])
        value += float(prior.log_density(x[:size], x[size:]))
        return -value, -np.concatenate([a + b for a, b in zip(slopes, priors, strict=True)])

    start = np.concatenate([mean, log_sd])
    # Far from where the subjects were drawn, their weights say little.
    bounds = [(one - 3.0, one + 3.0) for one in start]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    steps = DIFFERENCE * np.eye(2 * size)
    curvature = np.array([loss(found + one)[1] - loss(found - one)[1] for one in steps])
    curvature /= 2.0 * DIFFERENCE
    values, axes = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return found, (axes / np.maximum(values, 0.1)) @ axes.T


def draw_group(
    likelihood: GroupLikelihood,
    prior: GroupPrior,
    mode: FloatArray,
    covariance: FloatArray,
    n_draws: int,
    rng: np.random.Generator,
) -> GroupDraws:
    """Draw groups around the mode, weigh them, and draw again around their mean, three times."""
    from scipy.special import logsumexp
    from scipy.stats import multivariate_t

    centre, spread, size = mode, covariance, mode.size // 2
    for _ in range(ROUNDS):
        source = multivariate_t(centre, spread, df=FREEDOM)
        drawn = source.rvs(n_draws, random_state=rng).reshape(n_draws, mode.size)
        mean, log_sd = drawn[:, :size], drawn[:, size:]
        log_weight = likelihood.by_subject(mean, log_sd).sum(axis=0)
        log_weight += prior.log_density(mean, log_sd) - source.logpdf(drawn)
        total = float(logsumexp(log_weight))
        weight = np.exp(log_weight - total)
        centre = weight @ drawn
        spread = (weight * (drawn - centre).T) @ (drawn - centre)
    return GroupDraws(mean, log_sd, weight, total - float(np.log(n_draws)))


def weigh_subjects(likelihood: GroupLikelihood, draws: GroupDraws) -> list[FloatArray]:
    """Weigh each subject's draws, averaged over the draws of the group; they sum to 1."""
    found = [np.zeros(one.log_weight.size) for one in likelihood.subjects]
    for begin in range(0, draws.weight.size, CHUNK):
        part = slice(begin, begin + CHUNK)
        for i, weight in enumerate(found):
            joint = likelihood.joint(i, draws.mean[part], draws.log_sd[part])
            np.exp(joint - joint.max(axis=0), out=joint)
            weight += joint @ (draws.weight[part] / joint.sum(axis=0))
    return found
