"""One regression over both groups, with effects that differ between subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.choices.stay_probability import pair_trials
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.mixed_logistic import MixedFit, fit_mixed_logistic
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import (
    FloatArray,
    IntArray,
    find_previous,
    read_common_transition,
)
from pfc_analysis.comparison.usable import UsableTrials

FEW_SUBJECTS = 10
"""With so many in each group, means over subjects need no model."""

MOST_ROWS = 30_000
"""Trials of a group that enter: more make no difference to what is told of few subjects."""


@dataclass(frozen=True)
class Rows:
    """Trials as the regression sees them.

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
    """A regression over both groups.

    Attributes
    ----------
    response : str
        What is predicted, in words.
    predictors : tuple of str
    read : callable
        From a group's trials to `Rows`.
    """

    response: str
    predictors: tuple[str, ...]
    read: Callable[[UsableTrials], Rows]


def two_step_rows(usable: UsableTrials) -> Rows:
    """Staying, on reward, transition and both (1/2 or -1/2; the product 1/2 where they agree)."""
    trials = usable.trials
    _, cell = pair_trials(trials, read_common_transition(usable.recording), "history")
    before = find_previous(trials)
    kept = np.flatnonzero((cell >= 0) & usable.earned[before])
    reward, common = (cell[kept] % 2 == 0) - 0.5, (cell[kept] < 2) - 0.5
    stay = trials.choice[kept] == trials.choice[before[kept]]
    predictors = np.stack([reward, common, 2 * reward * common], axis=1)
    return Rows(stay.astype(np.float64), predictors, trials.subject[kept])


def arm_rows(usable: UsableTrials) -> Rows:
    """Choosing right, on the last reward (1 right, -1 left, 0 none) and the last choice."""
    arms = read_arm_trials(usable.recording)
    trials, before = usable.trials, find_previous(usable.trials)
    valid = (before >= 0) & trials.valid[before] & usable.earned[before]
    kept = np.flatnonzero(arms.counted & valid)
    side = 2.0 * trials.choice[before[kept]] - 1.0
    predictors = np.stack([side * (arms.reward[before[kept]] > 0), side], axis=1)
    return Rows(trials.choice[kept].astype(np.float64), predictors, trials.subject[kept])


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
        Thins trials, so that the groups have equally many, `MOST_ROWS` at most.

    Returns
    -------
    MixedFit or str
        Fixed effects: intercept, predictors, group, and group by each predictor. Or why there are
        none.
    """
    sizes = [len(group.trials.subjects) for group in (one, other)]
    if min(sizes) >= FEW_SUBJECTS:
        return (
            f"not fitted: with {sizes[0]} and {sizes[1]} subjects, means over subjects say as much"
        )
    rows = [model.read(group) for group in (one, other)]
    n = min(MOST_ROWS, *(found.response.size for found in rows))
    if n == 0:
        return "not fitted: a group has no trial that follows a usable one"
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
    """Leave `n` trials, drawn without replacement."""
    if rows.response.size == n:
        return rows
    kept = np.sort(rng.choice(rows.response.size, n, replace=False))
    return Rows(rows.response[kept], rows.predictors[kept], rows.subject[kept])
