"""Settings of serial reversal: what the options pay, and how long a problem lasts."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    check_values,
    read_trials,
    read_variable,
)
from pfc_analysis.comparison.settings.task_setting import (
    COUNTED,
    TaskSetting,
    read_mean,
    read_session_length,
    read_share,
)

REVERSALS = "reversals_per_trial"
WINDOW = 20
"""Choices before a reversal that are looked at (Logan et al. 2023: 17 of 20 correct)."""


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings, from `correct` and `reversal_number`."""
    trials = read_trials(recording)
    correct = read_variable(recording, "correct").astype(np.int64)
    check_values("correct", correct, np.isin(correct, (-1, 0, 1)), "0, 1 or -1 (none)")
    number = read_variable(recording, "reversal_number").astype(np.int64)
    chosen, paid = trials.valid & (correct >= 0), trials.reward > 0
    # Animals' problems go on in the next session; agents begin anew.
    goes_on = np.append(False, (np.diff(trials.subject) == 0) & (np.diff(number) >= 0))
    reversed_ = goes_on & np.append(False, np.diff(number) > 0)
    shares = (
        ("reward_probability", "reward probability, correct option", paid, chosen & (correct == 1)),
        ("reward_probability_worse", "reward probability, other option", paid,
         chosen & (correct == 0)),
        (REVERSALS, "reversals a trial", reversed_, goes_on & (number >= 0)),
    )  # fmt: skip
    found = [read_share(name, title, hit, of, trials.session) for name, title, hit, of in shares]
    before = count_correct_before(trials, correct, reversed_)
    title = f"correct among the {WINDOW} choices before a reversal"
    found.append(
        read_mean("correct_before_reversal", title, "choices", before, trials.session, COUNTED)
    )
    return [*found, read_session_length(trials.session)]


def count_correct_before(
    trials: ChoiceTrials, correct: IntArray, reversed_: BoolArray
) -> FloatArray:
    """Count the correct ones of the last choices before each reversal; NaN in other trials.

    Choices of the same subject count, and those of earlier sessions where a problem goes on.
    """
    rows = np.flatnonzero(trials.valid & (correct >= 0))
    total = np.append(0, np.cumsum(correct[rows] == 1))
    found = np.full(correct.size, np.nan)
    for trial in np.flatnonzero(reversed_):
        end = int(np.searchsorted(rows, trial))
        if end >= WINDOW and trials.subject[rows[end - WINDOW]] == trials.subject[trial]:
            found[trial] = total[end] - total[end - WINDOW]
    return found
