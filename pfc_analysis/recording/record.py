"""Record agents while they play with their weights frozen.

The only place where a recording meets training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.progress import track
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.play_log import (
    RECORDING_STREAM,
    find_played_trials,
    lay_out_trials,
    list_software,
)
from pfc_analysis.recording.schema import with_attributes
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.task import Array, Task
from pfc_analysis.training.activity import Activity
from pfc_analysis.training.checkpoint import WEIGHTS, CheckpointError, list_replicas, load_weights
from pfc_analysis.training.engine import Engine
from pfc_analysis.training.recipe import Recipe, format_recipe, format_settings, read_recipe
from pfc_analysis.training.replica import first_weights, single_thread
from pfc_analysis.training.trainer import shipped_agent
from pfc_analysis.training.weights import Weights


def record(
    experiment: str,
    *,
    agent: str | Path | None = None,
    sessions: int | None = None,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Record every replica of an agent playing test sessions, its weights frozen.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    agent : str or Path, optional
        Folder of a trained agent (`pfc_analysis.train`); the shipped one where not given.
    sessions, seed : int, optional
        Test sessions a replica, and their seed; the recipe's where not given.
    task : mapping, optional
        Settings of the task that differ from those the recipe tests with, by name:
        ``{"arms": "fixed", "left": 0.6}``.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        A recording; the replicas are its subjects.

    Raises
    ------
    ValueError
        If there is no such experiment, the agent was trained on another, or a setting of the task
        is unknown or wrong.
    FileNotFoundError
        If there is no trained replica.
    CheckpointError
        If weights cannot be read or do not fit the recipe.
    """
    folder = shipped_agent(experiment) if agent is None else Path(agent)
    recipe = read_recipe(folder)
    if recipe.experiment != experiment:
        raise ValueError(
            f"{folder}: trained on {recipe.experiment!r}, asked for {experiment!r}. "
            f"Record it by: pfc record {recipe.experiment} --agent {folder}"
        )
    sessions = recipe.recording.sessions if sessions is None else sessions
    seed = recipe.recording.seed if seed is None else seed
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    played = recipe.testing_task(task)
    replicas = list_replicas(folder)
    recordings = [
        record_replica(recipe, replica, played, sessions, seed)
        for replica in track(replicas, "recording replicas", shown=progress)
    ]
    recording = concatenate_recordings(recordings)
    recording.attrs = _provenance(recipe, replicas, sessions, seed, task or {})
    recording.attrs["task"] = repr(played)
    return validate(recording, source=f"recording of {folder.name}")


def record_replica(
    recipe: Recipe, folder: Path, task: Task, sessions: int, seed: int
) -> xr.Dataset:
    """Record one replica, in `folder`; as `record`, before it is put together with the others."""
    weights = load_agent_weights(recipe, folder)
    replica = int(folder.name.removeprefix("seed_"))
    with single_thread():
        rng = np.random.default_rng([RECORDING_STREAM, seed, replica])
        activity = Engine(weights, task, sessions, recipe.feedback()).play(rng)
    recording = lay_out_trials(task, activity.log, folder.name)
    units = _unit_variables(task, activity, recipe.optimisation.discount)
    return with_attributes(recording.assign(units))


def load_agent_weights(recipe: Recipe, folder: Path) -> Weights:
    """Return the trained weights of a replica.

    Parameters
    ----------
    recipe : Recipe
        The recipe it was trained by.
    folder : Path
        The replica's folder.

    Raises
    ------
    CheckpointError
        If the weights cannot be read or do not fit the recipe.
    """
    weights = load_weights(folder / WEIGHTS)
    expected = {name: array.shape for name, array in first_weights(recipe, seed=0).items()}
    found = {name: array.shape for name, array in weights.items()}
    wrong = [
        f"{name} is {found.get(name, 'missing')}, expected {expected.get(name, 'none')}"
        for name in sorted(expected | found)
        if found.get(name) != expected.get(name)
    ]
    if wrong:
        raise CheckpointError(
            f"{folder / WEIGHTS}: these weights do not fit the recipe beside them: "
            f"{'; '.join(wrong)}. Put back the recipe they were trained by, or train again."
        )
    return weights


def _unit_variables(task: Task, activity: Activity, discount: float) -> dict[str, Any]:
    """Lay out what the network saw, did, expected and held at every step."""
    log = activity.log
    played = find_played_trials(task, log)
    estimate = activity.value * log.active
    following = np.concatenate((estimate[1:], np.zeros_like(estimate[:1])))
    error = (log.reward + discount * following - estimate).astype(np.float32)

    def on_steps(values: Array, missing: float) -> Array:
        return log.by_trial(values, task.n_trials, len(task.steps), missing)[played]

    codes = np.int8
    steps = ("trial", "step")
    return {
        "step": ("step", np.array(task.steps)),
        "event": ("event", np.array(task.events)),
        "unit": ("unit", np.arange(activity.hidden.shape[-1], dtype=np.int32)),
        "observation": (
            steps,
            on_steps(log.observation.astype(codes), -1),
            {"labels": list(task.observations)},
        ),
        "action": (steps, on_steps(log.action.astype(codes), -1), {"labels": list(task.actions)}),
        "value": (steps, on_steps(estimate.astype(np.float32), np.nan)),
        "rpe": (("trial", "event"), on_steps(error, np.nan)),
        "hidden": ((*steps, "unit"), on_steps(activity.hidden, np.nan)),
        "cell": ((*steps, "unit"), on_steps(activity.cell, np.nan)),
    }


def _provenance(
    recipe: Recipe, replicas: list[Path], sessions: int, seed: int, task: Mapping[str, Any]
) -> dict[str, str | int | list[str]]:
    """Say what it takes to make the recording again. No dates: the same call, the same bytes."""
    digests = [hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() for folder in replicas]
    return {
        "kind": "agent",
        "experiment": recipe.experiment,
        "title": recipe.title,
        "recipe": format_recipe(recipe),
        "seed": seed,
        "sessions": sessions,
        "command": " ".join(
            [f"pfc record {recipe.experiment} --sessions {sessions} --seed {seed}"]
            + [f"--task {pair}" for pair in format_settings(task)]
        ),
        "weights_sha256": digests,
        "software": list_software(),
    }
