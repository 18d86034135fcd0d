"""Learning sets of Figure 6: logs of training, colours of images, published curves, solvers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.film import SeenSession, watch_sessions
from pfc_analysis.reproduction.agents.photographs import write_photographs
from pfc_analysis.reproduction.numbers import MEAN, tabulate_result, untabulate_result
from pfc_analysis.tasks.harlow import Harlow
from pfc_analysis.training.run.checkpoint import LOG, list_replicas
from pfc_analysis.training.run.recipe import parse_recipe
from pfc_analysis.training.run.trainer import shipped_agent

Array = np.ndarray[Any, Any]

N_BINS = 50
"""Stretches of training that its curve is drawn from."""

COLOUR_PIXELS = 8
"""Images are drawn so many pixels across to find their mean colour."""

ALL_TO_TEST = 0.999
"""Share of a folder's pictures to test with, of agents that trained with none of them."""

MOMENTS = ("fixation", "stimuli", "choice", "outcome")
"""Steps of a trial that are shown; of the stimuli the first, of others the last so called."""


def read_training_logs(experiment: str, agent: Path | None = None) -> dict[str, pd.DataFrame]:
    """Read the log of training of every replica, by name; of the shipped agent by default."""
    folders = list_replicas(shipped_agent(experiment) if agent is None else agent)
    return {folder.name: pd.read_csv(folder / LOG) for folder in folders}


def average_training(logs: dict[str, pd.DataFrame], n_bins: int = N_BINS) -> xr.Dataset:
    """Average the logs of training over equal stretches of it.

    Parameters
    ----------
    logs : dict of str to DataFrame
        Of every replica.
    n_bins : int
        Stretches, or as many as the logs have rows where that is less.

    Returns
    -------
    xarray.Dataset
        `reward_per_trial` on (`subject`, `sessions`), the latter trained at the stretch's end; NaN
        after a replica's training was over.
    """
    own = {name: log.set_index("sessions")["reward_per_trial"] for name, log in logs.items()}
    table = pd.DataFrame(own)
    stretches = np.array_split(np.arange(len(table)), min(n_bins, len(table)))
    curves = np.array([table.iloc[rows].mean() for rows in stretches])
    return xr.Dataset(
        {"reward_per_trial": (("subject", "sessions"), curves.T)},
        {"subject": list(logs), "sessions": [int(table.index[rows[-1]]) for rows in stretches]},
    )


def read_task(recording: xr.Dataset) -> Harlow:
    """Return the task that a recording's recipe tests with.

    Raises
    ------
    TypeError
        If it is another than Harlow's.
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
    numbers, place = np.unique(np.stack(shown), return_inverse=True)
    colours = source.draw(numbers.astype(np.int64), COLOUR_PIXELS).mean(axis=(1, 2))
    rewarded, other = colours[place.reshape(2, -1)]
    return rewarded, other


def record_photographs(agent: Path | None, sessions: int) -> xr.Dataset:
    """Record agents that are shown pieces of photographs, which none of them was trained with.

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


def find_curves(published: pd.DataFrame, group: str, of: str) -> xr.Dataset:
    """Lay out published curves.

    Parameters
    ----------
    published : pandas.DataFrame
        Rows of quantity `correct`, conditions such as "stage_1 trial 2" or "problems_1_8 trial 2".
    group, of : str
        Whose, and what their first label counts.

    Returns
    -------
    xarray.Dataset
        `correct` on (`subject`, `of`, `trial`), of one subject, the group.
    """
    rows = published[(published["group"] == group) & (published["quantity"] == "correct")]
    curves = untabulate_result(
        rows.assign(subject=group), "correct", "correct", {of: str, "trial": int}
    )
    return curves[["correct"]]


def tabulate_solvers(solvers: xr.Dataset, panel: str, source: str) -> pd.DataFrame:
    """Lay out who solved the task, one row a subject, and their share with its exact interval.

    Parameters
    ----------
    solvers : xarray.Dataset
        As of `find_solvers`.
    panel, source : str
        Entries of those columns.
    """
    named = {"panel": panel, "source": source, "quantity": "share_at_ceiling"}
    bounds = {"share": "value", "share_lower": "lower", "share_upper": "upper"}
    share = solvers[list(bounds)].rename(bounds).assign(n_subjects=solvers.sizes["subject"])
    return pd.concat(
        [
            tabulate_result(solvers, "solved", **named),
            tabulate_result(share.expand_dims(subject=[MEAN]), "value", **named),
        ],
        ignore_index=True,
    )


def watch_problem(
    agent: Path | None, subject: str, seed: int, trials: int = 2, sessions: int = 20
) -> tuple[SeenSession, Array]:
    """Find the beginning of a problem to show, moment by moment.

    Parameters
    ----------
    agent : Path, optional
        Folder of an agent; the shipped one where not given.
    subject : str
        Which of its replicas plays, such as `seed_1`.
    seed, sessions : int
        Of the sessions among which the first is taken whose first trials were completed, rightly
        or not.
    trials : int
        How many of them.

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
    shown = (whole or seen)[0]
    return shown, np.concatenate([_find_moments(shown, trial) for trial in range(trials)])


def _find_moments(session: SeenSession, trial: int) -> Array:
    names, own = np.array(session.step), session.trial == trial
    found = {name: np.flatnonzero(own & (names == name)) for name in MOMENTS}
    picked = [steps[0 if name == "stimuli" else -1] for name, steps in found.items() if steps.size]
    return np.array(picked, np.int64)
