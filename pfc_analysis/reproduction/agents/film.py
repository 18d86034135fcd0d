"""Film a trained agent while it plays: what it sees, its value, its policy, what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pfc_analysis.paths import check_writable
from pfc_analysis.plotting.animation import check_seconds, write_gif
from pfc_analysis.plotting.film_panels import draw_film
from pfc_analysis.plotting.film_session import SeenSession
from pfc_analysis.progress import track
from pfc_analysis.reporting.film_page import FilmPage, write_film_page
from pfc_analysis.reproduction.agents.problem_decoder import decode_sessions, has_two_images
from pfc_analysis.reproduction.agents.watched_sessions import (
    WatchedReplica,
    check_count,
    find_replica,
)


def film(
    experiment: str | Path,
    out: str | Path,
    *,
    agent: str | Path | None = None,
    replica: int | None = None,
    sessions: int = 1,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
    seconds: float = 0.15,
    progress: bool | None = None,
) -> Path:
    """Film test sessions of a trained agent, with frozen weights, as a page or an animated GIF.

    Each step shows what the agent sees; its value (the critic's estimate of discounted future
    reward) and the rewards so far; its policy (the probability of each action), with the action
    that was drawn; and, where one of two images pays, as in Harlow's task, which image and which
    side can be decoded from its units as the paying one.

    Decoders are the ridge regressions of `pfc_analysis.analysis.decode_problem`. They are fitted to
    600 other sessions that the same replica plays, none of which is filmed. A step is decoded by
    regressions fitted to one state of each of these sessions: the state in the same trial, as many
    steps after the last named step began. So a step without a name has a decoder of its own. A step
    that fewer than 100 of these sessions reached is left blank. The film says in what share of the
    sessions the decoder was correct when it was fitted to the rest of them (five folds). The
    probability is a logistic function of the regressions' score, with a slope that is fitted to
    these held-out sessions.

    Parameters
    ----------
    experiment : str
        Name of an experiment whose task shows images.
    out : str or Path
        File to write. A name that ends in ``.html`` gives one page with a slider, a play button
        and arrow keys, which loads nothing from elsewhere; one that ends in ``.gif`` an animation.
    agent, replica, sessions, seed, task
        As for `watch_sessions`.
    seconds : float
        Time for which a step is shown, at least 0.02.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    Path
        The file; the same call gives the same bytes.

    Raises
    ------
    ValueError
        If the file has another ending, or as for `watch_sessions`.
    FileNotFoundError, CheckpointError
        As for `watch_sessions`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> page = pfc.film("harlow", "session.html", replica=1)
    >>> page.name
    'session.html'
    >>> "Policy" in page.read_text(encoding="utf-8")
    True
    >>> pfc.film("harlow", "session.gif", replica=1).name
    'session.gif'
    """
    path = check_writable(out, "file", (".gif", ".html"))
    check_count(sessions)
    check_seconds(seconds)
    watched = find_replica(experiment, agent=agent, replica=replica, seed=seed, task=task)
    seen: list[SeenSession] = []
    for stage in track(["playing", "writing"], "filming", shown=progress):
        if stage == "playing":
            seen = film_sessions(watched, sessions)
        else:
            _write(path, watched, seen, seconds)
    return path


def film_sessions(watched: WatchedReplica, sessions: int) -> list[SeenSession]:
    """Let a replica play test sessions, and decode them if one of two images pays in its task."""
    activity = watched.play(sessions)
    seen = watched.see(activity)
    if not has_two_images(watched.task):
        return seen
    decoded = decode_sessions(watched, activity)
    return [replace(one, decoded=known) for one, known in zip(seen, decoded, strict=True)]


def _write(path: Path, watched: WatchedReplica, seen: list[SeenSession], seconds: float) -> None:
    head = f"{watched.recipe.experiment}, replica {watched.number}, seed {watched.seed}"
    heads = [f"{head}, session {k + 1} of {len(seen)}" for k in range(len(seen))]
    if path.suffix.lower() == ".gif":
        write_gif(path, draw_film(seen, heads), seconds=seconds)
    else:
        page = FilmPage(
            watched.recipe.experiment, watched.recipe.title, watched.number, watched.seed, seconds
        )
        write_film_page(page, seen, path)
