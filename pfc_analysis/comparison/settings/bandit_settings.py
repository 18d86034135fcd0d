"""Settings of bandits: what the arms pay, and whether they exchange roles within a session."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.comparison.settings.reward_schedule import (
    estimate_schedule,
    read_recorded_schedule,
)
from pfc_analysis.comparison.settings.task_setting import TaskSetting, read_session_length

ARM = "arm"


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings, recorded or estimated from outcomes."""
    arms = read_arm_trials(recording)
    session = arms.trials.session
    if arms.probability is not None:
        found = read_recorded_schedule(arms.probability, session, ARM)
    else:
        arm = np.where(arms.trials.valid & ~arms.automatic, arms.trials.choice, -1)
        found = estimate_schedule(arm, arms.reward > 0, session, ARM)
    return [*found, read_session_length(session)]
