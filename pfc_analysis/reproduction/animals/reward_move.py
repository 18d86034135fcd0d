"""Responses before and after a reward moves from 3 s to 9 s after the cue: mice and TD model.

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
"""Window of the response to the cue: its first second. There is no baseline: traces rest at 0."""

OLD_TIME: Window = (3.0, 4.0)
BEFORE_OLD_TIME: Window = (2.4, 2.9)
"""Response at the old time of reward: mean of the second after it, less the mean just before. The
signal is smoothed, so this ends a sample and a half before the event."""

REST: Window = (-1.0, 0.0)
"""Window before the cue. Where the response to the cue persists, a dip would have to fall below the
signal in this window."""

EARLY = 10
"""Number of trials after the move in which a dip should be deepest."""

SESSIONS = {-1: "reward_at_3_s", 0: "reward_at_9_s"}
"""Condition by number of the session in the file."""

TRAINING = 1000
"""Training trials of the model, after which its values no longer change."""

STEP = 8 / 125
"""Time step of the model in s, equal to that of the traces."""


def measure_move(recording: xr.Dataset, variable: str) -> dict[str, xr.Dataset]:
    """Compute responses before and after a reward moves, of mice or of a model.

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
    """Simulate a TD learner trained with reward at 3 s, which then moves to 9 s.

    On the first trial the dip at the old time is as deep as the value that was expected there. It
    fades as the learner learns: a fast learner shows little of it over a session of 50 trials. The
    dip also spreads to earlier times, so that a baseline just before the old time hides it or even
    reverses its sign. Therefore compare the first trials (`early`), and compare with rest.

    Parameters
    ----------
    learner : TDConditioning, optional
        The learner; one with default settings where not given.
    trials : int
        Trials of each session, as many as the mice had.
    window : tuple of float
        Times to return, in s from the onset of the cue.

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
