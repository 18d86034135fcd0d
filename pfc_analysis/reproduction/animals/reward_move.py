"""Move the reward after a cue from 3 s to 9 s: responses of mice, and of a TD model.

The mice are those of Jeong et al. (2022). Temporal-difference (TD) learning predicts a dip of
dopamine at the old time of reward.
"""

from __future__ import annotations

import xarray as xr

from pfc_analysis.analysis.signals.td_conditioning import (
    ConditioningSession,
    TDConditioning,
    simulate_conditioning,
)
from pfc_analysis.analysis.signals.trace_windows import Window, compute_window_response

CUE_WINDOW: Window = (0.0, 1.0)
"""Response to the cue: mean of the trace in its first second. No baseline: the traces rest at 0."""

OLD_TIME: Window = (3.0, 4.0)
BEFORE_OLD_TIME: Window = (2.4, 2.9)
"""Response at the old time of reward: mean of the second after it, less the mean just before. The
signal is smoothed, so this ends a sample and a half before the event."""

REST: Window = (-1.0, 0.0)
"""Before the cue: what a dip would have to fall below, if a response to the cue goes on."""

EARLY = 10
"""Trials after the move within which a dip should be deepest."""

SESSIONS = {-1: "reward_at_3_s", 0: "reward_at_9_s"}
"""Conditions of the move, by session as the file numbers it."""

TRAINING = 1000
"""Trials by which the model has long converged."""

STEP = 8 / 125
"""Bins of the model in s, those of the traces."""


def measure_move(recording: xr.Dataset, variable: str) -> dict[str, xr.Dataset]:
    """Compute responses before and after the move of a reward, of mice or of a model.

    Parameters
    ----------
    recording : xarray.Dataset
        `variable` on (trial, time), `session_label` -1 and 0, and `trial_in_session`.
    variable : str
        "photometry" or "prediction_error".

    Returns
    -------
    dict of str to xarray.Dataset
        By measure (see `Dopamine`): `response`, `lower`, `upper` and `n_trials` on `subject`.
    """
    by = "session_label"
    cue = compute_window_response(recording, variable, CUE_WINDOW, by=by)
    old = compute_window_response(recording, variable, OLD_TIME, baseline=BEFORE_OLD_TIME, by=by)
    first = recording.isel(trial=(recording["trial_in_session"] < EARLY).values)
    early = compute_window_response(first, variable, OLD_TIME, baseline=BEFORE_OLD_TIME, by=by)
    rest = compute_window_response(recording, variable, OLD_TIME, baseline=REST, by=by)
    return {
        "cue_before": cue.sel(condition=-1, drop=True),
        "cue_after": cue.sel(condition=0, drop=True),
        "old_time_before": old.sel(condition=-1, drop=True),
        "old_time_after": old.sel(condition=0, drop=True),
        "old_time_early": early.sel(condition=0, drop=True),
        "old_time_above_rest": rest.sel(condition=0, drop=True),
    }


def simulate_move(
    learner: TDConditioning | None = None, trials: int = 50, window: Window = (-1.0, 10.0)
) -> xr.Dataset:
    """Let a TD learner go through the design: trained with reward at 3 s, which moves to 9 s.

    The dip at the old time is as deep as the value lost on the first trial, and wears off as the
    learner learns: over a session of 50 trials a fast learner shows little of it. As value is lost,
    the dip spreads to the time before, so that a baseline just before hides part of it, or turns it
    over. Compare first trials (`early`), and with rest.

    Parameters
    ----------
    learner : TDConditioning, optional
        Its settings; the usual ones where not given.
    trials : int
        Trials of each session, as many as the mice had.
    window : tuple of float
        What to show, in s from the onset of the cue.

    Returns
    -------
    xarray.Dataset
        As of `pfc_analysis.analysis.signals.td_conditioning.simulate_conditioning`: sessions -1 and
        0, the training before them left out.
    """
    before = ConditioningSession(-1, trials, reward_delay=3.0, cue_duration=2.0)
    after = ConditioningSession(0, trials, reward_delay=9.0, cue_duration=8.0)
    training = ConditioningSession(-2, TRAINING, reward_delay=3.0, cue_duration=2.0)
    played = simulate_conditioning(
        learner or TDConditioning(), [training, before, after], STEP, window
    )
    return played.isel(trial=(played["session_label"] > -2).values)
