"""The mode of a group's posterior, from weighted draws of its subjects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior
from pfc_analysis.fitting.estimation.groups.subject_draws import SubjectDraws
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior

REACH = 2.0
"""Means and logarithms of standard deviations are searched within this distance: farther away the
weights of draws say little."""


def log_evidence(subjects: Sequence[SubjectDraws], group: NormalPrior) -> FloatArray:
    """Estimate the log-likelihood of each subject's choices under a group; (subject,)."""
    from scipy.special import logsumexp

    found = [logsumexp(one.joint(group)) - np.log(one.log_weight.size) for one in subjects]
    return np.array(found)


def find_group_mode(
    subjects: Sequence[SubjectDraws], prior: GroupPrior, start: NormalPrior
) -> NormalPrior:
    """Find the most likely mean and logarithm of the standard deviation of a group."""
    from scipy.optimize import minimize

    size = start.mean.size

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        mean, log_sd = x[:size], x[size:]
        value, slopes = _climb(subjects, NormalPrior(mean, np.exp(log_sd)))
        slopes += np.array(prior.slope(mean, log_sd))
        return -value - float(prior.log_density(mean, log_sd)), -slopes.ravel()

    begin = np.concatenate([start.mean, np.log(start.sd)])
    bounds = [(one - REACH, one + REACH) for one in begin]
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
    return NormalPrior(found[:size], np.exp(found[size:]))


def _climb(subjects: Sequence[SubjectDraws], group: NormalPrior) -> tuple[float, FloatArray]:
    """Log-likelihood under a group, and its slopes by mean and log sd, (2, parameter)."""
    total, slopes = 0.0, np.zeros((2, group.mean.size))
    for one in subjects:
        joint = one.joint(group)
        weight = np.exp(joint - joint.max())
        total += float(joint.max() + np.log(weight.mean()))
        weight /= weight.sum()
        centred = (one.place - group.mean) / group.sd
        slopes += np.array([weight @ centred / group.sd, weight @ centred**2 - 1.0])
    return total, slopes
