"""Questions of the what/where task: how soon is the image or side learned, and how?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.block_trials import read_blocks
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    BoolArray,
    IntArray,
    check_values,
    find_previous,
    read_flag,
    read_variable,
)
from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.correct_choices import NEEDS_CORRECT, read_correct
from pfc_analysis.comparison.measures.reward_earned import measure_reward
from pfc_analysis.comparison.measures.staying import PAIRS, find_outcome_before
from pfc_analysis.comparison.measures.trial_proportions import Cells, measure_cells
from pfc_analysis.comparison.question import PROBABILITY, Question, ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet
from pfc_analysis.comparison.usable_trials import UsableTrials

KINDS = ("what", "where")
WINDOWS = {
    "trials 10 to 30": (10, 30),
    "trials 60 to 80": (60, 80),
}
"""Trials of a block, from the first number on and before the second, counted from 0."""

STEP = 5
"""Trials that a share of a learning curve joins."""

FIRSTS = {"start": range(0, 30, STEP), "reversal": range(-10, 30, STEP)}
"""First trial of each share, since the start of the block (before its reversal), and around the
reversal."""

MOST_NAMED = 3
"""Most blocks of unknown kind that are named."""

ALONG = {"start": "block began", "reversal": "reversal"}
"""What trials of a curve are counted from, in words."""

STAYS = {"image": "chosen_option", "side": "choice"}
OUTCOMES = ("win", "loss")


def _measure(group: Group) -> Measured:
    kind = read_kind(group.usable.recording)
    return join_measured(
        [
            measure_windows(group, kind),
            measure_reward(group.usable, group.units),
            *(measure_stays(group, kind, what) for what in STAYS),
            *(measure_curve(group, kind, place) for place in ("start", "reversal")),
        ]
    )


def read_kind(recording: xr.Dataset) -> IntArray:
    """Read whether a block is about the image (0) or the side (1); -1 not known; (trial,)."""
    kind = read_variable(recording, "block_kind").astype(np.int64)
    check_values("block_kind", kind, np.isin(kind, (0, 1, NONE)), "0 (what), 1 (where) or -1")
    return kind


def name_left_out(group: Group) -> str:
    """Name the blocks of unknown kind, whose choices are left out; "" if there are none."""
    trials, recording = group.usable.trials, group.usable.recording
    unknown = read_kind(recording) < 0
    number = read_blocks(recording, trials).number
    block = read_variable(recording, "block") if "block" in recording else number
    found = []
    for one in np.unique(number[unknown]):
        rows = np.flatnonzero(unknown & (number == one))
        found.append(
            f"block {block[rows[0]]:g} of session {recording['session'].values[rows[0]]} of "
            f"{trials.subjects[trials.subject[rows[0]]]} ({rows.size} trials)"
        )
    if not found:
        return ""
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return (
        f"blocks whose kind is not known (block_kind -1) are left out: "
        f"{', '.join(found[:MOST_NAMED])}{more}."
    )


def measure_windows(group: Group, kind: IntArray) -> Measured:
    """Measure the share of correct choices in two windows of a block, in either kind."""
    place = read_blocks(group.usable.recording, group.usable.trials).place
    questions: list[Question] = []
    cell = np.full(place.size, NONE)
    for name, (first, last) in WINDOWS.items():
        inside = (place >= first) & (place < last)
        cell = np.where(inside & (kind >= 0), len(questions) + kind, cell)
        questions += [
            ask_probability(
                "correct_share", f"correct choices in {name} of {of} blocks", f"{of}, {name}"
            )
            for of in KINDS
        ]
    return _measure_correct(group, questions, cell)


def measure_curve(group: Group, kind: IntArray, since: str) -> Measured:
    """Measure the share of correct choices from the block's start on, or around its reversal."""
    firsts, place = FIRSTS[since], read_blocks(group.usable.recording, group.usable.trials).place
    from_reversal, known = count_from_reversal(group.usable)
    counted = kind >= 0
    if since == "start":
        counted &= ~known | (from_reversal < 0)
    else:
        counted &= known
        place = from_reversal
    point = (place - firsts[0]) // STEP
    counted &= (point >= 0) & (point < len(firsts))
    questions = [_ask_share(of, first, since) for of in KINDS for first in firsts]
    return _measure_correct(
        group, questions, np.where(counted, kind * len(firsts) + point, NONE).astype(np.int64)
    )


