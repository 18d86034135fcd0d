"""Settings of risky choice: what the safe and the risky option pay, and forced trials."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    check_values,
    read_trials,
    read_variable,
)
from pfc_analysis.comparison.question import PROBABILITY
from pfc_analysis.comparison.settings.task_setting import (
    COUNTED,
    ESTIMATED,
    TaskSetting,
    read_mean,
    read_session_length,
    read_share,
)

UNIT = "reward"
PROBABILITY_TITLE = "probability that the risky option pays"


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings, from `risky_choice`, rewards and, where recorded, `risky_probability`."""
    trials = read_trials(recording)
    risky = read_variable(recording, "risky_choice").astype(np.int64)
    check_values("risky_choice", risky, np.isin(risky, (0, 1, NONE)), "0, 1 or -1 (none)")
    session, paid = trials.session, trials.reward > 0
    chosen = trials.valid & (risky == 1)
    if "risky_probability" in recording:
        recorded = read_variable(recording, "risky_probability").astype(np.float64)
        probability = read_mean("probability", PROBABILITY_TITLE, PROBABILITY, recorded, session)
    else:
        probability = read_share("probability", PROBABILITY_TITLE, paid, chosen, session, ESTIMATED)
    amount = np.where(chosen & paid, trials.reward, np.nan)
    safe = np.where(trials.valid & (risky == 0), trials.reward, np.nan)
    return [
        probability,
        read_mean("risky_reward", "reward of the risky option, if it pays", UNIT, amount, session,
                  COUNTED),
        read_mean("safe_reward", "reward of the safe option", UNIT, safe, session, COUNTED),
        read_share("forced_share", "share of trials that are forced", trials.forced, trials.valid,
                   session),
        read_session_length(session),
    ]  # fmt: skip
