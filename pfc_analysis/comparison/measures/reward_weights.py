"""Weights of past rewards and choices between two arms, in a regression of choices."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.choices.reward_history import KINDS, build_reward_design
from pfc_analysis.analysis.trials.choice_trials import find_previous, has_history
from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.choice_regression import (
    PENALTY_NOTE,
    Regression,
    measure_regression,
)
from pfc_analysis.comparison.measures.mixed_regression import MixedModel, Rows
from pfc_analysis.comparison.question import LOG_ODDS, Question
from pfc_analysis.comparison.question_set import Group
from pfc_analysis.comparison.usable_trials import UsableTrials

FIT_NOTE = (
    "The regression of choices on past rewards and choices leaves out the first trials of each "
    f"session, whose history is not complete. {PENALTY_NOTE}"
)
"""How the weights are fitted, for the reader."""


def measure_reward_weights(group: Group, n_lags: int) -> Measured:
    """Measure the weights of past rewards and choices, and their sums (Lau & Glimcher 2005)."""
    questions = [
        Question(f"{kind}_weight_sum", f"the summed weight of {n_lags} past {kind}s", unit=LOG_ODDS)
        for kind in KINDS
    ]
    questions += [
        Question(
            f"{kind}_weight",
            f"the weight of the {kind} {lag} trial{'s' * (lag > 1)} back",
            f"lag {lag}",
            LOG_ODDS,
            headline=False,
            lag=lag,
        )
        for kind in KINDS
        for lag in range(1, n_lags + 1)
    ]
    sums = np.stack([np.append(0.0, np.repeat(row, n_lags)) for row in np.eye(len(KINDS))])
    regression = Regression(
        questions=tuple(questions),
        weights=np.concatenate([sums, np.eye(1 + len(KINDS) * n_lags)[1:]]),
        design=build_reward_design(group.usable.arms, n_lags),
        predicted=has_history(group.usable.trials, n_lags) & group.usable.arms.counted,
        firth=group.firth,
    )
    return measure_regression(group.usable, group.units, regression)


def _read_rows(usable: UsableTrials) -> Rows:
    """Choosing right, on the last reward (1 right, -1 left, 0 none) and the last choice."""
    arms, trials, before = usable.arms, usable.trials, find_previous(usable.trials)
    valid = (before >= 0) & trials.valid[before] & usable.earned[before]
    kept = np.flatnonzero(arms.counted & valid)
    side = 2.0 * trials.choice[before[kept]] - 1.0
    predictors = np.stack([side * (arms.reward[before[kept]] > 0), side], axis=1)
    return Rows(trials.choice[kept].astype(np.float64), predictors, trials.subject[kept])


ARMS_MODEL = MixedModel("choosing right", ("last_reward", "last_choice"), _read_rows)
"""Mixed-effects regression of the choice between two arms."""
