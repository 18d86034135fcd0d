"""Record agents while they play, with their weights frozen, or with learning switched on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.recording.agents.agent_weights import WeightsReader
from pfc_analysis.recording.agents.provenance import describe_play
from pfc_analysis.recording.agents.stream_play import stream_play
from pfc_analysis.recording.play_variables import join_variables, make_recording
from pfc_analysis.recording.storage import open_trusted, recording_path
from pfc_analysis.recording.streaming.session_blocks import Play, ReplicaPlayer
from pfc_analysis.recording.validation import validate
from pfc_analysis.training.interventions.intervention import Interventions, find_interventions
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent, find_experiment


def record(
    experiment: str | Path,
    *,
    agent: str | Path | None = None,
    sessions: int | None = None,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
    interventions: Interventions = (),
    plasticity: float | None = None,
    units: bool = True,
    out: str | Path | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Record every replica of an agent while it plays test sessions.

    Weights are frozen, unless `plasticity` is given.

    Parameters
    ----------
    experiment : str or Path
        Name of the experiment; the folder of your own experiment (its `task.py` is then run); the
        folder of an agent; or a recipe file.
    agent : str or Path, optional
        Folder of a trained agent (`pfc_analysis.train`), in which no code is run; default: the
        shipped agent, the folder given, or the folder that `pfc train` makes from a recipe file.
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
    plasticity : float, optional
        Switches learning on. Every session then begins with the trained weights and changes its own
        copy of them after each trial, by the losses of training; the learning rate is the mean of
        the last tenth of training, times `plasticity`. Interventions on the prediction error then
        also change what it teaches. With 0 the weights do not change, but the same rules are
        allowed. Default: weights are frozen. How weights change within a session is a setting of
        this toolkit (`pfc_analysis.training.plasticity.plastic_engine.PlasticEngine`). Only for
        tasks that show codes.
    units : bool
        Whether to record the states of the units, `hidden` and `cell`, which are nearly all of a
        recording's size.
    out : str or Path, optional
        File to write, .nc (netCDF-4) or .zarr. The recording is then written while it is made, and
        only some sessions of one replica are in memory at a time. The file is the same as that of
        `save_recording`. It takes its name when it is complete.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    xarray.Dataset
        A recording; the replicas are its subjects. With `out`, it is the opened file, of which
        values are read when they are used (in arrays of dask, where dask is installed).

    Raises
    ------
    ValueError
        If there is no such experiment, the agent was trained on another, a setting of the task is
        unknown or wrong, or `plasticity` is below 0 or not finite.
    FileNotFoundError
        If the folder contains no trained replica.
    CheckpointError
        If weights cannot be read or do not fit the recipe.
    InterventionError
        If a rule is unknown, or does not fit the task or the network.
    RecordingError, WriteError
        With `out`: if its ending is unknown, the disk is full or cannot be written to, or the
        table of trials of a task cannot be written in blocks.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5, units=False)
    >>> recording["choice"].dims
    ('trial',)
    >>> sorted(set(recording["subject"].values.tolist()))[:2]
    ['seed_1', 'seed_2']
    >>> print(f"{float(recording['reward'].mean()):.1f} rewards a trial")
    0.7 rewards a trial

    The subjects are the replicas, named after their seeds.
    """
    path = None if out is None else _check_target(out)
    folder, recipe = find_agent(experiment, agent)
    sessions = recipe.recording.sessions if sessions is None else sessions
    seed = recipe.recording.seed if seed is None else seed
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    played = recipe.testing_task(task)
    rules = find_interventions(interventions)
    play = Play(recipe, played, sessions, seed, rules, units, _check_plasticity(plasticity))
    return record_replicas(experiment, play, list_replicas(folder), task, path, progress)


def record_replicas(
    experiment: str | Path,
    play: Play,
    replicas: Sequence[Path],
    task: Mapping[str, Any] | None = None,
    path: Path | None = None,
    progress: bool | None = None,
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
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    xarray.Dataset
        As `record` returns it; errors are also those of `record`.
    """
    attributes = describe_play(experiment, play, replicas, task or {})
    if path is not None:
        stream_play(path, play, replicas, attributes, progress)
        return open_trusted(path)
    reader, player = WeightsReader(play.recipe), ReplicaPlayer(play)
    played = [
        next(player.play_blocks(replica, reader.read(replica)))
        for replica in track(replicas, "recording replicas", shown=progress)
    ]
    recording = make_recording(join_variables(played))
    recording.attrs = attributes
    return validate(recording, source=f"recording of {replicas[0].parent.name}")


def _check_plasticity(plasticity: float | None) -> float | None:
    if plasticity is not None and not 0.0 <= plasticity < float("inf"):
        raise ValueError(
            f"plasticity = {plasticity}: expected a finite factor of the learning rate, at least "
            "0, or None for frozen weights."
        )
    return plasticity


def _check_target(out: str | Path) -> Path:
    """Return the path to write, or say what is wrong with it before the recording is made."""
    path = recording_path(out)
    return check_writable(path, "file" if path.suffix == ".nc" else "folder")


def find_questions(experiment: str | Path, sets: Sequence[str] = ()) -> tuple[str, str]:
    """Return the set of questions that `compare` asks of an experiment.

    Parameters
    ----------
    experiment : str or Path
        Name of the experiment, or the folder of your own experiment (its `task.py` is then run).
    sets : sequence of str
        Sets of questions that the caller takes besides, for the error.

    Returns
    -------
    questions, why_no_questions : str
        As defined by its task (`pfc_analysis.tasks.contract.Task`); one of the two is empty.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    task = find_experiment(experiment, sets).recipe.task_class()
    return task.questions, task.why_no_questions
