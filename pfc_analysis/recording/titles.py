"""Title recordings: the attribute `title` (of the CF conventions) says what a recording is about.

A selection of a recording keeps its attributes. The title therefore says how much there was "as
recorded" or "as loaded", which stays true of a selection.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

TITLE = "title"
"""Name of the attribute."""


def title_of_agents(
    n_replicas: int, experiment: str, n_sessions: int, about: str, frozen: bool = True
) -> str:
    """Return the title of a recording of agents.

    Parameters
    ----------
    n_replicas : int
        Number of replicas.
    experiment : str
        Name of the experiment.
    n_sessions : int
        Sessions of each replica.
    about : str
        Title of the recipe.
    frozen : bool
        Whether weights were frozen; if not, learning was on.

    Returns
    -------
    str
        "8 agents (two_step), 300 sessions each as recorded, weights frozen. Two-step task: ..."
    """
    agents = _count(n_replicas, "agent")
    state = "weights frozen" if frozen else "learning on"
    return f"{agents} ({experiment}), {_each(n_sessions)} as recorded, {state}. {about}"


def title_of_replay(n_replicas: int, experiment: str, recording: xr.Dataset) -> str:
    """Return the title of a replay of a recording's trials by agents.

    Returns
    -------
    str
        "8 agents (two_step) in the trials of 6 subjects, 52 sessions as replayed".
    """
    agents = _count(n_replicas, "agent")
    return f"{agents} ({experiment}) in the trials of {count_subjects(recording)} as replayed"


def title_of_learner(subject: str, task: str, n_sessions: int) -> str:
    """Return the title of a recording of a simulated learner."""
    return f"simulated learner {subject!r} ({task}), {_count(n_sessions, 'session')} as simulated"


def title_of_files(recording: xr.Dataset, files: Sequence[str]) -> str:
    """Return the title of a recording that was read from files.

    Parameters
    ----------
    recording : xarray.Dataset
        Its trials.
    files : sequence of str
        Names of the files.

    Returns
    -------
    str
        "6 subjects, 52 sessions as loaded from rats.csv and 2 other files".
    """
    named = files[0]
    if len(files) > 1:
        named += f" and {_count(len(files) - 1, 'other file')}"
    return f"{count_subjects(recording)} as loaded from {named}"


def count_subjects(recording: xr.Dataset) -> str:
    """Count the subjects and sessions of a recording: "6 subjects, 52 sessions"."""
    subject, session = recording["subject"].values, recording["session"].values
    # The trials of a session follow each other.
    begins = (subject[1:] != subject[:-1]) | (session[1:] != session[:-1])
    n_sessions = int(begins.sum()) + 1
    return f"{_count(np.unique(subject).size, 'subject')}, {_count(n_sessions, 'session')}"


def with_title(attributes: Mapping[Hashable, Any], title: str) -> dict[Hashable, Any]:
    """Return the attributes with the title as the first of them, where it is seen."""
    return {TITLE: title, **{key: value for key, value in attributes.items() if key != TITLE}}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _each(n_sessions: int) -> str:
    return f"{_count(n_sessions, 'session')} each"
