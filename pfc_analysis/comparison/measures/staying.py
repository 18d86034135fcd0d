"""Staying and leaving after what the trial before brought; reward; risk; problems solved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.choices.stay_probability import INDICES, pair_trials
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    BoolArray,
    FloatArray,
    IntArray,
    check_values,
    find_previous,
    read_common_transition,
    read_variable,
)
from pfc_analysis.comparison.measured import Measured, Units
from pfc_analysis.comparison.measures.cells import Cells, measure_cells, measure_ratio
from pfc_analysis.comparison.questions import Question, ask_probability
from pfc_analysis.comparison.usable import UsableTrials

OUTCOMES = ("win", "loss")
REGIMES = ("stable", "volatile")
FIRST_TRIALS = 6
"""Trials of a problem in Harlow's task (Wang et al. 2018, Fig. 6)."""


def measure_stay(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Stay probabilities of the two-step task, and the indices made of them."""
    common = read_common_transition(usable.recording)
    _, cell = pair_trials(usable.trials, common, "history")
    cell = np.where(_follows_earned(usable), cell, NONE)
    questions = [
        ask_probability(
            "stay_probability",
            f"the probability of repeating a choice after {say_trial_type(kind)}",
            kind,
        )
        for kind in TRIAL_TYPES
    ]
    titles = {
        "model_based_index": "the model-based index of staying (reward by transition)",
        "model_free_index": "the model-free index of staying (reward, whatever the transition)",
    }
    questions += [
        Question(f"stay_{name}", title, lowest=-1.0, highest=1.0) for name, title in titles.items()
    ]
    weights = np.concatenate([np.eye(len(TRIAL_TYPES)), [INDICES[name] for name in titles]])
    return measure_cells(usable, units, Cells(tuple(questions), _stays(usable), cell, weights))


def measure_outcomes(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Win-stay and lose-shift of two arms."""
    cell = _outcome_before(usable)
    questions = (
        ask_probability("win_stay", "the probability of staying with an arm that just paid"),
        ask_probability("lose_shift", "the probability of leaving an arm that just paid nothing"),
    )
    stays = _stays(usable)
    success = np.where(cell == 0, stays, 1.0 - stays)
    return measure_cells(usable, units, Cells(questions, success, cell, np.eye(2)))


def measure_stay_after_outcomes(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Staying after win and loss."""
    questions = tuple(
        ask_probability(
            "stay_probability", f"the probability of repeating a choice after a {name}", name
        )
        for name in OUTCOMES
    )
    cells = Cells(questions, _stays(usable), _outcome_before(usable), np.eye(len(OUTCOMES)))
    return measure_cells(usable, units, cells)


def measure_regimes(usable: UsableTrials, units: Sequence[Units]) -> Measured | None:
    """Staying after win and loss, in stable and in volatile trials; None if not told apart."""
    if "regime" not in usable.recording:
        return None
    regime = read_variable(usable.recording, "regime")
    check_values("regime", regime, np.isin(regime, (0, 1)), "0 (stable) or 1 (volatile)")
    outcome = _outcome_before(usable)
    cell = np.where(outcome >= 0, outcome + 2 * regime.astype(np.int64), NONE)
    questions = tuple(
        ask_probability(
            "stay_probability",
            f"the probability of repeating a choice after a {name}, in {where} trials",
            f"{name}, {where}",
            "regime",
        )
        for where in REGIMES
        for name in OUTCOMES
    )
    return measure_cells(usable, units, Cells(questions, _stays(usable), cell, np.eye(4)))


def measure_reward(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Reward earned in a trial that counts."""
    arms = read_arm_trials(usable.recording)
    counted = (arms.counted & usable.earned).astype(np.float64)
    question = Question("reward", "the reward earned in a trial", unit="reward per trial")
    return measure_ratio(usable, units, question, counted * arms.reward, counted)


def measure_reward_share(usable: UsableTrials, units: Sequence[Units]) -> Measured | None:
    """How well the choices pay: 0 as at random, 1 as the better arm; None where it is not known."""
    arms = read_arm_trials(usable.recording)
    if arms.probability is None:
        return None
    pays = arms.probability
    chosen = np.take_along_axis(pays, np.maximum(usable.trials.choice, 0)[:, None], axis=1)[:, 0]
    mean, best = pays.mean(axis=1), pays.max(axis=1)
    counted = usable.trials.predicted & (best > mean)
    question = Question(
        "reward_share",
        "how well the choices pay, from 0 (as at random) to 1 (always the better arm)",
        lowest=-1.0,
        highest=1.0,
        needs="reward_probability",
    )
    gained, could = np.where(counted, chosen - mean, 0.0), np.where(counted, best - mean, 0.0)
    return measure_ratio(usable, units, question, gained, could)


def measure_risk(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Share of free choices that are of the risky option."""
    risky = read_variable(usable.recording, "risky_choice")
    check_values("risky_choice", risky, np.isin(risky, (0, 1, NONE)), "0, 1 or -1 (none)")
    question = ask_probability("risky_share", "the share of choices that are of the risky option")
    cell = np.where(usable.trials.predicted & (risky >= 0), 0, NONE)
    return _measure_share(usable, units, question, risky == 1, cell)


def measure_correct(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Share of choices that are correct."""
    correct = _read_correct(usable)
    question = ask_probability("correct_share", "the share of choices that are correct")
    cell = np.where(usable.trials.predicted & (correct >= 0), 0, NONE)
    return _measure_share(usable, units, question, correct == 1, cell)


def measure_problem_trials(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Share of problems solved in their first trial, their second, and so on; a session each."""
    correct, place = _read_correct(usable), usable.trials.position
    counted = usable.trials.predicted & (correct >= 0) & (place < FIRST_TRIALS)
    questions = tuple(
        ask_probability(
            "correct_share", f"the share of correct choices in trial {n} of a problem", f"trial {n}"
        )
        for n in range(1, FIRST_TRIALS + 1)
    )
    cells = Cells(
        questions,
        (correct == 1).astype(np.float64),
        np.where(counted, place, NONE),
        np.eye(FIRST_TRIALS),
    )
    return measure_cells(usable, units, cells)


def _measure_share(
    usable: UsableTrials,
    units: Sequence[Units],
    question: Question,
    success: BoolArray,
    cell: IntArray,
) -> Measured:
    cells = Cells((question,), success.astype(np.float64), cell, np.eye(1))
    return measure_cells(usable, units, cells)


def _read_correct(usable: UsableTrials) -> IntArray:
    correct = read_variable(usable.recording, "correct")
    check_values("correct", correct, np.isin(correct, (0, 1, NONE)), "0, 1 or -1 (no choice)")
    return correct.astype(np.int64)


def _stays(usable: UsableTrials) -> FloatArray:
    """Whether the choice is that of the trial before, float array (trial,)."""
    choice = usable.trials.choice
    return np.asarray(choice == choice[find_previous(usable.trials)], dtype=np.float64)


def _follows_earned(usable: UsableTrials) -> BoolArray:
    """Whether the outcome of the trial before was earned: otherwise it is neither win nor loss."""
    before = find_previous(usable.trials)
    return np.asarray((before >= 0) & usable.earned[before], dtype=np.bool_)


def _outcome_before(usable: UsableTrials) -> IntArray:
    """0 where the trial before was a win, 1 a loss; -1 where there is no usable pair."""
    trials = usable.trials
    before = find_previous(trials)
    pair = trials.predicted & _follows_earned(usable) & trials.valid[before]
    return np.where(pair, trials.reward[before] <= 0, NONE).astype(np.int64)


def say_trial_type(kind: str) -> str:
    """'common_rewarded' in words."""
    transition, outcome = kind.split("_")
    outcomes = {"rewarded": "a rewarded trial", "unrewarded": "an unrewarded trial"}
    transitions = {"common": "a common transition", "uncommon": "an uncommon transition"}
    return f"{outcomes[outcome]} with {transitions[transition]}"
