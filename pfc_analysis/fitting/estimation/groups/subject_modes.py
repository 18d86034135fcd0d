"""The expectation step: each subject's most likely parameters under the group, and their spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.newton_steps import refine
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior

LEAST = 0.3
"""Smallest curvature of a subject's posterior, as a share of the smallest of the group's."""


@dataclass(frozen=True)
class SubjectMode:
    """Normal (Laplace) approximation of a subject's posterior.

    Attributes
    ----------
    place : float array (parameter,)
        Its mode.
    covariance : float array (parameter, parameter)
        Inverse of the negative second derivatives there.
    sound : bool
        Whether the search ended at a maximum.
    """

    place: FloatArray
    covariance: FloatArray
    sound: bool


def find_mode(objective: FitObjective, start: FloatArray, group: NormalPrior) -> SubjectMode:
    """Find the mode of a subject's posterior, given the group's distribution."""
    objective = objective.with_prior(group)
    found = refine(objective, np.clip(start, objective.low, objective.high))
    information = -found.hessian + np.diag(np.where(found.inside, 0.0, group.sd**-2.0))
    curvature, axes = np.linalg.eigh(information)
    # Where the likelihood curves upwards, the group's distribution still limits the parameters.
    curvature = np.maximum(curvature, LEAST * np.min(group.sd**-2.0))
    return SubjectMode(found.place, (axes / curvature) @ axes.T, found.missing < 1e-3)
