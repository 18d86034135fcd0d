"""Record agents while they play with their weights frozen.

This module and `streaming/session_blocks.py` are the only ones of `recording` that import trained
weights and engines.
"""

from __future__ import annotations

import hashlib
import shlex
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.play_log import list_software
from pfc_analysis.recording.storage import open_trusted, recording_path
from pfc_analysis.recording.streaming.session_blocks import Play, play_replica
from pfc_analysis.recording.streaming.stream_recording import stream_recording
from pfc_analysis.recording.validation import validate
from pfc_analysis.training.interventions.intervention import Interventions, find_interventions
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
from pfc_analysis.training.run.replica import shapes_of_weights

JOINED_BYTES = 2**26
"""Size up to which blocks of sessions are checked and written together."""


def record(
    experiment: str | Path,
    *,
    agent: str | Path | None = None,
    sessions: int | None = None,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
    interventions: Interventions = (),
    units: bool = True,
    out: str | Path | None = None,
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
    out : str or Path, optional
        File to write, .nc (netCDF-4) or .zarr. The recording is then written while it is made, and
        only some sessions of one replica are in memory at a time. The file is the same as that of
        `save_recording`. It takes its name when it is complete.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        A recording; the replicas are its subjects. With `out`, it is the opened file, of which
        values are read when they are used (in arrays of dask, where dask is installed).

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
    RecordingError, WriteError
        With `out`: if its ending is unknown, the disk is full or cannot be written to, or the
        table of trials of a task cannot be written in blocks.
    """
    path = None if out is None else _check_target(out)
    folder, recipe = find_agent(experiment, agent)
    sessions = recipe.recording.sessions if sessions is None else sessions
    seed = recipe.recording.seed if seed is None else seed
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    played = recipe.testing_task(task)
    play = Play(recipe, played, sessions, seed, find_interventions(interventions), units)
    return record_replicas(experiment, play, list_replicas(folder), task, path, progress)


def record_replicas(
    experiment: str | Path,
    play: Play,
    replicas: Sequence[Path],
    task: Mapping[str, Any] | None = None,
    path: Path | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Record some replicas of an agent.

    Parameters
    ----------
    experiment : str or Path
        As in `record`; the recording names it.
    play : Play
        What the replicas play.
    replicas : sequence of Path
        Their folders, all of one recipe.
    task : mapping, optional
        Settings of the task that differ from the recipe's settings for testing.
    path : Path, optional
        The argument `out` of `record`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        As `record` returns it; errors are also those of `record`.
    """
    attributes = _provenance(experiment, play, replicas, task or {})
    if path is not None:
        _stream(path, play, replicas, attributes, progress)
        return open_trusted(path)
    recordings = [
        next(play_replica(play, replica, load_agent_weights(play.recipe, replica)))
        for replica in track(replicas, "recording replicas", shown=progress)
    ]
    recording = concatenate_recordings(recordings)
    recording.attrs = attributes
    return validate(recording, source=f"recording of {replicas[0].parent.name}")


def _check_target(out: str | Path) -> Path:
    """Return the path to write, or say what is wrong with it before the recording is made."""
    path = recording_path(out)
    return check_writable(path, "file" if path.suffix == ".nc" else "folder")


def _stream(
    path: Path, play: Play, replicas: Sequence[Path], attributes: Mapping[str, Any], progress: bool
) -> None:
    """Write the recording block by block, first in the belief that no session ends early."""
    full = {folder.name: play.sessions * play.task.n_trials for folder in replicas}
    try:
        blocks = _play_blocks(play, replicas, progress, are_full=True)
        stream_recording(path, _join_small(blocks), full, attributes)
    except _ShortSessionsError:
        trials = dict.fromkeys(full, 0)
        for block in _play_blocks(replace(play, units=False), replicas, progress):
            trials[str(block["subject"].values[0])] += block.sizes["trial"]
        blocks = _play_blocks(play, replicas, progress)
        stream_recording(path, _join_small(blocks), trials, attributes)


def _join_small(blocks: Iterable[xr.Dataset]) -> Iterator[xr.Dataset]:
    """Join blocks, also of several replicas, that are small enough to be checked together."""
    joined: list[xr.Dataset] = []
    for block in blocks:
        if joined and sum(each.nbytes for each in [*joined, block]) > JOINED_BYTES:
            yield concatenate_recordings(joined)
            joined = []
        joined.append(block)
    yield concatenate_recordings(joined)


class _ShortSessionsError(Exception):
    """Sessions ended before their last trial, so all have to be played to count the trials."""


def _play_blocks(
    play: Play, replicas: Sequence[Path], progress: bool, are_full: bool = False
) -> Iterator[xr.Dataset]:
    """Play the sessions of all replicas; raise a _ShortSessionsError unless they `are_full`."""
    size = play.block_sessions()
    for replica in track(replicas, "recording replicas", shown=progress):
        sessions = 0
        weights = load_agent_weights(play.recipe, replica)
        for block in play_replica(play, replica, weights, size):
            played = min(size, play.sessions - sessions)
            if are_full and block.sizes["trial"] != played * play.task.n_trials:
                raise _ShortSessionsError
            sessions += played
            yield block


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
    experiment: str | Path, play: Play, replicas: Sequence[Path], task: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attributes needed to repeat the recording; no dates, so bytes stay the same."""
    digests = [hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() for folder in replicas]
    rules = [rule.describe() for rule in play.rules]
    options = [f"--task {pair}" for pair in format_settings(task)]
    options += [f"--intervention {shlex.quote(rule)}" for rule in rules]
    options += [] if play.units else ["--no-units"]
    command = f"pfc record {shlex.quote(str(experiment))}"
    attributes = {
        "kind": "agent",
        "experiment": play.recipe.experiment,
        "title": play.recipe.title,
        "recipe": format_recipe(play.recipe),
        "seed": play.seed,
        "sessions": play.sessions,
        "command": " ".join([f"{command} --sessions {play.sessions} --seed {play.seed}", *options]),
        "weights_sha256": digests,
        "software": list_software(),
        "task": repr(play.task),
    }
    if play.task.questions:
        attributes["questions"] = play.task.questions
    return attributes | ({"interventions": rules} if rules else {})
