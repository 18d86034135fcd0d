"""Posterior of a group's mean and standard deviation, from weighted draws of its subjects.

The draws of a subject stand for all its possible parameters: the subject is at one of them, with a
probability that depends on the draw's weight and on the group. A Gibbs sampler draws in turn the
place of every subject, and the group's standard deviation and mean. To be quick, it chooses a
subject's place among a few of its draws, picked at random anew every time, and the present one, as
particle Gibbs samplers do (Andrieu, Doucet & Holenstein 2010, Journal of the Royal Statistical
Society B 72:269).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior
from pfc_analysis.fitting.estimation.groups.subject_draws import SubjectDraws
from pfc_analysis.fitting.estimation.work_threads import map_threads

CHAINS = 4
WARMUP = 1000
"""Rounds of each chain that are left out."""

LOOKED_AT = 200
"""Draws of a subject among which its place is chosen."""

FAST: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
INNER: dict[str, Any] = {"cache": True, "error_model": "numpy"}


@dataclass(frozen=True)
class GroupDraws:
    """Draws of a group.

    Attributes
    ----------
    mean, log_sd : float array (chain, draw, parameter)
        Of the group, on the unconstrained scale.
    weight : float array (subject, subject draw)
        Probability of each of a subject's draws, averaged over the group's; sums to 1.
    """

    mean: FloatArray
    log_sd: FloatArray
    weight: FloatArray

    @property
    def n_effective(self) -> FloatArray:
        """Number of independent draws that those of each mean are worth; (parameter,).

        The variance of means of 20 batches of each chain measures how far draws depend on those
        before them.
        """
        chains, draws, size = self.mean.shape
        length = max(1, draws // 20)
        batches = self.mean[:, : draws // length * length].reshape(chains, -1, length, size)
        between = batches.mean(axis=2).reshape(-1, size).var(axis=0, ddof=1)
        variance = self.mean.reshape(-1, size).var(axis=0, ddof=1)
        return np.asarray(chains * draws * np.minimum(1.0, variance / (length * between)))


def draw_group(
    subjects: Sequence[SubjectDraws],
    prior: GroupPrior,
    mean: FloatArray,
    sd: FloatArray,
    n_draws: int,
    rng: np.random.Generator,
    n_threads: int | None,
) -> GroupDraws:
    """Draw from the posterior of a group by Gibbs sampling, in four chains.

    Parameters
    ----------
    subjects : sequence of SubjectDraws
        Weighted draws of every subject, the same number of each.
    prior : GroupPrior
        Of the group.
    mean, sd : float array (parameter,)
        Where chains start.
    n_draws : int
        Number of draws of all chains together.
    rng : numpy.random.Generator
        Each chain has one spawned from it.
    n_threads : int, optional
        Number of threads.
    """
    place = np.ascontiguousarray([one.place for one in subjects])
    log_weight = np.ascontiguousarray([one.log_weight for one in subjects])
    priors = (prior.mean.mean, prior.mean.sd, prior.sd_scale)

    def run(own: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
        n = WARMUP + n_draws // CHAINS
        means, log_sds = np.empty((n, mean.size)), np.empty((n, mean.size))
        weight = np.zeros_like(log_weight)
        start = mean.copy(), np.log(sd)
        run_chain(place, log_weight, *priors, *start, WARMUP, own, means, log_sds, weight)
        return means[WARMUP:], log_sds[WARMUP:], weight / (n - WARMUP)

    found = map_threads(run, rng.spawn(CHAINS), n_threads)
    means, log_sds, weights = (np.array(one) for one in zip(*found, strict=True))
    return GroupDraws(means, log_sds, weights.mean(axis=0))


@njit(**FAST)
def run_chain(  # type: ignore[no-untyped-def]
    place, log_weight, centre, width, scale, mean, log_sd, warmup, rng, means, log_sds, weight
):
    """Run one chain.

    Parameters
    ----------
    place : float array (subject, draw, parameter)
        Draws of every subject.
    log_weight : float array (subject, draw)
        Their log-weights, without the group.
    centre, width, scale : float array (parameter,)
        Mean and standard deviation of the prior of group means; scale of that of standard
        deviations.
    mean, log_sd : float array (parameter,)
        Where the chain starts; overwritten.
    warmup : int
        Number of rounds that do not count in `weight`.
    rng : numpy.random.Generator
        Of this chain.
    means, log_sds : float array (round, parameter)
        Filled in.
    weight : float array (subject, draw)
        Probabilities of draws are added.
    """
    n_subjects, n_draws, n_parameters = place.shape
    some = np.zeros(min(LOOKED_AT, n_draws), np.int64)
    probability = np.empty(len(some))
    chosen = np.empty((n_subjects, n_parameters))
    at = np.array([np.argmax(log_weight[i]) for i in range(n_subjects)])
    for turn in range(len(means)):
        for i in range(n_subjects):
            # Any rule that picks others without a look at their weights leaves the result as it is.
            some[0] = at[i]
            for m in range(1, len(some)):
                some[m] = int(n_draws * rng.random())
            total = weigh_draws(place[i], log_weight[i], some, mean, log_sd, probability)
            if turn >= warmup:
                for m in range(len(some)):
                    weight[i, some[m]] += probability[m] / total
            at[i] = some[pick(probability, total * rng.random())]
            chosen[i] = place[i, at[i]]
        for j in range(n_parameters):
            values = chosen[:, j]
            log_sd[j] = draw_log_sd(values, centre[j], width[j], scale[j], log_sd[j], rng)
            precision = n_subjects * np.exp(-2.0 * log_sd[j])
            total = precision + width[j] ** -2.0
            middle = (precision * values.mean() + centre[j] * width[j] ** -2.0) / total
            mean[j] = middle + rng.standard_normal() / np.sqrt(total)
        means[turn], log_sds[turn] = mean, log_sd


@njit(**INNER)
def weigh_draws(place, log_weight, some, mean, log_sd, probability):  # type: ignore[no-untyped-def]
    """Fill in the probabilities of some draws, up to a factor, and return their sum."""
    largest = -np.inf
    precision = np.exp(-2.0 * log_sd)
    for m in range(len(some)):
        k = some[m]
        found = log_weight[k]
        for j in range(len(mean)):
            found -= 0.5 * (place[k, j] - mean[j]) ** 2 * precision[j]
        probability[m] = found
        largest = max(largest, found)
    total = 0.0
    for m in range(len(some)):
        probability[m] = np.exp(probability[m] - largest)
        total += probability[m]
    return total


@njit(**INNER)
def pick(probability, mark):  # type: ignore[no-untyped-def]
    """Find the draw at which the sum of probabilities passes a mark."""
    for k in range(len(probability)):
        mark -= probability[k]
        if mark <= 0.0:
            return k
    return len(probability) - 1


@njit(**INNER)
def log_sd_density(log_sd, n, mean, squares, centre, width, scale):  # type: ignore[no-untyped-def]
    """Log-density of log sd given subjects' values, the group mean integrated out."""
    variance = np.exp(2.0 * log_sd)
    spread = width**2 + variance / n
    return (
        (2.0 - n) * log_sd
        - 0.5 * squares / variance
        - 0.5 * variance / scale**2
        - 0.5 * np.log(spread)
        - 0.5 * (mean - centre) ** 2 / spread
    )


@njit(**INNER)
def draw_log_sd(values, centre, width, scale, log_sd, rng):  # type: ignore[no-untyped-def]
    """Draw log sd by slice sampling (Neal 2003, Annals of Statistics 31:705)."""
    n, mean = len(values), values.mean()
    squares = np.sum((values - mean) ** 2)
    here = log_sd_density(log_sd, n, mean, squares, centre, width, scale)
    height = here + np.log(1.0 - rng.random())
    low = log_sd - rng.random()
    high = low + 1.0
    while log_sd_density(low, n, mean, squares, centre, width, scale) > height:
        low -= 1.0
    while log_sd_density(high, n, mean, squares, centre, width, scale) > height:
        high += 1.0
    while True:
        found = low + (high - low) * rng.random()
        if log_sd_density(found, n, mean, squares, centre, width, scale) > height:
            return found
        if found < log_sd:
            low = found
        else:
            high = found
