"""Check that a learner's functions carry derivatives, before its parameters are searched for."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.learner_error import LearnerError

REACH = 1e-5
"""Half the distance between the places of a difference, on the unconstrained scale."""

TOLERANCE = 1e-3
"""By how much the two derivatives may differ, as a share of the larger one."""

PLACES = (0.0, 0.37, -0.53)
"""Distances from the default values at which derivatives are compared. Where a function jumps, one
place may differ; a function that loses derivatives differs at all of them."""


def check_derivatives(learner: type[Learner], trials: FitTrials) -> None:
    """Compare the derivatives that a learner's functions carry with differences.

    A function that loses the imaginary part, such as `abs`, would lead every search astray.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        Some sessions.

    Raises
    ------
    LearnerError
        If they differ at all `PLACES`, the log-likelihood is finite at none of them, or a function
        raises an error.
    """
    likelihood = LearnerLikelihood(learner, trials)
    default = np.array([one.unconstrain(one.default) for one in likelihood.free])
    found = [_compare(likelihood, default + distance) for distance in PLACES]
    if not any(np.isfinite(measured).all() for _, _, measured in found):
        raise LearnerError(
            f"{learner.__name__}: the log-likelihood is not a finite number with the default "
            "parameters and near them. Expected a finite preference for each arm in every trial; "
            "check what start, prefer and update compute with these defaults"
        )
    wrong = np.all([differs for differs, _, _ in found], axis=0)
    for k in np.flatnonzero(wrong):
        _, carried, measured = found[0]
        name = likelihood.free[k].name
        raise LearnerError(
            f"{learner.__name__}: the derivative of the log-likelihood by {name} is "
            f"{carried[k]:.6g} as its functions carry it, but {measured[k]:.6g} by differences. "
            "Derivatives travel in the imaginary part: use no abs, min, max, round or x.real in "
            "arithmetic. For abs(x), write x if x.real > 0 else -x"
        )


def _compare(
    likelihood: LearnerLikelihood, place: FloatArray
) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Compare derivatives at one place: whether they differ, as carried, by differences."""
    carried = likelihood.total(place)[1]
    steps = REACH * np.eye(place.size)
    above, below = likelihood.list_values(place + steps), likelihood.list_values(place - steps)
    measured = (above - below) / (2 * REACH)
    # differences of large sums are only known to rounding
    noise = 1e-12 * np.abs(above) / REACH + TOLERANCE
    allowed = TOLERANCE * np.maximum(np.abs(carried), np.abs(measured)) + noise
    differs = np.abs(carried - measured) > allowed  # False where one is not finite
    return differs, carried, measured
