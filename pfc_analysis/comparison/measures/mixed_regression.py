"""Fit one mixed-effects regression over two groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.group_means import MIN_SUBJECTS
from pfc_analysis.analysis.statistics.mixed_logistic import MixedFit, fit_mixed_logistic
from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray
from pfc_analysis.comparison.usable_trials import UsableTrials

ENOUGH_SUBJECTS = 10
"""Subjects in each group from which on means over subjects are enough, and no model is fitted."""

MOST_ROWS = 30_000
"""Most trials of a group that enter: with few subjects, more trials change nothing."""


@dataclass(frozen=True)
class Rows:
    """Trials of one group, as rows of the regression.

    Attributes
    ----------
    response : float array (trial,)
        0 or 1.
    predictors : float array (trial, predictor)
        Without the intercept.
    subject : integer array (trial,)
    """

    response: FloatArray
    predictors: FloatArray
    subject: IntArray


@dataclass(frozen=True)
class MixedModel:
    """A mixed-effects regression over two groups.

    Attributes
    ----------
    response : str
        What is predicted, in words.
    predictors : tuple of str
        Their names, without the intercept.
    read : callable
        From a group's trials to `Rows`.
    """

    response: str
    predictors: tuple[str, ...]
    read: Callable[[UsableTrials], Rows]


def fit_mixed(
    model: MixedModel, one: UsableTrials, other: UsableTrials, rng: np.random.Generator
) -> MixedFit | str:
    """Fit the regression over two groups.

    Parameters
    ----------
    model : MixedModel
    one, other : UsableTrials
        The groups; predictor `group` is 1/2 for the first and -1/2 for the second.
    rng : numpy.random.Generator
        Draws the trials that enter: equally many of each group, `MOST_ROWS` at most.

    Returns
    -------
    MixedFit or str
        Fixed effects: intercept, predictors, group, and group by each predictor. Or the reason why
        it was not fitted.
    """
    sizes = [len(group.trials.subjects) for group in (one, other)]
    if min(sizes) >= ENOUGH_SUBJECTS:
        return (
            f"not fitted: with {sizes[0]} and {sizes[1]} subjects, means over subjects are enough"
        )
    if min(sizes) < MIN_SUBJECTS:
        return (
            f"not fitted: found {sizes[0]} and {sizes[1]} subjects, expected at least "
            f"{MIN_SUBJECTS} in each group, to say something about others"
        )
    rows = [model.read(group) for group in (one, other)]
    n = min(MOST_ROWS, *(found.response.size for found in rows))
    if n == 0:
        return "not fitted: a group has no trial that follows a usable trial"
    parts = [_thin(found, n, rng) for found in rows]
    subject = np.concatenate([parts[0].subject, parts[1].subject + sizes[0]])
    subject = np.unique(subject, return_inverse=True)[1].astype(np.int64)
    predictors = np.concatenate([part.predictors for part in parts])
    random = np.concatenate([np.ones((predictors.shape[0], 1)), predictors], axis=1)
    group = np.repeat([0.5, -0.5], [part.response.size for part in parts])
    names = ["intercept", *model.predictors]
    try:
        return fit_mixed_logistic(
            np.concatenate([part.response for part in parts]),
            np.concatenate([random, group[:, None] * random], axis=1),
            random,
            subject,
            [*names, "group", *(f"group:{name}" for name in model.predictors)],
            freedom=max(int(subject.max()) + 1 - len(sizes), 1),
        )
    except AnalysisError as error:
        return f"not fitted: {error}"


def _thin(rows: Rows, n: int, rng: np.random.Generator) -> Rows:
    """Draw `n` trials without replacement."""
    if rows.response.size == n:
        return rows
    kept = np.sort(rng.choice(rows.response.size, n, replace=False))
    return Rows(rows.response[kept], rows.predictors[kept], rows.subject[kept])
