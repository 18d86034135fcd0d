"""From what was played, step by step, to the trial table of a recording."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import with_attributes
from pfc_analysis.tasks.contract import Array, StepLog, Task

RECORDING_STREAM = 1
"""First word of every random seed used in recording: no session was seen in training."""


def lay_out_trials(task: Task, log: StepLog, subject: str) -> xr.Dataset:
    """Lay out the trial table and its coordinates, sessions one after the other.

    Parameters
    ----------
    task : Task
        What was played.
    log : StepLog
        Its steps.
    subject : str
        Who played.

    Returns
    -------
    xarray.Dataset
        The trials that were begun, on `trial`; sessions are not padded.
    """
    played = find_played_trials(task, log)
    table: dict[str, Any] = {}
    for name, (dims, values, attributes) in task.trial_table(log).items():
        table[name] = (dims, values[played] if dims[0] == "trial" else values, attributes)
    session, trial = np.nonzero(played)
    table["subject"] = ("trial", np.full(session.size, subject))
    table["session"] = ("trial", session.astype(np.int32))
    table["trial_in_session"] = ("trial", trial.astype(np.int32))
    coordinates = {"subject", "session", "trial_in_session", "arm"} & set(table)
    return with_attributes(xr.Dataset(table).set_coords(coordinates))


def find_played_trials(task: Task, log: StepLog) -> Array:
    """Which trials were begun, (session, trial): sessions may be shorter than the longest."""
    first = log.by_trial(log.active, task.n_trials, len(task.steps), False)
    return np.asarray(first[:, :, 0])


def list_software() -> str:
    """Versions of what a recording is made with."""
    packages = ("pfc_analysis", "torch", "numpy", "numba", "xarray")
    found = [f"{name} {version(name)}" for name in packages]
    return ", ".join([f"python {platform.python_version()}", *found])
