"""Agents of Harlow's task: their training logs, images, photographs, and problems to show."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.plotting.film_session import SeenSession
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.image_colours import compute_image_colours
from pfc_analysis.reproduction.agents.photographs import write_photographs
from pfc_analysis.reproduction.agents.watched_sessions import watch_sessions
from pfc_analysis.tasks.harlow import Harlow
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.training_log import read_log

Array = np.ndarray[Any, Any]

ALL_TO_TEST = 0.999
"""Share of the pictures in a folder that agents are tested with; they were trained with none."""

MOMENTS = ("fixation", "stimuli", "choice", "outcome")
"""Steps of a trial to show: the first step named "stimuli", and the last step of other names."""


def read_training_logs(agent: Path) -> dict[str, pd.DataFrame]:
    """Read the training log of every replica in an agent's folder, by name of the replica."""
    return {folder.name: read_log(folder) for folder in list_replicas(agent)}


def read_task(recording: xr.Dataset) -> Harlow:
    """Return the test task of a recording's recipe.

    Raises
    ------
    TypeError
        If this is not Harlow's task.
    """
    task = parse_recipe(str(recording.attrs["recipe"])).testing_task()
    if not isinstance(task, Harlow):
        raise TypeError(f"recording: found task {task.name!r}, expected Harlow's, from pixels")
    return task


def compute_mean_colours(recording: xr.Dataset) -> tuple[Array, Array]:
    """Compute the mean colours of the images that were shown.

    Parameters
    ----------
    recording : xarray.Dataset
        Of Harlow's task as its recipe tests it: `rewarded_image`, `other_image` on `trial`.

    Returns
    -------
    rewarded, other : ndarray, shape (trial, 3)
        Red, green and blue, 0 to 255.
    """
    source = read_task(recording).image_source
    shown = [recording[name].values for name in ("rewarded_image", "other_image")]
    rewarded, other = compute_image_colours(source, np.stack(shown))
    return rewarded, other


def record_photographs(agent: Path | None, sessions: int) -> xr.Dataset:
    """Record agents that see pieces of photographs, with which no agent was trained.

    Parameters
    ----------
    agent : Path, optional
        Folder of an agent; the shipped one where not given.
    sessions : int
        Of each replica.
    """
    with tempfile.TemporaryDirectory(prefix="pfc_photographs_") as folder:
        images = str(write_photographs(folder))
        task = {"images": images, "split": "test", "test_share": ALL_TO_TEST}
        return record("harlow", agent=agent, sessions=sessions, task=task, units=False)


def watch_problem(
    agent: Path | None, subject: str, seed: int, trials: int = 2, sessions: int = 20
) -> tuple[SeenSession, Array]:
    """Find the first trials of a problem to show, and the moments of each trial to draw.

    Parameters
    ----------
    agent : Path, optional
        Folder of an agent; the shipped one where not given.
    subject : str
        Replica that plays, such as `seed_1`.
    seed : int
        Seed of the test sessions.
    trials : int
        How many trials to show.
    sessions : int
        Test sessions to play. The first one is shown in which the first trial was wrong and the
        next ones correct, so that the agent learned from a loss. If there is none: the first one
        in which all these trials were completed, or the first one.

    Returns
    -------
    session : SeenSession
        What was seen.
    moments : ndarray of int
        Steps of these trials: the last with the cross, the first with the images, the last with
        them, and the outcome; fewer where no session has them all.
    """
    replica = int(subject.removeprefix("seed_"))
    seen = watch_sessions("harlow", agent=agent, replica=replica, sessions=sessions, seed=seed)
    whole = [session for session in seen if (session.correct[:trials] >= 0).all()]
    expected = np.arange(trials) > 0
    learned = [session for session in whole if (session.correct[:trials] == expected).all()]
    shown = (learned or whole or seen)[0]
    return shown, np.concatenate([_find_moments(shown, trial) for trial in range(trials)])


def _find_moments(session: SeenSession, trial: int) -> Array:
    names, own = np.array(session.step), session.trial == trial
    found = {name: np.flatnonzero(own & (names == name)) for name in MOMENTS}
    picked = [steps[0 if name == "stimuli" else -1] for name, steps in found.items() if steps.size]
    return np.array(picked, np.int64)
