"""Draw players whose parameters are like those of fitted subjects, or like the prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import Parameter

LEAST_SPREAD = 0.5
"""Smallest spread of drawn players, as a share of the prior's standard deviation. A correlation of
true and recovered values says little where all players are alike. A setting of ours."""

FARTHEST = 2.0
"""Fitted values count as at most so many of the prior's standard deviations from its mean, because
an estimate that ran off to the end of its scale says nothing of where subjects are."""


def list_free(learner: type[Learner], fixed: Mapping[str, float] | None) -> tuple[Parameter, ...]:
    """List the parameters of a learner that are fitted."""
    return tuple(one for one in learner.parameters() if one.name not in (fixed or {}))


def describe_players(
    free: Sequence[Parameter], fits: Sequence[SubjectFit]
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of players to draw, unconstrained; float arrays (parameter,).

    Without fits those of the prior. With fits the mean over subjects, and their standard deviation
    or `LEAST_SPREAD` of the prior's, whichever is larger.

    Raises
    ------
    AnalysisError
        If the fits are of other parameters.
    """
    centre = np.array([one.prior_mean for one in free])
    spread = np.array([one.prior_sd for one in free])
    if not fits:
        return centre, spread
    for one in fits:
        if tuple(p.name for p in one.free) != tuple(p.name for p in free):
            raise AnalysisError(
                f"fits: found a fit of {one.learner.__name__} with the parameters "
                f"{', '.join(p.name for p in one.free)}; expected "
                f"{', '.join(p.name for p in free)}. Give fits of this learner with the same "
                "parameters fixed"
            )
    reach = FARTHEST * spread
    values = np.array([one.unconstrained for one in fits]).clip(centre - reach, centre + reach)
    own = values.std(axis=0, ddof=1) if len(fits) > 1 else np.zeros(len(free))
    return values.mean(axis=0), np.maximum(own, LEAST_SPREAD * spread)


def make_player(
    learner: type[Learner],
    free: Sequence[Parameter],
    unconstrained: FloatArray,
    fixed: Mapping[str, float] | None,
) -> Learner:
    """Make a learner from unconstrained values of its free parameters."""
    pairs = zip(free, unconstrained, strict=True)
    values = {one.name: float(one.constrain(value)) for one, value in pairs}
    return learner(**{**(fixed or {}), **values})
