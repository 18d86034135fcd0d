"""Questions of the two-step task with three rewards: does the subject stay, and does it plan?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    check_values,
    find_previous,
    has_history,
    read_flag,
    read_variable,
)
from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.choice_regression import (
    PENALTY_NOTE,
    Regression,
    measure_regression,
)
from pfc_analysis.comparison.measures.reward_earned import measure_reward
from pfc_analysis.comparison.measures.staying import PAIRS, find_stays, follows_earned
from pfc_analysis.comparison.measures.trial_proportions import Cells, measure_cells
from pfc_analysis.comparison.question import LOG_ODDS, Question, ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet
from pfc_analysis.comparison.usable_trials import UsableTrials

LEVELS = ("high", "medium", "low")
TRANSITIONS = ("common", "rare")
N_LAGS = 5
"""Trials back that the regression looks."""

STAY_INDICES = {
    "stay_model_based_index": ("the model-based stay index", [0.5, 0.0, -0.5, -0.5, 0.0, 0.5]),
    "stay_model_free_index": ("the model-free stay index", [0.5, 0.0, -0.5, 0.5, 0.0, -0.5]),
}
"""Interaction of high or low reward with the transition, and main effect of the reward: weights of
the staying probabilities (three levels after a common transition, three after a rare one)."""

WEIGHTS = {
    "planning": ("planning_index", "the planning index"),
    "model_free": ("model_free_index", "the model-free index"),
    "choice": ("choice_weight_sum", f"the summed weight of {N_LAGS} past choices"),
    "transition": ("transition_weight_sum", f"the summed weight of {N_LAGS} past transitions"),
}
"""What a past trial enters the regression with, and the sum over trials."""


def _measure(group: Group) -> Measured:
    level = read_levels(group.usable)
    return join_measured(
        [
            measure_stay(group, level),
            measure_second_stay(group, level),
            measure_reward(group.usable, group.units),
            measure_history(group, level),
        ]
    )


def read_levels(usable: UsableTrials) -> IntArray:
    """Read the level of the reward of each trial: 0 high, 1 medium, 2 low; -1 none; (trial,)."""
    trials = usable.trials
    found = np.unique(trials.reward[trials.valid])
    if found.size != len(LEVELS):
        shown = ", ".join(f"{value:g}" for value in found[:6])
        raise AnalysisError(
            f"reward: found {found.size} different reward(s) in valid trials ({shown}), expected 3 "
            "(high, medium and low)"
        )
    level = 2 - np.minimum(np.searchsorted(found, trials.reward), 2)
    return np.where(trials.valid, level, NONE).astype(np.int64)


def measure_stay(group: Group, level: IntArray) -> Measured:
    """Measure how often the first choice is repeated, by level of reward and transition."""
    usable = group.usable
    before, common = find_previous(usable.trials), usable.common
    paired = usable.trials.predicted & follows_earned(usable) & (level[before] >= 0)
    paired &= common[before] >= 0
    cell = np.where(paired, 3 * (common[before] == 0) + level[before], NONE).astype(np.int64)
    questions = [
        ask_probability(
            "stay_probability", f"staying after a {of} reward, {kind} transition", f"{kind}, {of}"
        )
        for kind in TRANSITIONS
        for of in LEVELS
    ]
    questions += [
        Question(name, title, lowest=-1.0, highest=1.0) for name, (title, _) in STAY_INDICES.items()
    ]
    weights = np.concatenate([np.eye(6), [row for _, row in STAY_INDICES.values()]])
    cells = Cells(tuple(questions), find_stays(usable), cell, weights, PAIRS)
    return measure_cells(usable, group.units, cells)


def measure_second_stay(group: Group, level: IntArray) -> Measured:
    """Measure how often the second choice is repeated when the same second state follows."""
    usable = group.usable
    second = read_variable(usable.recording, "second_choice").astype(np.int64)
    check_values("second_choice", second, np.isin(second, range(-1, 4)), "0 to 3 or -1 (none)")
    before = find_previous(usable.trials)
    paired = usable.trials.valid & follows_earned(usable) & (level[before] >= 0)
    paired &= (second >= 0) & (second[before] >= 0) & (second // 2 == second[before] // 2)
    paired &= ~read_flag(usable.recording, "second_choice_forced")
    questions = tuple(
        ask_probability("second_stay_probability", f"staying at the second choice, {of} reward", of)
        for of in LEVELS
    )
    cells = Cells(
        questions,
        (second == second[before]).astype(np.float64),
        np.where(paired, level[before], NONE).astype(np.int64),
        np.eye(3),
        PAIRS,
    )
    return measure_cells(usable, group.units, cells)


def build_level_design(usable: UsableTrials, level: IntArray) -> FloatArray:
    """Build the design of the regression of first choices on past trials.

    Returns
    -------
    float array (trial, 1 + 4 * `N_LAGS`)
        The intercept; then, for each lag, the product of choice, transition and reward (planning),
        of choice and reward (model-free), the choice, and the product of choice and transition. A
        choice is 1 (second picture) or -1, a transition 1 (common) or -1, a reward 1 (high), 0 or
        -1 (low). All are 0 for a past trial that is not valid.
    """
    trials = usable.trials
    columns = [np.ones(level.size)]
    for lag in range(1, N_LAGS + 1):
        before = find_previous(trials, lag)
        known = (before >= 0) & (level[before] >= 0) & (usable.common[before] >= 0)
        known &= usable.earned[before]
        choice = np.where(known, 2.0 * trials.choice[before] - 1.0, 0.0)
        transition, reward = 2.0 * usable.common[before] - 1.0, 1.0 - level[before]
        columns += [choice * transition * reward, choice * reward, choice, choice * transition]
    return np.stack(columns, axis=1)


def measure_history(group: Group, level: IntArray) -> Measured:
    """Measure the weights of past trials and their sums."""
    usable, n = group.usable, len(WEIGHTS)
    questions = [
        Question(name, title, unit=LOG_ODDS, headline=name.endswith("index"))
        for name, title in WEIGHTS.values()
    ]
    questions += [
        Question(
            f"{name}_weight",
            f"the {name.replace('_', '-')} weight {lag} trial{'s' * (lag > 1)} back",
            f"lag {lag}",
            LOG_ODDS,
            headline=False,
            lag=lag,
        )
        for lag in range(1, N_LAGS + 1)
        for name in WEIGHTS
    ]
    sums = np.concatenate([np.zeros((n, 1)), np.tile(np.eye(n), N_LAGS)], axis=1)
    regression = Regression(
        questions=tuple(questions),
        weights=np.concatenate([sums, np.eye(1 + n * N_LAGS)[1:]]),
        design=build_level_design(usable, level),
        predicted=has_history(usable.trials, N_LAGS) & usable.trials.predicted,
        firth=group.firth,
    )
    return measure_regression(usable, group.units, regression)


QUESTIONS = QuestionSet(
    measure=_measure,
    needs={
        "common_transition": 'common_transition = "COLUMN"  # 1 common, 0 rare; or '
        '{ column = "COLUMN", common = [VALUES], uncommon = [VALUES] }',
        "second_choice": 'second_choice = "COLUMN"  # picture of the second state: 0 or 1 of the '
        "first state, 2 or 3 of the other",
    },
    note=(
        "Staying means repeating the first choice of the trial before. The two stay indices are "
        "contrasts of staying after high and after low rewards; medium rewards do not enter. The "
        f"regression of first choices on {N_LAGS} past trials codes rewards as 1, 0 and -1 (high, "
        "medium, low) and transitions as 1 and -1 (common, rare). The planning index sums the "
        "weights of choice times reward times transition, the model-free index those of choice "
        f"times reward. {PENALTY_NOTE}"
    ),
)
