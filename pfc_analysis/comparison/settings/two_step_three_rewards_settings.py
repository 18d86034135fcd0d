"""Settings of the two-step task with three rewards: transitions, forced choices, levels."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.choice_trials import (
    read_common_transition,
    read_flag,
    read_trials,
    read_variable,
)
from pfc_analysis.comparison.settings.task_setting import (
    RECORDED,
    TaskSetting,
    read_session_length,
    read_share,
)

LEVELS = tuple(f"level_{letter}" for letter in "cdef")


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings; changes of levels only where the recording has what each picture pays."""
    trials, common = read_trials(recording), read_common_transition(recording)
    valid, session = trials.valid, trials.session
    shares = (
        ("common_probability", "probability of a common transition", common == 1,
         valid & (common >= 0)),
        ("first_forced_probability", "share of trials with a forced first choice", trials.forced,
         valid),
        ("second_forced_probability", "share of trials with a forced second choice",
         read_flag(recording, "second_choice_forced"), valid),
    )  # fmt: skip
    found = [read_share(name, title, hit, of, session) for name, title, hit, of in shares]
    if set(LEVELS) <= set(recording):
        follows = np.append(False, np.diff(session) == 0)
        level = np.stack([read_variable(recording, name) for name in LEVELS], axis=1)
        changed = np.diff(level, axis=0, prepend=level[:1]) != 0
        title = "changes of a picture's reward level a trial"
        each = np.repeat(session, len(LEVELS))
        found.append(
            read_share(
                "level_changes", title, changed.ravel(), np.repeat(follows, len(LEVELS)), each,
                RECORDED,
            )
        )  # fmt: skip
    return [*found, read_session_length(session)]
