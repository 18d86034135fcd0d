"""Convert the log of played sessions (step by step) to the trial table of a recording."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

import numpy as np
import xarray as xr

from pfc_analysis.recording.play_variables import Variables, make_recording
from pfc_analysis.tasks.contract import Array, StepLog, Task

RECORDING_STREAM = 1
"""First word of every random seed used in recording, so that no session is one from training."""


def lay_out_trials(task: Task, log: StepLog, subject: str) -> xr.Dataset:
    """Make the trial table and its coordinates, with sessions one after the other.

    Parameters
    ----------
    task : Task
        The task.
    log : StepLog
        The played sessions, step by step.
    subject : str
        Name of the subject that played.

    Returns
    -------
    xarray.Dataset
        All trials that were begun, along `trial`; short sessions are not padded.
    """
    return make_recording(tabulate_trials(task, log, subject))


def tabulate_trials(task: Task, log: StepLog, subject: str, first_session: int = 0) -> Variables:
    """Make the variables of `lay_out_trials`; sessions are counted from `first_session`."""
    played = find_played_trials(task, log)
    table: Variables = {}
    for name, (dims, values, attributes) in task.trial_table(log).items():
        table[name] = (dims, values[played] if dims[0] == "trial" else values, attributes)
    session, trial = np.nonzero(played)
    table["subject"] = (("trial",), np.full(session.size, subject), {})
    table["session"] = (("trial",), (session + first_session).astype(np.int32), {})
    table["trial_in_session"] = (("trial",), trial.astype(np.int32), {})
    return table


def find_played_trials(task: Task, log: StepLog) -> Array:
    """Return which trials were begun, (session, trial): sessions may differ in length."""
    first = log.by_trial(log.active, task.n_trials, len(task.steps), False)
    return np.asarray(first[:, :, 0])


@cache
def list_software() -> str:
    """Return the versions of the software that makes a recording."""
    packages = ("pfc_analysis", "numpy", "scipy", "numba", "xarray")
    found = [f"{name} {version(name)}" for name in packages]
    return ", ".join([f"python {platform.python_version()}", *found])
