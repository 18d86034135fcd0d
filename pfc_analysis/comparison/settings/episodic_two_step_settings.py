"""Settings of the episodic two-step task: those of the two-step task, and what is cued when."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.trials.choice_trials import read_trials
from pfc_analysis.comparison.settings.task_setting import (
    COUNTED,
    TaskSetting,
    read_mean,
    read_session_length,
    read_share,
)
from pfc_analysis.comparison.settings.two_step_settings import read_settings as read_two_step


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings; rewards and reversals from trials without a cue.

    In trials with a cue, rewards repeat those of the cued trial.
    """
    trials = read_trials(recording)
    cued = read_cued_trials(recording, trials)
    every = np.ones(trials.choice.size, dtype=np.bool_)
    uncued = recording.isel(trial=~cued.is_cued)
    found = read_two_step(uncued)[:-1] if uncued.sizes["trial"] else []
    age = np.where(cued.is_cued, cued.age, np.nan)
    return [
        *found,
        read_share("cued_share", "share of trials with a cue", cued.is_cued, every, trials.session),
        read_mean("cue_age", "trials since the cued trial", "trials", age, trials.session, COUNTED),
        read_session_length(trials.session),
    ]
