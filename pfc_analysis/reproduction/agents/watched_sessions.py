"""Let a trained replica play, and keep what it saw, expected and did at each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from pfc_analysis.plotting.film_session import SeenSession
from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.play_log import RECORDING_STREAM
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.checkpoint import list_replicas, replica_name
from pfc_analysis.training.run.experiment import find_agent
from pfc_analysis.training.run.replica import make_engine, single_thread

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class WatchedReplica:
    """A trained replica and the task that it plays while it is watched.

    Attributes
    ----------
    recipe : Recipe
        How it was trained.
    task : Task
        What it plays; it shows pictures.
    subject : str
        Name of the replica, such as `seed_1`.
    weights : dict
        Its weights.
    seed : int
        Seed of the test sessions.
    """

    recipe: Recipe
    task: Task
    subject: str
    weights: Weights
    seed: int

    @property
    def number(self) -> int:
        """Seed of the replica."""
        return int(self.subject.removeprefix("seed_"))

    def play(self, sessions: int, stream: int = RECORDING_STREAM, *more: int) -> Activity:
        """Play test sessions with frozen weights.

        Parameters
        ----------
        sessions : int
            How many.
        stream : int
            First word of the random seed. `RECORDING_STREAM` gives the sessions that
            `pfc_analysis.record` records; any other, other sessions.
        *more : int
            Further words of the seed.
        """
        rng = np.random.default_rng([stream, self.seed, self.number, *more])
        with single_thread():
            return make_engine(self.recipe, self.weights, self.task, sessions).play(rng)

    def compute_policy(self, hidden: Array) -> Array:
        """Compute the probability of each action from outputs of the LSTM (..., unit)."""
        weight, bias = (self.weights[f"policy_{kind}"].astype(float) for kind in ("weight", "bias"))
        return np.asarray(softmax(hidden @ weight + bias, axis=-1))

    def see(self, activity: Activity) -> list[SeenSession]:
        """Gather what the replica saw, expected and did in the sessions that it played."""
        return [self._see(activity, k) for k in range(activity.value.shape[1])]

    def _see(self, activity: Activity, session: int) -> SeenSession:
        task, log = self.task, activity.log
        active = log.active[:, session]
        records = log.before[active, session]
        view = task.open_view(1)
        names = np.array([*task.steps, ""])  # -1, the last, is a step without a name
        return SeenSession(
            frames=np.concatenate([view.render(record[None]) for record in records]),
            trial=records["trial"].copy(),
            step=tuple(names[records["step"]].tolist()),
            reward=log.reward[active, session],
            correct=_find_correct(task, activity, session),
            subject=self.subject,
            value=activity.value[active, session],
            policy=self.compute_policy(activity.hidden[active, session]),
            action=log.action[active, session],
            actions=tuple(task.actions),
        )


def find_replica(
    experiment: str | Path,
    *,
    agent: str | Path | None = None,
    replica: int | None = None,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
) -> WatchedReplica:
    """Load a trained replica that is to be watched; parameters and errors of `watch_sessions`."""
    folder, recipe = find_agent(experiment, agent)
    played = recipe.testing_task(task)
    if played.view_shape is None:
        raise ValueError(
            f"task {played.name!r} shows no pictures to film: its observations are vectors. "
            "Choose an experiment with pictures, such as harlow."
        )
    chosen = _find_folder(list_replicas(folder), replica)
    return WatchedReplica(
        recipe=recipe,
        task=played,
        subject=chosen.name,
        weights=load_agent_weights(recipe, chosen),
        seed=recipe.recording.seed if seed is None else seed,
    )


def watch_sessions(
    experiment: str | Path,
    *,
    agent: str | Path | None = None,
    replica: int | None = None,
    sessions: int = 1,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
) -> list[SeenSession]:
    """Record what a replica sees, expects and does in test sessions, with frozen weights.

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
    check_count(sessions)
    watched = find_replica(experiment, agent=agent, replica=replica, seed=seed, task=task)
    return watched.see(watched.play(sessions))


def check_count(sessions: int) -> None:
    """Raise a ValueError unless there is at least one session to watch."""
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")


def _find_folder(replicas: list[Path], seed: int | None) -> Path:
    if seed is None:
        return replicas[0]
    found = {replica.name: replica for replica in replicas}
    if replica_name(seed) not in found:
        raise FileNotFoundError(
            f"{replicas[0].parent}: no replica {replica_name(seed)}; expected one of {list(found)}."
        )
    return found[replica_name(seed)]


def _find_correct(task: Task, activity: Activity, session: int) -> Array:
    """Return for each trial 1 (correct), 0 (another choice) or -1 (none, or none is correct)."""
    table = task.trial_table(activity.log)
    if "correct" not in table:
        return np.full(task.n_trials, -1)
    correct = table["correct"][1][session].astype(np.int64)
    if "invalid" in table:
        correct = np.where(table["invalid"][1][session] == 1, -1, correct)
    return correct
