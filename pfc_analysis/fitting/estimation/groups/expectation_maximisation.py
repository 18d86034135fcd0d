"""Expectation-maximisation with Laplace's approximation of each subject's posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior
from pfc_analysis.fitting.estimation.groups.subject_modes import SubjectMode, find_mode
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.estimation.work_threads import map_threads

MOST_STEPS = 300
ENOUGH = 2e-3
"""Steps end when no mean moves by more than this share of its standard deviation, and no standard
deviation changes by more than this share."""


@dataclass(frozen=True)
class GroupMode:
    """Where expectation-maximisation ended.

    Attributes
    ----------
    mean, sd : float array (parameter,)
        Of the group.
    modes : list of SubjectMode
        One for each subject.
    converged : bool
        Whether the steps ended before their largest number.
    n_steps : int
        Number of steps.
    """

    mean: FloatArray
    sd: FloatArray
    modes: list[SubjectMode]
    converged: bool
    n_steps: int


def maximise_expectation(
    objectives: Sequence[FitObjective],
    starts: Sequence[FloatArray],
    prior: GroupPrior,
    n_threads: int | None,
) -> GroupMode:
    """Find the most likely mean and logarithm of the standard deviation of a group.

    Parameters
    ----------
    objectives : sequence of FitObjective
        One for each subject.
    starts : sequence of float arrays (parameter,)
        Where each subject's search starts.
    prior : GroupPrior
        Of the group's mean and standard deviation.
    n_threads : int, optional
        Number of threads.

    References
    ----------
    Huys et al. (2011), PLoS Computational Biology 7:e1002028. The prior of the group, without which
    a standard deviation can end at 0, is a setting of ours.
    """
    group = NormalPrior(prior.mean.mean, prior.sd_scale)
    places = list(starts)
    for step in range(1, MOST_STEPS + 1):
        jobs = [(one, place, group) for one, place in zip(objectives, places, strict=True)]
        modes = map_threads(lambda job: find_mode(*job), jobs, n_threads)
        places = [one.place for one in modes]
        before, group = group, maximise_group(modes, prior, group.sd)
        moved = np.abs(group.mean - before.mean) / group.sd
        changed = np.abs(np.log(group.sd / before.sd))
        if max(moved.max(), changed.max()) < ENOUGH:
            return GroupMode(group.mean, group.sd, modes, True, step)
    return GroupMode(group.mean, group.sd, modes, False, MOST_STEPS)


def maximise_group(modes: Sequence[SubjectMode], prior: GroupPrior, sd: FloatArray) -> NormalPrior:
    """Find the group's mean, and then its standard deviation: the maximisation step."""
    places = np.array([one.place for one in modes])
    uncertain = np.array([np.diag(one.covariance) for one in modes])
    n = len(modes)
    precision = n / sd**2 + prior.mean.sd**-2.0
    mean = (places.sum(axis=0) / sd**2 + prior.mean.mean / prior.mean.sd**2) / precision
    squares = np.sum((places - mean) ** 2 + uncertain, axis=0)
    # The derivative by log sd of the expected log-density, -(n - 1) log sd - squares / (2 sd^2)
    # - sd^2 / (2 scale^2), is zero at the root of a quadratic equation in sd^2.
    scale = prior.sd_scale**2
    variance = 0.5 * scale * (np.sqrt((n - 1) ** 2 + 4.0 * squares / scale) - (n - 1))
    return NormalPrior(mean, np.sqrt(variance))
