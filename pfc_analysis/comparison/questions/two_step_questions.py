"""Questions of the two-step task: does the subject stay, and does it plan?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices import stay_probability
from pfc_analysis.analysis.choices.history_regression import INDICES, build_history_design
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    classify_trials,
    find_previous,
    mask_history,
)
from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.choice_regression import (
    PENALTY_NOTE,
    Regression,
    measure_regression,
)
from pfc_analysis.comparison.measures.mixed_regression import MixedModel, Rows
from pfc_analysis.comparison.measures.staying import PAIRS, find_stays, follows_earned
from pfc_analysis.comparison.measures.trial_proportions import Cells, measure_cells
from pfc_analysis.comparison.question import LOG_ODDS, Question, ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet
from pfc_analysis.comparison.usable_trials import UsableTrials
from pfc_analysis.toml_files import format_toml_value

N_LAGS = 5
"""Trials back that the regression looks (Miller et al. 2017)."""

SAID = {
    "common_rewarded": "a common reward",
    "common_unrewarded": "a common omission",
    "uncommon_rewarded": "an uncommon reward",
    "uncommon_unrewarded": "an uncommon omission",
}
"""Types of trials in words."""

STAY_INDICES = {
    "model_based_index": "the model-based stay index",
    "model_free_index": "the model-free stay index",
}
HISTORY_INDICES = {
    "planning_index": "the planning index",
    "model_free_index": "the model-free index",
}


def _measure(group: Group) -> Measured:
    return join_measured([measure_stay(group), measure_history(group)])


def measure_stay(group: Group) -> Measured:
    """Measure the stay probabilities (Wang et al. 2018, Fig. 5b, c) and the indices made of them.

    The model-based index is the interaction of reward and transition, the model-free index the
    main effect of reward.
    """
    usable = group.usable
    _, cell = stay_probability.pair_trials(usable.trials, usable.common, "history")
    cell = np.where(follows_earned(usable), cell, NONE)
    questions = [
        ask_probability("stay_probability", f"staying after {SAID[kind]}", kind)
        for kind in TRIAL_TYPES
    ]
    questions += [
        Question(f"stay_{name}", title, lowest=-1.0, highest=1.0)
        for name, title in STAY_INDICES.items()
    ]
    sums = [stay_probability.INDICES[name] for name in STAY_INDICES]
    weights = np.concatenate([np.eye(len(TRIAL_TYPES)), sums])
    cells = Cells(tuple(questions), find_stays(usable), cell, weights, PAIRS)
    return measure_cells(usable, group.units, cells)


def measure_history(group: Group) -> Measured:
    """Measure the weights of past trials by type, and the indices of Miller et al. (2017)."""
    usable, trials = group.usable, group.usable.trials
    kind = classify_trials(trials, usable.common)
    kind = np.where(mask_history(trials, "history") & usable.earned, kind, NONE).astype(np.int64)
    questions = [Question(name, title, unit=LOG_ODDS) for name, title in HISTORY_INDICES.items()]
    questions += [
        Question(
            "history_weight",
            f"the weight of {SAID[name]}, {lag} trial{'s' * (lag > 1)} back",
            f"{name} lag {lag}",
            LOG_ODDS,
            headline=False,
            lag=lag,
        )
        for lag in range(1, N_LAGS + 1)
        for name in TRIAL_TYPES
    ]
    sums = np.stack([np.append(0.0, np.tile(INDICES[name], N_LAGS)) for name in HISTORY_INDICES])
    regression = Regression(
        questions=tuple(questions),
        weights=np.concatenate([sums, np.eye(1 + N_LAGS * len(TRIAL_TYPES))[1:]]),
        design=build_history_design(trials, kind, N_LAGS),
        predicted=trials.predicted,
        firth=group.firth,
    )
    return measure_regression(usable, group.units, regression)


def _read_rows(usable: UsableTrials) -> Rows:
    """Staying on reward and transition (1/2 or -1/2) and their product (1/2 where they agree)."""
    trials = usable.trials
    _, cell = stay_probability.pair_trials(trials, usable.common, "history")
    before = find_previous(trials)
    kept = np.flatnonzero((cell >= 0) & usable.earned[before])
    reward, common = (cell[kept] % 2 == 0) - 0.5, (cell[kept] < 2) - 0.5
    stay = trials.choice[kept] == trials.choice[before[kept]]
    predictors = np.stack([reward, common, 2 * reward * common], axis=1)
    return Rows(stay.astype(np.float64), predictors, trials.subject[kept])


def _name_common_states(recording: xr.Dataset) -> str:
    """Say how a column map gives transitions by the second state that is common for a choice."""
    choices, states = (
        [str(label) for label in np.ravel(recording[name].attrs.get("labels", fallback))]
        if name in recording
        else fallback
        for name, fallback in (("choice", ["left", "right"]), ("second_state", ["A", "B"]))
    )
    common = dict(zip(choices, states, strict=False))
    own = [
        f"choice_values = {format_toml_value(dict.fromkeys(choices, 'VALUE'))}",
        f"second_state_values = {format_toml_value(dict.fromkeys(states, 'VALUE'))}",
        f"common_second_state = {format_toml_value(common)}  # or the other way round",
    ]
    start = "The recording has second_state: if" if "second_state" in recording else "If"
    if "second_state" not in recording:
        own.insert(0, 'second_state = "COLUMN"')
    lines = "\n".join(f"  {line}" for line in own)
    return (
        f"\n{start} no column says it, say instead which second state is common for each choice. "
        f"That needs all of these lines:\n{lines}"
    )


QUESTIONS = QuestionSet(
    needs={
        "common_transition": 'common_transition = "COLUMN"  # 1 common, 0 uncommon; or '
        '{ column = "COLUMN", common = [VALUES], uncommon = [VALUES] }'
    },
    other_way=_name_common_states,
    measure=_measure,
    mixed=MixedModel("staying", ("reward", "transition", "reward:transition"), _read_rows),
    note=(
        "Staying means repeating the first choice of the trial before. A common reward is a reward "
        "after a common transition; an omission is an unrewarded trial. The two stay indices "
        "are contrasts of the four staying probabilities. The planning index and the model-free "
        "index sum the weights of the past five trials in a logistic regression of choices (Miller "
        "et al. 2017). "
        f"{PENALTY_NOTE}"
    ),
)
