"""Questions of the volatile bandit: does the subject stay, and does volatility change that?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import NONE, check_values, read_variable
from pfc_analysis.comparison.estimates import Measured, join_measured
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

OUTCOMES = ("win", "loss")
REGIMES = ("stable", "volatile")


def _measure(group: Group) -> Measured:
    stay, regimes = measure_stay(group), measure_regimes(group)
    history = measure_reward_weights(group, N_LAGS)
    return join_measured([stay, *([regimes] if regimes else []), history])


def measure_stay(group: Group) -> Measured:
    """Measure staying after a win and after a loss."""
    questions = tuple(
        ask_probability("stay_probability", f"staying after a {name}", name) for name in OUTCOMES
    )
    usable, outcome = group.usable, find_outcome_before(group.usable)
    cells = Cells(questions, find_stays(usable), outcome, np.eye(len(OUTCOMES)), PAIRS)
    return measure_cells(usable, group.units, cells)


def measure_regimes(group: Group) -> Measured | None:
    """Measure the same in stable and in volatile trials; None without the variable `regime`."""
    usable = group.usable
    if "regime" not in usable.recording:
        return None
    regime = read_variable(usable.recording, "regime")
    check_values("regime", regime, np.isin(regime, (0, 1)), "0 (stable) or 1 (volatile)")
    outcome = find_outcome_before(usable)
    cell = np.where(outcome >= 0, outcome + 2 * regime.astype(np.int64), NONE)
    questions = tuple(
        ask_probability(
            "stay_probability",
            f"staying after a {name} in {where} trials",
            f"{name}, {where}",
            "regime",
        )
        for where in REGIMES
        for name in OUTCOMES
    )
    cells = Cells(questions, find_stays(usable), cell, np.eye(4), PAIRS)
    return measure_cells(usable, group.units, cells)


QUESTIONS = QuestionSet(
    measure=_measure,
    mixed=ARMS_MODEL,
    note=(
        "A win is a rewarded trial, a loss a trial without reward; staying means choosing the same "
        f"arm in the next trial. {FIT_NOTE}"
    ),
)
