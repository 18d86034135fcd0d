"""Settings of the two-step task: transitions, what the second states pay, reversals."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.choice_trials import (
    read_common_transition,
    read_second_state,
    read_trials,
)
from pfc_analysis.comparison.settings.reward_schedule import (
    estimate_schedule,
    read_probability,
    read_recorded_schedule,
)
from pfc_analysis.comparison.settings.task_setting import (
    TaskSetting,
    read_session_length,
    read_share,
)

STATE = "second state"


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings; the second state follows from choice and transition if not recorded."""
    trials, common = read_trials(recording), read_common_transition(recording)
    seen = trials.valid & (common >= 0)
    title = "probability of a common transition"
    found = [read_share("common_probability", title, common == 1, seen, trials.session)]
    probability = read_probability(recording, "reward_probability")
    if probability is not None:
        found += read_recorded_schedule(probability, trials.session, STATE)
    else:
        if "second_state" in recording:
            state = read_second_state(recording)
        else:
            state = np.where(common == 1, trials.choice, 1 - trials.choice)
        state = np.where(seen, state, -1)
        found += estimate_schedule(state, trials.reward > 0, trials.session, STATE)
    return [*found, read_session_length(trials.session)]
