"""Let simulated learners play a task, to stand beside agents and animals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import xarray as xr

from pfc_analysis.recording.play_log import RECORDING_STREAM, lay_out_trials, list_software
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.task import Array, SessionBatch, StepLog, Task, memory_of


class Learner(Protocol):
    """A learner that `simulate` can play.

    Those of the two-step task are in `pfc_analysis.analysis.learners.two_step_learners` and
    `inference_learners`, those of bandits in `bandit_learners`, those of risky choice in
    `risk_learners`. All arrays run over sessions.
    """

    def begin(self, n_sessions: int) -> Any:
        """Return the state before the first trial."""

    def choice_probability(self, state: Any) -> Array:
        """Return the probability of each choice, (session, choice)."""

    @property
    def learn(self) -> Callable[..., Any]:
        """Update the state in place, by ``learn(state, choice, reward)``.

        In the two-step task ``learn(state, choice, second_state, reward)``. Choice is 0 left,
        1 right, -1 in a session that is over.
        """


def simulate(learner: Learner, task: Task, *, sessions: int, seed: int, subject: str) -> xr.Dataset:
    """Let a learner play a task with one choice a trial.

    Parameters
    ----------
    learner : Learner
        Chooses left or right and learns from what follows; it makes no invalid response.
    task : Task
        What it plays: a trial is a choice between left and right, perhaps with a fixation step
        before it and a second state after it. In a forced trial it takes the side asked for.
    sessions : int
        Number of sessions.
    seed : int
        Of the sessions and the choices.
    subject : str
        Name of the learner.

    Returns
    -------
    xarray.Dataset
        A recording with one subject and no units.

    Raises
    ------
    ValueError
        If a trial of the task is anything else, or there is no session.
    """
    _check_one_choice(task)
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    rng = np.random.default_rng([RECORDING_STREAM, seed])
    batch = SessionBatch(task, task.draw_uniforms(rng, sessions))
    draws = rng.random((task.n_trials, sessions))
    recording = lay_out_trials(task, _play(learner, batch, draws), subject)
    recording.attrs = {
        "kind": "simulated learner",
        "experiment": task.name,
        "questions": task.questions,
        "learner": repr(learner),
        "task": repr(task),
        "seed": seed,
        "software": list_software(),
    }
    return validate(recording, source=f"simulation of {subject}")


def _check_one_choice(task: Task) -> None:
    """Raise a ValueError unless a trial is (fixation,) one choice (, second state)."""
    free = [name for name in task.steps if name not in ("fixation", "second_state")]
    in_order = [name for name in ("fixation", *free, "second_state") if name in task.steps]
    one_choice = len(free) == 1 and in_order == list(task.steps)
    if not one_choice or not {"left", "right"} <= set(task.actions):
        raise ValueError(
            f"task {task.name!r}: simulate plays trials of one choice between 'left' and 'right', "
            f"after 'fixation' and before 'second_state' where there are such steps; found steps "
            f"{list(task.steps)} and actions {list(task.actions)}."
        )


def _play(learner: Learner, batch: SessionBatch, draws: Array) -> StepLog:
    """Play all sessions to their ends; `draws`, (trial, session), decide on choices."""
    task = batch.task
    left = task.actions.index("left")
    n_sessions = batch.done.size
    state = learner.begin(n_sessions)
    played: list[tuple[Array, ...]] = []

    def act(action: Array) -> None:
        # Records are kept as bytes: numpy stacks records field by field, a hundred times slower.
        records = memory_of(batch.sessions).copy()
        shown, active = batch.observation.copy(), ~batch.done
        batch.step(action)
        played.append((records, shown, action, batch.reward.copy(), active))

    # A learner makes no invalid response: sessions that are not over are always at the same step.
    for draw in draws:
        over = batch.done.copy()
        if over.all():
            break
        if "fixation" in task.steps:
            act(np.full(n_sessions, task.actions.index("centre")))
        choice = (draw >= learner.choice_probability(state)[:, 0]).astype(np.int64)
        if "forced" in task.hidden_variables:  # the side asked for, -1 in a free trial
            forced = batch.sessions["forced"]
            choice = np.where(forced >= 0, forced, choice)
        act(choice + left)
        seen = []
        if "second_state" in task.steps:
            seen = [batch.sessions["second_state"].copy()]
            act(np.full(n_sessions, left))  # any response is accepted there
        learner.learn(state, np.where(over, -1, choice), *seen, batch.reward.copy())
    records, *rest = (np.stack(part) for part in zip(*played, strict=True))
    return StepLog(records.view(task.session_type), *rest)
