"""Record the images that an agent saw while it played, and write them as an animated GIF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.paths import check_writable
from pfc_analysis.plotting.animation import write_gif
from pfc_analysis.progress import track
from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.play_log import RECORDING_STREAM
from pfc_analysis.tasks.contract import StepLog, Task
from pfc_analysis.training.run.checkpoint import list_replicas, replica_name
from pfc_analysis.training.run.experiment import find_agent
from pfc_analysis.training.run.replica import make_engine, single_thread

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class SeenSession:
    """What an agent saw in one session, step by step.

    Attributes
    ----------
    frames : ndarray of uint8, shape (step, height, width, 3)
        RGB image shown at each step.
    trial : ndarray of int64, shape (step,)
        Counted from 0.
    step : tuple of str
        Name of each step; empty where it has none.
    reward : ndarray of float64, shape (step,)
        Reward of each step; the agent reads it at the next step.
    correct : ndarray of int64, shape (trial,)
        1 where the correct choice was made, 0 where another one was, -1 where none was.
    subject : str
        The replica.
    """

    frames: Array
    trial: Array
    step: tuple[str, ...]
    reward: Array
    correct: Array
    subject: str

    def captions(self) -> list[str]:
        """Return a line for each step: its trial, the reward so far, and the outcome."""
        lines, n_trials = [], len(self.correct)
        for k, trial in enumerate(self.trial):
            began = int(np.argmax(self.trial == trial))
            outcome = ""
            if "outcome" in self.step[began : k + 1]:
                outcome = "correct" if self.correct[trial] == 1 else "wrong"
            total = self.reward[:k].sum()
            lines.append(f"trial {trial + 1} of {n_trials}   reward {total:+.1f}  {outcome}")
        return lines


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
    """Write what an agent sees in test sessions, with frozen weights, as an animated GIF.

    Parameters
    ----------
    experiment : str
        Name of an experiment whose task shows images.
    out : str or Path
        File to write; its name ends in ``.gif``.
    agent, replica, sessions, seed, task
        As for `watch_sessions`.
    seconds : float
        Time for which a step is shown.
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
    >>> path = pfc.film("harlow", "session.gif", replica=1)
    >>> path.name
    'session.gif'
    """
    path = check_writable(out, "file", (".gif",))
    seen: list[SeenSession] = []
    for stage in track(["playing", "writing"], "filming", shown=progress):
        if stage == "playing":
            seen = watch_sessions(
                experiment, agent=agent, replica=replica, sessions=sessions, seed=seed, task=task
            )
        else:
            frames = np.concatenate([session.frames for session in seen])
            captions = [line for session in seen for line in session.captions()]
            write_gif(path, frames, captions=captions, seconds=seconds)
    return path


def watch_sessions(
    experiment: str | Path,
    *,
    agent: str | Path | None = None,
    replica: int | None = None,
    sessions: int = 1,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
) -> list[SeenSession]:
    """Record the images that a replica sees in test sessions, with frozen weights.

    Parameters
    ----------
    experiment : str
        Name of an experiment whose task shows images.
    agent : str or Path, optional
        Folder of a trained agent; the shipped one where not given.
    replica : int, optional
        Seed of the replica; the first where not given.
    sessions, seed : int
        As for `pfc_analysis.record`, which records the same sessions with the same settings.
    task : mapping, optional
        Settings that differ from the recipe's test task.

    Returns
    -------
    list of SeenSession

    Raises
    ------
    ValueError
        If there is no such experiment, the agent was trained on another one, the task shows no
        images, or `sessions` is below 1.
    FileNotFoundError
        If there is no such trained replica.
    CheckpointError
        If weights cannot be read or do not fit the recipe.
    """
    folder, recipe = find_agent(experiment, agent)
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    played = recipe.testing_task(task)
    if played.view_shape is None:
        raise ValueError(
            f"task {played.name!r} shows no pictures to film: its observations are vectors. "
            "Choose an experiment with pictures, such as harlow."
        )
    chosen = _find_replica(list_replicas(folder), replica)
    number = int(chosen.name.removeprefix("seed_"))
    rng = np.random.default_rng(
        [RECORDING_STREAM, recipe.recording.seed if seed is None else seed, number]
    )
    weights = load_agent_weights(recipe, chosen)
    with single_thread():
        log = make_engine(recipe, weights, played, sessions).play(rng).log
    return [_see(played, log, k, chosen.name) for k in range(sessions)]


def _find_replica(replicas: list[Path], seed: int | None) -> Path:
    if seed is None:
        return replicas[0]
    found = {replica.name: replica for replica in replicas}
    if replica_name(seed) not in found:
        raise FileNotFoundError(
            f"{replicas[0].parent}: no replica {replica_name(seed)}; expected one of {list(found)}."
        )
    return found[replica_name(seed)]


def _see(task: Task, log: StepLog, session: int, subject: str) -> SeenSession:
    """Render the images of one session from the log of its steps."""
    active = log.active[:, session]
    records = log.before[active, session]
    view = task.open_view(1)
    frames = np.concatenate([view.render(record[None]) for record in records])
    names = np.array([*task.steps, ""])  # -1, the last, is a step without a name
    table = task.trial_table(log)
    correct, invalid = (table[name][1][session] for name in ("correct", "invalid"))
    return SeenSession(
        frames=frames,
        trial=records["trial"].copy(),
        step=tuple(names[records["step"]].tolist()),
        reward=log.reward[active, session],
        correct=np.where(invalid == 1, -1, correct).astype(np.int64),
        subject=subject,
    )