def _ask_share(of: str, first: int, since: str) -> Question:
    """Ask for the share of correct choices in `STEP` trials from `first` on."""
    last, side = first + STEP - 1, "after"
    lag = first + STEP // 2
    if first < 0:
        first, last, side = -first, -last, "before"
    return Question(
        "correct_share",
        f"correct choices, {first} to {last} trials {side} the {since}, {of} blocks",
        f"{of}, {first} to {last} {side} the {since}",
        PROBABILITY,
        headline=False,
        lag=lag,
        along=f"trials since the {ALONG[since]}",
        curve=f"{of}, {'from' if since == 'start' else 'around'} the {since}",
        lowest=0.0,
        highest=1.0,
    )


def _measure_correct(group: Group, questions: list[Question], cell: IntArray) -> Measured:
    correct = read_correct(group.usable)
    counted = group.usable.trials.predicted & (correct >= 0)
    success, eye = (correct == 1).astype(np.float64), np.eye(len(questions))
    cells = Cells(tuple(questions), success, np.where(counted, cell, NONE), eye)
    return measure_cells(group.usable, group.units, cells)


def count_from_reversal(usable: UsableTrials) -> tuple[IntArray, BoolArray]:
    """Count trials from the first reversal of the block, 0 for its first trial; (trial,) both.

    Returns
    -------
    count : integer array
        Below 0 before the reversal; 0 where the block has none.
    known : boolean array
        Whether the block has one.
    """
    blocks = read_blocks(usable.recording, usable.trials)
    at = np.flatnonzero(read_flag(usable.recording, "reversal") & ~blocks.begins)[::-1]
    place = np.full(int(blocks.number[-1]) + 1, NONE)
    place[blocks.number[at]] = blocks.place[at]  # the first of several comes last
    of_block = place[blocks.number]
    known = of_block != NONE
    return np.where(known, blocks.place - of_block, 0).astype(np.int64), known


def measure_stays(group: Group, kind: IntArray, what: str) -> Measured:
    """Measure how often the image or the side of the trial before is chosen again.

    A pair of trials counts if both are in the same block.
    """
    usable = group.usable
    chosen = read_variable(usable.recording, STAYS[what]).astype(np.int64)
    check_values(STAYS[what], chosen, np.isin(chosen, (0, 1, NONE)), "0, 1 or -1 (none)")
    block = read_blocks(usable.recording, usable.trials).number
    before, outcome = find_previous(usable.trials), find_outcome_before(usable)
    paired = (outcome >= 0) & (block == block[before]) & (kind >= 0)
    paired &= (chosen >= 0) & (chosen[before] >= 0)
    questions = tuple(
        ask_probability(
            f"{what}_stay_probability",
            f"choosing the same {what} after a {outcome} in {of} blocks",
            f"{of}, {outcome}",
        )
        for of in KINDS
        for outcome in OUTCOMES
    )
    stays = (chosen == chosen[before]).astype(np.float64)
    cell = np.where(paired, 2 * kind + outcome, NONE)
    return measure_cells(usable, group.units, Cells(questions, stays, cell, np.eye(4), PAIRS))


QUESTIONS = QuestionSet(
    measure=_measure,
    needs={
        **NEEDS_CORRECT,
        "chosen_option": 'chosen_option = "COLUMN"  # image, whichever side it was on: 0 or 1',
        "block_kind": 'block_kind = "COLUMN"  # 0 what (image), 1 where (side)',
        "trial_in_block": 'trial_in_block = "COLUMN"  # trial within its block, counted from 0',
        "reversal": 'reversal = "COLUMN"  # 1 in the first trial with exchanged roles',
    },
    leave_out=lambda recording: read_kind(recording) < 0,
    remark=name_left_out,
    note=(
        "In a what block the reward depends on the image, in a where block on the side. Choices "
        "are correct where they are of the image or side that pays more. Trials of a block are "
        "counted from 0: trials 10 to 30 are those from 10 to 29. The shares by trials since the "
        f"start of a block (before its reversal) or around the reversal join {STEP} trials each. A "
        "win is a rewarded trial, a loss one without reward."
    ),
)
