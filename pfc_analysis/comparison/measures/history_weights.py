"""Weights of past trials: which regressions are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.choices.history_regression import INDICES, build_history_design
from pfc_analysis.analysis.choices.reward_history import KINDS, build_reward_design
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    classify_trials,
    mask_history,
    read_common_transition,
)
from pfc_analysis.comparison.measured import Measured, Units
from pfc_analysis.comparison.measures.history_fit import Regression, measure_regression
from pfc_analysis.comparison.measures.staying import say_trial_type
from pfc_analysis.comparison.questions import LOG_ODDS, Question
from pfc_analysis.comparison.usable import UsableTrials

N_LAGS = 5


def measure_two_step_history(
    usable: UsableTrials, units: Sequence[Units], ridge: float
) -> Measured:
    """Weights of past trials by their type, and the indices of Miller et al. (2017)."""
    trials = usable.trials
    kind = classify_trials(trials, read_common_transition(usable.recording))
    kind = np.where(mask_history(trials, "history") & usable.earned, kind, NONE).astype(np.int64)
    titles = {
        "planning_index": "the planning index (model-based) of five trials back",
        "model_free_index": "the model-free index of five trials back",
    }
    questions = [Question(name, title, unit=LOG_ODDS) for name, title in titles.items()]
    questions += [
        Question(
            "history_weight",
            f"the weight of {say_trial_type(name)}, {lag} trial(s) back",
            f"{name} lag {lag}",
            LOG_ODDS,
            headline=False,
            lag=lag,
        )
        for lag in range(1, N_LAGS + 1)
        for name in TRIAL_TYPES
    ]
    sums = np.stack([np.append(0.0, np.tile(INDICES[name], N_LAGS)) for name in titles])
    return measure_regression(
        usable,
        units,
        Regression(
            questions=tuple(questions),
            weights=np.concatenate([sums, np.eye(1 + N_LAGS * len(TRIAL_TYPES))[1:]]),
            design=build_history_design(trials, kind, N_LAGS),
            predicted=trials.predicted,
            ridge=ridge,
        ),
    )


def measure_reward_history(
    usable: UsableTrials, units: Sequence[Units], n_lags: int, ridge: float
) -> Measured:
    """Weights of past rewards and choices, and their sums (Lau & Glimcher 2005)."""
    arms = read_arm_trials(usable.recording)
    questions = [
        Question(
            f"{kind}_weight_sum",
            f"the weight of past {kind}s, summed over {n_lags} trials back",
            unit=LOG_ODDS,
        )
        for kind in KINDS
    ]
    questions += [
        Question(
            f"{kind}_weight",
            f"the weight of the {kind} {lag} trial(s) back",
            f"lag {lag}",
            LOG_ODDS,
            headline=False,
            lag=lag,
        )
        for kind in KINDS
        for lag in range(1, n_lags + 1)
    ]
    sums = np.stack([np.append(0.0, np.repeat(row, n_lags)) for row in np.eye(len(KINDS))])
    return measure_regression(
        usable,
        units,
        Regression(
            questions=tuple(questions),
            weights=np.concatenate([sums, np.eye(1 + len(KINDS) * n_lags)[1:]]),
            design=build_reward_design(arms, n_lags),
            predicted=arms.counted,
            ridge=ridge,
        ),
    )
