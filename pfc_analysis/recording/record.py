"""Record agents while they play with their weights frozen.

The only place where a recording meets training.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.progress import track
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.play_log import RECORDING_STREAM, lay_out_trials, list_software
from pfc_analysis.recording.schema import did_you_mean, with_attributes
from pfc_analysis.recording.unit_log import find_stimulated, lay_out_units
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.task import Task
from pfc_analysis.training.interventions.intervention import (
    Intervention,
    Interventions,
    find_interventions,
)
from pfc_analysis.training.interventions.tampering import Tampering
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.run.checkpoint import (
    WEIGHTS,
    CheckpointError,
    list_replicas,
    load_weights,
)
from pfc_analysis.training.run.recipe import Recipe, format_recipe, format_settings, read_recipe
from pfc_analysis.training.run.replica import (
    find_engine,
    make_engine,
    shapes_of_weights,
    single_thread,
)
from pfc_analysis.training.run.trainer import list_experiments, shipped_agent


def find_questions(experiment: str | Path) -> tuple[str, str]:
    """Find the set of questions that an experiment's agents and animals are compared by.

    Parameters
    ----------
    experiment : str or Path
        Name of an experiment, or the folder of one.

    Returns
    -------
    questions : str
        Name of the set; "" if there is nothing to compare.
    why_no_questions : str
        Then the reason.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    known = list_experiments()
    if isinstance(experiment, str) and experiment not in known and not Path(experiment).is_dir():
        raise ValueError(
            f"experiment: found {experiment!r}{did_you_mean(experiment, known)}, expected one of "
            f"{', '.join(known)}, or the folder of an experiment of your own"
        )
    recipe = read_recipe(shipped_agent(experiment) if experiment in known else experiment)
    task = find_task(recipe.plays or recipe.experiment)
    return task.questions, task.why_no_questions


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
    """Record every replica of an agent playing test sessions, its weights frozen.

    Parameters
    ----------
    experiment : str or Path
        Name of the experiment, or the folder of one of your own.
    agent : str or Path, optional
        Folder of a trained agent (`pfc_analysis.train`); the shipped one where not given.
    sessions, seed : int, optional
        Test sessions a replica, and their seed; the recipe's where not given.
    task : mapping, optional
        Settings of the task that differ from those the recipe tests with, by name:
        ``{"arms": "fixed", "left": 0.6}``.
    interventions : sequence of Intervention, str or Path
        Rules that change signals of the network while it plays, names of presets
        (`pfc_analysis.training.interventions.intervention.PRESETS`), or TOML files of rules. The
        recording then tells, in `stimulated`, the trials that they acted on; rules that never act
        leave all else as it is without them.
    units : bool
        Whether to record what units did, `hidden` and `cell`: nearly all there is in size.
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
    InterventionError
        If a rule is unknown, or does not fit the task or the network.
    """
    if isinstance(experiment, Path):
        agent, experiment = agent or experiment, read_recipe(experiment).experiment
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
    replicas, rules = list_replicas(folder), find_interventions(interventions)
    recordings = [
        record_replica(recipe, replica, played, sessions, seed, rules, units)
        for replica in track(replicas, "recording replicas", shown=progress)
    ]
    recording = concatenate_recordings(recordings)
    recording.attrs = _provenance(recipe, replicas, sessions, seed, task or {})
    recording.attrs["task"] = repr(played)
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
    """Record one replica, in `folder`; as `record`, before it is put together with the others."""
    weights, feedback = load_agent_weights(recipe, folder), recipe.feedback()
    replica = int(folder.name.removeprefix("seed_"))
    tampering = Tampering(rules, task, feedback, sessions, replica) if rules else None
    with single_thread(find_engine(task)):
        rng = np.random.default_rng([RECORDING_STREAM, seed, replica])
        activity = make_engine(recipe, weights, task, sessions).play(rng, tampering)
    recording = lay_out_trials(task, activity.log, folder.name)
    recording = recording.assign(lay_out_units(task, activity, feedback, units))
    recording = recording.set_coords({"lstm"} & set(recording))
    if tampering:
        recording["stimulated"] = "trial", find_stimulated(task, activity.log, tampering.acted)
    return with_attributes(recording)


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
    expected = shapes_of_weights(recipe)
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
