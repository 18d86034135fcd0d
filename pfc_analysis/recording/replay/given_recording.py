"""Read the trials of a recording as a task's script reads them, and where the state begins anew."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.near_names import did_you_mean
from pfc_analysis.recording.standard_variables import VARIABLES
from pfc_analysis.tasks.contract import Array, GivenTrials, ScriptError

SESSION, SUBJECT = "session", "subject"


def find_stretches(recording: xr.Dataset, resets: str, source: str) -> Array:
    """Find the stretches of trials between two resets of an agent's state.

    Parameters
    ----------
    recording : xarray.Dataset
        The trials.
    resets : str
        "session": the state begins anew with each session. "subject": only with each subject.
        Another variable or coordinate on `trial`: at its changes, and with each session.
    source : str
        Opens the messages of errors.

    Returns
    -------
    int64 ndarray, shape (trial,)
        Number of the stretch, from 0 over all subjects.

    Raises
    ------
    ScriptError
        If there is no such variable on `trial`, or it has missing values.
    """
    named = [SUBJECT] if resets == SUBJECT else list(dict.fromkeys([SUBJECT, SESSION, resets]))
    begins = np.zeros(recording.sizes["trial"], np.bool_)
    begins[:1] = True
    for name in named:
        values = _read_on_trial(recording, name, source)
        begins[1:] |= values[1:] != values[:-1]
    return np.cumsum(begins) - 1


def _read_on_trial(recording: xr.Dataset, name: str, source: str) -> Array:
    on_trial = [str(one) for one, array in recording.variables.items() if array.dims == ("trial",)]
    if name not in on_trial:
        raise ScriptError(
            f"{source}: resets: found {name!r}, expected 'session', 'subject' or a variable on "
            f"trial{did_you_mean(name, on_trial)}: {', '.join(sorted(on_trial))}."
        )
    values = np.asarray(recording[name].values)
    if values.dtype.kind == "f" and np.isnan(values).any():
        raise ScriptError(
            f"{source}: resets: {name} is missing (NaN) in {int(np.isnan(values).sum())} trial(s), "
            "so it does not say where the state begins anew. Fill it, or name another variable."
        )
    return values


def read_given(recording: xr.Dataset, stretch: Array, source: str) -> GivenTrials:
    """Read the trial table of a recording for the script of a task.

    Parameters
    ----------
    recording, source
        As in `find_stretches`.
    stretch : int64 ndarray, shape (trial,)
        Stretches between resets.
    """
    on_trial = {
        str(name): np.asarray(array.values)
        for name, array in recording.variables.items()
        if array.dims == ("trial",) and (name in VARIABLES or array.dtype.kind in "biuf")
    }
    labels = {
        name: [str(label) for label in np.atleast_1d(recording[name].attrs["labels"])]
        for name in on_trial
        if "labels" in recording[name].attrs
    }
    since = _count_trials(recording, stretch)
    return GivenTrials(on_trial, labels, since, source)


def _count_trials(recording: xr.Dataset, stretch: Array) -> Array:
    """Count the trials since each stretch began, missing ones included, int64 (trial,)."""
    subject, session = (np.asarray(recording[name].values) for name in (SUBJECT, SESSION))
    position = np.asarray(recording["trial_in_session"].values).astype(np.int64)
    steps = np.diff(position, prepend=-1)
    begins = (subject[1:] != subject[:-1]) | (session[1:] != session[:-1])
    steps[1:] = np.where(begins, position[1:] + 1, steps[1:])
    total, first = np.cumsum(steps), np.flatnonzero(np.diff(stretch, prepend=-1))
    return np.asarray(total - total[first][stretch])
