"""Settings of the volatility task: those of a bandit, and reversals in each regime."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import read_flag
from pfc_analysis.comparison.settings import bandit_settings
from pfc_analysis.comparison.settings.reward_schedule import find_exchanges
from pfc_analysis.comparison.settings.task_setting import RECORDED, TaskSetting, read_share

VOLATILE, STABLE = "reversals_volatile", "reversals_stable"


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings; reversals in each regime where the recording has `regime`."""
    found = bandit_settings.read_settings(recording)
    arms = read_arm_trials(recording)
    if arms.probability is None or "regime" not in recording:
        return found
    session, volatile = arms.trials.session, read_flag(recording, "regime")
    begun = np.append(False, np.diff(session) == 0)
    exchanged = find_exchanges(arms.probability, begun)
    by_regime = ((VOLATILE, "volatile", volatile), (STABLE, "stable", ~volatile))
    return found + [
        read_share(name, f"reversals a trial, {said} phases", exchanged, begun & here, session,
                   RECORDED)
        for name, said, here in by_regime
    ]  # fmt: skip
