"""Record agents while they play with their weights frozen.

This is the only module of `recording` that imports trained weights and engines.
"""

from __future__ import annotations

import hashlib
import shlex
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.progress import track
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.play_log import RECORDING_STREAM, lay_out_trials, list_software
from pfc_analysis.recording.schema import with_attributes
from pfc_analysis.recording.unit_log import find_stimulated, lay_out_units
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interventions.intervention import (
    Intervention,
    Interventions,
    find_interventions,
)
from pfc_analysis.training.interventions.intervention_hook import InterventionHook
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.run.checkpoint import (
    WEIGHTS,
    CheckpointError,
    list_replicas,
    load_weights,
    weights_digest,
)
from pfc_analysis.training.run.experiment import digest_task_file, find_agent, find_experiment
from pfc_analysis.training.run.recipe import Recipe, format_recipe, format_settings
from pfc_analysis.training.run.replica import (
    find_engine,
    make_engine,
    shapes_of_weights,
    single_thread,
)


def record(
    experiment: str | Path,
    *,
    agent: str | Path | None = None,
    sessions: int | None = None,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
    interventions: Interventions = (),
    units: bool = True,
    progress: bool = False,
) -> xr.Dataset:
    """Record every replica of an agent while it plays test sessions with its weights frozen.

    Parameters
    ----------
    experiment : str or Path
        Name of the experiment, or the folder of your own experiment (its `task.py` is then run).
    agent : str or Path, optional
        Folder of a trained agent (`pfc_analysis.train`), in which no code is run; default: the
        shipped agent, or the folder of your own experiment.
    sessions, seed : int, optional
        Test sessions per replica, and their seed; default: the recipe's.
    task : mapping, optional
        Settings of the task that differ from the recipe's settings for testing, by name:
        ``{"arms": "fixed", "left": 0.6}``.
    interventions : sequence of Intervention, str or Path
        Rules that change signals of the network while it plays, names of presets
        (`pfc_analysis.training.interventions.intervention.PRESETS`), or TOML files of rules. The
        variable `stimulated` of the recording then marks the trials that they acted on. If the
        rules never act, all other variables are the same as without them.
    units : bool
        Whether to record the states of the units, `hidden` and `cell`, which are nearly all of a
        recording's size.
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
        If the folder contains no trained replica.
    CheckpointError
        If weights cannot be read or do not fit the recipe.
    InterventionError
        If a rule is unknown, or does not fit the task or the network.
    """
    folder, recipe = find_agent(experiment, agent)
    sessions = recipe.recording.sessions if sessions is None else sessions
    seed = recipe.recording.seed if seed is None else seed
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    played = recipe.testing_task(task)
    replicas, rules = list_replicas(folder), find_interventions(interventions)
    recordings = [
        record_replica(recipe, replica, played, sessions, seed, rules, units)
        for replica in track(replicas, "recording replicas", shown=progress)
    ]
    recording = concatenate_recordings(recordings)
    recording.attrs = _provenance(experiment, recipe, replicas, sessions, seed, task or {})
    recording.attrs["task"] = repr(played)
    if played.questions:
        recording.attrs["questions"] = played.questions
    options = [f"--intervention {shlex.quote(rule.describe())}" for rule in rules]
    options += [] if units else ["--no-units"]
    recording.attrs["command"] = " ".join([str(recording.attrs["command"]), *options])
    if rules:
        recording.attrs["interventions"] = [rule.describe() for rule in rules]
    return validate(recording, source=f"recording of {folder.name}")


def record_replica(
    recipe: Recipe,
    folder: Path,
    task: Task,
    sessions: int,
    seed: int,
    rules: Sequence[Intervention] = (),
    units: bool = True,
) -> xr.Dataset:
    """Record one replica, whose weights are in `folder`, as a recording with one subject."""
    weights, feedback = load_agent_weights(recipe, folder), recipe.feedback()
    replica = int(folder.name.removeprefix("seed_"))
    hook = InterventionHook(rules, task, feedback, sessions, replica) if rules else None
    with single_thread(find_engine(task)):
        rng = np.random.default_rng([RECORDING_STREAM, seed, replica])
        activity = make_engine(recipe, weights, task, sessions).play(rng, hook)
    recording = lay_out_trials(task, activity.log, folder.name)
    recording = recording.assign(lay_out_units(task, activity, feedback, units))
    recording = recording.set_coords({"lstm"} & set(recording))
    if hook:
        recording["stimulated"] = "trial", find_stimulated(task, activity.log, hook.acted)
    return with_attributes(recording)


def find_questions(experiment: str | Path) -> tuple[str, str]:
    """Return the set of questions that `compare` asks of an experiment.

    Parameters
    ----------
    experiment : str or Path
        Name of the experiment, or the folder of your own experiment (its `task.py` is then run).

    Returns
    -------
    questions, why_no_questions : str
        As defined by its task (`pfc_analysis.tasks.contract.Task`); one of the two is empty.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    task = find_experiment(experiment).recipe.task_class()
    return task.questions, task.why_no_questions


def load_agent_weights(recipe: Recipe, folder: Path) -> Weights:
    """Return the trained weights of a replica.

    Parameters
    ----------
    recipe : Recipe
        The recipe that the replica was trained with.
    folder : Path
        The replica's folder.

    Raises
    ------
    CheckpointError
        If the weights cannot be read or do not fit the recipe.
    """
    weights = load_weights(folder / WEIGHTS)
    expected = shapes_of_weights(recipe)
    found = {name: array.shape for name, array in weights.items()}
    wrong = [
        f"{name} is {found.get(name, 'missing')}, expected {expected.get(name, 'none')}"
        for name in sorted(expected | found)
        if found.get(name) != expected.get(name)
    ]
    if wrong:
        raise CheckpointError(
            f"{folder / WEIGHTS}: these weights do not fit the recipe in their folder: "
            f"{'; '.join(wrong)}. Restore the recipe that they were trained with, or train again."
        )
    _check_trained_by(recipe, folder)
    return weights


def _check_trained_by(recipe: Recipe, folder: Path) -> None:
    """Raise a CheckpointError if the recipe has changed since; warn if the task file has."""
    digest, _, task_file = weights_digest(folder / WEIGHTS).partition(" ")
    if digest and digest != recipe.training_digest():
        raise CheckpointError(
            f"{folder / WEIGHTS}: trained with other settings than those of the recipe in its "
            "folder, which was changed since. Restore the recipe, or train again."
        )
    _, _, trained = task_file.partition(" ")
    now = digest_task_file(recipe)
    if trained and now and trained != now:
        warnings.warn(
            f"{folder}: trained with another version of the task file. If begin, step or settings "
            "changed, train again; a change of the trial table alone does no harm.",
            stacklevel=2,
        )


def _provenance(
    experiment: str | Path,
    recipe: Recipe,
    replicas: list[Path],
    sessions: int,
    seed: int,
    task: Mapping[str, Any],
) -> dict[str, str | int | list[str]]:
    """Return the attributes needed to repeat the recording; no dates, so bytes stay the same."""
    digests = [hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() for folder in replicas]
    return {
        "kind": "agent",
        "experiment": recipe.experiment,
        "title": recipe.title,
        "recipe": format_recipe(recipe),
        "seed": seed,
        "sessions": sessions,
        "command": " ".join(
            [f"pfc record {shlex.quote(str(experiment))} --sessions {sessions} --seed {seed}"]
            + [f"--task {pair}" for pair in format_settings(task)]
        ),
        "weights_sha256": digests,
        "software": list_software(),
    }
