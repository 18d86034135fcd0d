"""Contrast two groups: differences with intervals and p values, and the mixed regression."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pfc_analysis.analysis.statistics.group_means import Difference, subtract_groups
from pfc_analysis.analysis.statistics.mixed_logistic import MixedFit
from pfc_analysis.analysis.statistics.multiple_tests import adjust_holm
from pfc_analysis.analysis.trials.choice_trials import FloatArray
from pfc_analysis.comparison.measure_groups import MeasuredGroup
from pfc_analysis.comparison.measures.mixed_regression import MixedModel, fit_mixed
from pfc_analysis.comparison.question import Question


@dataclass(frozen=True)
class Contrast:
    """The first group minus another.

    Attributes
    ----------
    name : str
        "agents - rats".
    difference : Difference
        Of the means, by quantity.
    holm : float array (quantity,)
        p values after Holm's correction for the headline questions; NaN for the others.
    mixed : MixedFit or str
        The regression over both groups, or why there is none.
    """

    name: str
    difference: Difference
    holm: FloatArray
    mixed: MixedFit | str


def contrast_groups(
    one: MeasuredGroup,
    other: MeasuredGroup,
    questions: tuple[Question, ...],
    model: MixedModel | None,
    rng: np.random.Generator,
) -> Contrast:
    """Contrast two groups.

    Parameters
    ----------
    one, other : MeasuredGroup
        Differences are those of `one` minus `other`.
    questions : tuple of Question
        The questions of both.
    model : MixedModel or None
        Regression over both groups.
    rng : numpy.random.Generator
        Draws the trials that enter the regression.
    """
    difference = _clip(subtract_groups(one.mean, other.mean), questions)
    headline = np.array([question.headline for question in questions])
    mixed: MixedFit | str = "not fitted: these questions have no mixed-effects regression"
    if model is not None:
        mixed = fit_mixed(model, one.usable, other.usable, rng)
    return Contrast(
        name=f"{one.name} - {other.name}",
        difference=difference,
        holm=adjust_holm(np.where(headline, difference.p, np.nan)),
        mixed=mixed,
    )


def _clip(difference: Difference, questions: tuple[Question, ...]) -> Difference:
    """Clip intervals to the possible range of a difference."""
    span = np.array([question.highest - question.lowest for question in questions])
    lower, upper = np.maximum(difference.lower, -span), np.minimum(difference.upper, span)
    return replace(difference, lower=lower, upper=upper)
