"""Questions of the episodic two-step task: does the subject use the memory of cued trials?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.choices import stay_probability
from pfc_analysis.analysis.memory.cued_stay import find_references
from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.memory.memory_indices import (
    INDICES,
    PREDICTORS,
    build_memory_design,
    weigh_coefficients,
)
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    classify_trials,
    mask_history,
)
from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.choice_regression import (
    PENALTY_NOTE,
    Regression,
    measure_regression,
)
from pfc_analysis.comparison.measures.cued_choices import BLOCKS, measure_cue_effect
from pfc_analysis.comparison.measures.mixed_regression import MixedModel, Rows
from pfc_analysis.comparison.measures.staying import PAIRS
from pfc_analysis.comparison.measures.trial_proportions import Cells, measure_cells, measure_ratio
from pfc_analysis.comparison.question import LOG_ODDS, Question, ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet
from pfc_analysis.comparison.questions.two_step_questions import QUESTIONS as TWO_STEP
from pfc_analysis.comparison.questions.two_step_questions import SAID
from pfc_analysis.comparison.usable_trials import UsableTrials

RELATIVE_TO = {
    "last_trial_uncued": "without a cue, staying with the last choice after {}",
    "last_trial_cued": "with a cue, staying with the last choice after {}",
    "cued_trial": "with a cue, staying with the cued choice after {}",
}
"""What is counted as staying, in words."""

INDEX_TITLES = {
    "incremental_model_based": "the incremental model-based index",
    "incremental_model_free": "the incremental model-free index",
    "episodic_model_based": "the episodic model-based index",
    "episodic_model_free": "the episodic model-free index",
}


def _measure(group: Group) -> Measured:
    kind = _find_kind(group.usable)
    pairs = _find_pairs(group.usable)
    parts = [measure_cued_stay(group, name, pairs[name], kind) for name in RELATIVE_TO]
    rewards = [_measure_reward(group, cued) for cued in (True, False)]
    effect = measure_cue_effect(group, kind)
    return join_measured([*parts, measure_indices(group, kind), effect, *rewards])


def _find_kind(usable: UsableTrials) -> IntArray:
    """Find the type of each trial that is history, earned outcomes alone; -1 for others."""
    kind = classify_trials(usable.trials, usable.common)
    known = mask_history(usable.trials, "history") & usable.earned
    return np.where(known, kind, NONE).astype(np.int64)


def _find_pairs(usable: UsableTrials) -> dict[str, IntArray]:
    """Find the trial that each choice is compared with, by the name of the comparison."""
    return find_references(usable.trials, read_cued_trials(usable.recording, usable.trials))


def measure_cued_stay(group: Group, name: str, row: IntArray, kind: IntArray) -> Measured:
    """Measure stay probabilities relative to one reference, and the two indices made of them."""
    usable, headline = group.usable, name != "last_trial_cued"
    cell = np.where((row >= 0) & usable.trials.predicted, kind[row], NONE).astype(np.int64)
    questions = [
        ask_probability("stay_probability", RELATIVE_TO[name].format(SAID[of]), f"{name} {of}")
        for of in TRIAL_TYPES
    ]
    if not headline:
        questions = [replace(one, headline=False) for one in questions]
    questions += [
        Question(
            f"stay_{index}",
            f"the {index.removesuffix('_index').replace('_', '-')} stay index "
            f"({name.replace('_', ' ')})",
            name,
            headline=False,
            lowest=-1.0,
            highest=1.0,
        )
        for index in stay_probability.INDICES
    ]
    weights = np.concatenate([np.eye(len(TRIAL_TYPES)), [*stay_probability.INDICES.values()]])
    stay = (usable.trials.choice == usable.trials.choice[row]).astype(np.float64)
    return measure_cells(usable, group.units, Cells(tuple(questions), stay, cell, weights, PAIRS))


def measure_indices(group: Group, kind: IntArray) -> Measured:
    """Measure the influences of the last and the cued trial by one regression."""
    usable = group.usable
    pairs = _find_pairs(usable)
    last, cued = pairs["last_trial_cued"], pairs["cued_trial"]
    known = (last >= 0) & (cued >= 0) & (kind[last] >= 0) & (kind[cued] >= 0)
    questions = [Question(name, title, unit=LOG_ODDS) for name, title in INDEX_TITLES.items()]
    questions += [
        Question(
            "memory_weight",
            f"the weight of {predictor.replace('_', ' ')} of the {of} trial",
            f"{of} {predictor}",
            LOG_ODDS,
            headline=False,
        )
        for of in ("last", "cued")
        for predictor in PREDICTORS[:2]
    ]
    places = [1 + len(PREDICTORS) * of + k for of in range(2) for k in range(2)]
    every = np.eye(1 + 2 * len(PREDICTORS))
    sums = np.stack([weigh_coefficients(name, ["lag 1", "cued"]) for name in INDICES])
    regression = Regression(
        questions=tuple(questions),
        weights=np.concatenate([sums, every[places]]),
        design=build_memory_design(usable.trials, kind, [last, cued]),
        predicted=usable.trials.predicted & known,
        firth=group.firth,
    )
    return measure_regression(usable, group.units, regression)


def _measure_reward(group: Group, cued: bool) -> Measured:
    """Measure the reward per trial with, or without, a cue."""
    usable = group.usable
    told = read_cued_trials(usable.recording, usable.trials).is_cued
    counted = (usable.trials.predicted & usable.earned & (told == cued)).astype(np.float64)
    name = "cued" if cued else "uncued"
    question = Question("reward", f"the reward of {name} trials", name, unit="reward per trial")
    reward = counted * usable.trials.reward
    return measure_ratio(usable, group.units, question, reward, counted)


def _read_rows(usable: UsableTrials) -> Rows:
    """Staying with the cued choice on reward, transition and their product, of the cued trial."""
    trials, kind = usable.trials, _find_kind(usable)
    row = _find_pairs(usable)["cued_trial"]
    kept = np.flatnonzero((row >= 0) & trials.predicted & (kind[row] >= 0))
    own = kind[row[kept]]
    reward, common = (own % 2 == 0) - 0.5, (own < 2) - 0.5
    stay = trials.choice[kept] == trials.choice[row[kept]]
    predictors = np.stack([reward, common, 2 * reward * common], axis=1)
    return Rows(stay.astype(np.float64), predictors, trials.subject[kept])


QUESTIONS = QuestionSet(
    needs={
        **TWO_STEP.needs,
        "cued_trial": 'cued_trial = "COLUMN"  # number of the trial of the session that the cue '
        "belongs to, as counted in the column of trials (trial); empty or -1 without a cue",
    },
    other_way=TWO_STEP.other_way,
    measure=_measure,
    mixed=MixedModel(
        "staying with the cued choice", ("reward", "transition", "reward:transition"), _read_rows
    ),
    note=(
        "A cue brings back one earlier trial of the session, the cued trial. Staying is counted "
        "relative to the last trial and, in trials with a cue, relative to the cued trial, by what "
        "that trial had led to. Stay probabilities do not tell both influences apart, since what "
        "pays changes slowly; the four indices do, by one logistic regression of the choices of "
        "cued trials on the last and the cued trial (Vikbladh et al. 2017). "
        f"{PENALTY_NOTE} "
        "A subject that learns incrementally over many trials can show an episodic index without "
        "memory. The effect of the cue is 0 for such a subject: it is the stay index relative to "
        "the cued trial, less that relative to the trials that were cued later in the same block "
        "and could have been cued in its place. It assumes that cues were drawn at random from a "
        f"block of old trials, each at most once, and {BLOCKS} blocks of cued trials in a session "
        "(for another number: pfc.analysis.compute_cue_effect). A cue of the trial just before is "
        "left out."
    ),
)
