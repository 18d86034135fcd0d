"""Reward per trial over experience: of recordings, and of training."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent
from pfc_analysis.training.run.training_log import read_log

Over = Literal["session", "trial"]

_MOST_BINS = 40


def compute_reward_curve(
    recording: xr.Dataset, over: Over = "session", n_bins: int | None = None
) -> xr.Dataset:
    """Compute the mean reward per trial in equal parts of each subject's experience.

    Parameters
    ----------
    recording : xarray.Dataset
        `reward` on `trial`, with coordinates `subject`, `session` and `trial_in_session`.
    over : {"session", "trial"}
        What counts experience: sessions in the order of the recording, or trials of a session.
    n_bins : int, optional
        Number of parts; default: as many as there are sessions or trials, at most 40.

    Returns
    -------
    xarray.Dataset
        `reward` on (`subject`, `session` or `trial`): mean of the rewards that are known; NaN
        where a subject has none. Labels are the middle of each part, counted from 1.

    Raises
    ------
    MissingVariableError
        If the recording has no rewards.
    EmptySelectionError
        If it has no trial.
    ValueError
        If `over` is neither, or `n_bins` is below 1.
    """
    if over not in ("session", "trial"):
        raise ValueError(f'over: found {over!r}, expected "session" or "trial"')
    if n_bins is not None and n_bins < 1:
        raise ValueError(f"n_bins: found {n_bins}, expected 1 or more")
    if "reward" not in recording or "trial" not in recording.dims:
        raise MissingVariableError(
            "a learning curve needs `reward` on `trial`, which this dataset does not have"
        )
    if not recording.sizes["trial"]:
        raise EmptySelectionError("trial: found 0 trials, expected at least 1")
    subject, label = np.unique(recording["subject"].values, return_inverse=True)
    place = _places(recording, over, label)
    n = int(place.max()) + 1
    bins = min(n, n_bins or _MOST_BINS)
    part = place * bins // n
    cell = label * bins + part
    total = np.bincount(cell, np.nan_to_num(recording["reward"].values), subject.size * bins)
    count = np.bincount(cell, np.isfinite(recording["reward"].values), subject.size * bins)
    with np.errstate(invalid="ignore"):
        mean = (total / count).reshape(subject.size, bins)
    middle = np.bincount(part, place + 1, bins) / np.maximum(np.bincount(part, minlength=bins), 1)
    return xr.Dataset(
        {"reward": (("subject", over), mean)}, coords={"subject": subject, over: middle}
    )


def _places(recording: xr.Dataset, over: Over, label: np.ndarray) -> np.ndarray:
    """Return for each trial its session in the order of the subject, or its trial, from 0."""
    if over == "trial":
        return np.asarray(recording["trial_in_session"].values, dtype=np.int64)
    session = recording["session"].values
    starts = np.r_[True, (session[1:] != session[:-1]) | (label[1:] != label[:-1])]
    place = np.empty(session.size, dtype=np.int64)
    for one in range(int(label.max()) + 1):
        rows = label == one
        place[rows] = np.cumsum(starts[rows]) - 1
    return place


def read_training_curve(agent: str | Path, n_bins: int = _MOST_BINS) -> xr.Dataset:
    """Read the reward per trial of every replica over its training.

    Parameters
    ----------
    agent : str or Path
        Name of a shipped experiment, or the folder of a trained agent. No code in it is run.
    n_bins : int
        Into how many parts training is cut, of which each is averaged.

    Returns
    -------
    xarray.Dataset
        `reward` on (`subject`, `training`): mean reward per trial; `training` is the number of
        sessions played up to the end of each part, in thousands.
    """
    folder = Path(agent) if Path(agent).is_dir() else find_agent(agent)[0]
    logs = {replica.name: read_log(replica) for replica in list_replicas(folder)}
    if not logs:
        raise AnalysisError(f"{folder}: no trained replica; `pfc train` makes them")
    length = min(map(len, logs.values()))
    parts = np.array_split(np.arange(length), min(n_bins, length))
    curves = np.array(
        [[log["reward_per_trial"].iloc[p].mean() for p in parts] for log in logs.values()]
    )
    played = next(iter(logs.values()))["sessions"].values
    return xr.Dataset(
        {"reward": (("subject", "training"), curves)},
        coords={"subject": list(logs), "training": [played[p[-1]] / 1000.0 for p in parts]},
    )
