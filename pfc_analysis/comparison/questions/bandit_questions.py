"""Questions of the two-armed bandit: does the subject follow reward, and how well does it do?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.reward_earned import measure_reward, measure_reward_share
from pfc_analysis.comparison.measures.reward_weights import (
    ARMS_MODEL,
    FIT_NOTE,
    measure_reward_weights,
)
from pfc_analysis.comparison.measures.staying import PAIRS, find_outcome_before, find_stays
from pfc_analysis.comparison.measures.trial_proportions import Cells, measure_cells
from pfc_analysis.comparison.question import ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet

N_LAGS = 5
"""Trials back that the regression looks."""


def _measure(group: Group) -> Measured:
    share = measure_reward_share(group.usable, group.units)
    return join_measured(
        [
            measure_win_stay(group),
            measure_reward(group.usable, group.units),
            *([share] if share else []),
            measure_reward_weights(group, N_LAGS),
        ]
    )


def measure_win_stay(group: Group) -> Measured:
    """Measure win-stay and lose-shift."""
    cell, stays = find_outcome_before(group.usable), find_stays(group.usable)
    questions = (
        ask_probability("win_stay", "staying after a win"),
        ask_probability("lose_shift", "switching after a loss"),
    )
    success = np.where(cell == 0, stays, 1.0 - stays)
    return measure_cells(
        group.usable, group.units, Cells(questions, success, cell, np.eye(2), PAIRS)
    )


QUESTIONS = QuestionSet(
    measure=_measure,
    mixed=ARMS_MODEL,
    note=(
        "A win is a rewarded trial, a loss a trial without reward; staying means choosing the same "
        "arm in the next trial. The payoff of the choices compares the reward probability of the "
        "chosen arms with a random choice (0) and with always choosing the better arm (1). "
        f"{FIT_NOTE}"
    ),
)
