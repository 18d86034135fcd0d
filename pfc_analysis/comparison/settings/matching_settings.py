"""Settings of the matching task: base probabilities of two baited arms."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.trials.arm_trials import ArmTrials, read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import find_previous
from pfc_analysis.comparison.settings.bandit_settings import ARM
from pfc_analysis.comparison.settings.reward_schedule import read_recorded_schedule
from pfc_analysis.comparison.settings.task_setting import (
    ESTIMATED,
    TaskSetting,
    read_mean,
    read_session_length,
)

TOTAL, TOTAL_TITLE = "total", "sum of both arms' base probabilities"
UNIT = "1"
REPEATS = "reward of choices that repeat the last one, so that nothing was baited before"


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings; without recorded probabilities, only the sum of them is estimated."""
    arms = read_arm_trials(recording)
    session = arms.trials.session
    if arms.probability is None:
        return [estimate_total(arms), read_session_length(session)]
    total = read_mean(TOTAL, TOTAL_TITLE, UNIT, arms.probability.sum(axis=1).round(6), session)
    schedule = read_recorded_schedule(arms.probability, session, ARM)
    return [total, *schedule, read_session_length(session)]


def estimate_total(arms: ArmTrials) -> TaskSetting:
    """Estimate the sum of base probabilities from choices of the arm chosen just before.

    An arm that was chosen in the trial before pays with its base probability (Tsutsui et al. 2016).
    """
    choice, before = arms.trials.choice, find_previous(arms.trials)
    repeats = (before >= 0) & arms.trials.valid & (choice == choice[before]) & ~arms.automatic
    rows = np.flatnonzero(repeats)
    if np.unique(choice[rows]).size < 2:
        return read_mean(TOTAL, TOTAL_TITLE, UNIT, np.full(1, np.nan), np.zeros(1, np.int64))
    paid = (arms.reward[rows] > 0).astype(np.float64)
    found = estimate_clustered_proportions(paid, choice[rows], arms.trials.session[rows], 2)
    ends = found.contrast(np.ones(2))
    return TaskSetting(TOTAL, TOTAL_TITLE, UNIT, *ends, rows.size, "trials", ESTIMATED, REPEATS)
