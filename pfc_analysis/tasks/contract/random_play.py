"""Play random sessions, compiled and in plain Python, for tests and `verify`."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract.session_batch import SessionBatch
from pfc_analysis.tasks.contract.session_loops import Array, find_functions
from pfc_analysis.tasks.contract.task import Task


def play_at_random(
    task: Task, n_sessions: int, rng: np.random.Generator, valid: float = 0.8
) -> tuple[Array, Array]:
    """Play sessions by a random policy that looks one step ahead.

    In most steps it draws among the actions that cost no reward, so that trials are completed and
    the sessions reach all parts of a task. In the other steps it draws among all actions.

    Parameters
    ----------
    task : Task
        The task.
    n_sessions : int
        Number of sessions, played side by side.
    rng : numpy.random.Generator
        Draws the task's random numbers and the actions.
    valid : float
        Share of steps in which the policy avoids actions that cost reward.

    Returns
    -------
    uniforms : ndarray, shape (max_steps + 1, n_sessions, uniforms_per_step)
        The task's random numbers.
    actions : ndarray of int64, shape (time step, n_sessions)
        The actions, until all sessions are over.
    """
    uniforms = task.draw_uniforms(rng, n_sessions)
    batch, played = SessionBatch(task, uniforms), []
    while not batch.done.all() and batch.steps_played < task.max_steps:
        action = rng.integers(0, len(task.actions), n_sessions)
        spared = rng.random(n_sessions) < valid
        for other in rng.permutation(len(task.actions)):
            costs = _reward_of(batch, action) < 0
            action = np.where(spared & costs, other, action)
        played.append(action)
        batch.step(action)
    return uniforms, np.stack(played)


def _reward_of(batch: SessionBatch, action: Array) -> Array:
    """Return the reward that a step would pay, without playing it."""
    task, reward = batch.task, np.zeros(len(action))
    untouched = (batch.observation.copy(), batch.cues.copy(), reward, batch.done.copy())
    task.play(batch.sessions.copy(), action, batch.uniforms[batch.steps_played + 1], *untouched)
    return reward


def play_plain(task: Task, uniforms: Array, actions: Array) -> SimpleNamespace:
    """Play sessions with the functions of the task file as plain Python, without numba.

    Returns
    -------
    SimpleNamespace
        `sessions` (time step + 1, session): the records, before the first step and after each.
        `observation`, `reward`, `done` and `cues` (time step, session[, cue]): after each step.
    """
    functions = {name: f.py_func for name, f in find_functions(type(task)).items()}
    first = np.zeros(1, task.session_type)
    for name, value in task.settings().items():
        first[name] = value
    sessions = np.repeat(first, uniforms.shape[1]).view(np.recarray)
    for session, uniform in zip(sessions, uniforms[0], strict=True):
        functions["begin"](session, uniform)
    state = _PlainState(task, sessions, functions)
    kept: dict[str, list[Array]] = {"sessions": [sessions.copy()]}
    for row, action in zip(uniforms[1:], actions, strict=False):
        state.step(action, row)
        for name in ("sessions", "observation", "reward", "done", "cues"):
            kept.setdefault(name, []).append(getattr(state, name).copy())
    return SimpleNamespace(**{name: np.stack(values) for name, values in kept.items()})


class _PlainState:
    """The state of sessions that are played in plain Python."""

    def __init__(self, task: Task, sessions: Array, functions: dict[str, Any]) -> None:
        n = len(sessions)
        self.sessions, self._functions = sessions, functions
        self.observation, self.reward = np.zeros(n, np.int64), np.zeros(n)
        self.done, self.cues = np.zeros(n, np.bool_), np.zeros((n, len(task.cues)))

    def step(self, actions: Array, uniforms: Array) -> None:
        """Play one step of all sessions that are not over."""
        self.reward[:] = 0.0
        for i in np.flatnonzero(~self.done):
            session = self.sessions[i]
            played = self._functions["step"](session, int(actions[i]), uniforms[i])
            self.observation[i], self.reward[i] = played
            if "show" in self._functions:
                self._functions["show"](session, self.cues[i])
            self.done[i] = (
                self._functions["is_over"](session)
                if "is_over" in self._functions
                else session.trial == session.n_trials
            )


def file_of(task: type[Task]) -> str:
    """Return the file that defines a task's class."""
    return str(sys.modules[task.__module__].__file__)
