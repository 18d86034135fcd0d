"""Weights of past rewards and choices between two arms, in a regression of choices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.choices.reward_history import KINDS, build_reward_design
from pfc_analysis.analysis.trials.choice_trials import find_previous
from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.choice_regression import Regression, measure_regression
from pfc_analysis.comparison.measures.mixed_regression import MixedModel, Rows
from pfc_analysis.comparison.question import LOG_ODDS, Question
from pfc_analysis.comparison.resampling_units import Units
from pfc_analysis.comparison.usable_trials import UsableTrials

RIDGE = 1e-3
"""Ridge penalty, small enough not to change estimates that exist, so that the others exist, too."""

RIDGE_NOTE = (
    f"Regressions of choices on past rewards and choices have a ridge penalty of {RIDGE:g} in all "
    "groups."
)


def measure_reward_weights(usable: UsableTrials, units: Sequence[Units], n_lags: int) -> Measured:
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
        design=build_reward_design(usable.arms, n_lags),
        predicted=usable.arms.counted,
        ridge=RIDGE,
    )
    return measure_regression(usable, units, regression)


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
