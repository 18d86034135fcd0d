"""What all tasks share: their protocol, and the wrapper that plays a batch of sessions.

A task is written once, for one session, as a plain function of (session, action, uniform random
numbers) that returns the next observation and reward; numba compiles it. The session is a record:
its fields are the task's settings and hidden variables. There is nothing of learning in a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
from numba import njit, types

Array = np.ndarray[Any, Any]


PLAY = types.void(
    types.Array(types.uint8, 1, "C"),
    types.Array(types.int64, 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.float64, 1, "C"),
    types.Array(types.boolean, 1, "C"),
)
"""Signature of `Task.play_kernel`: memory, actions, uniforms, observations, cues, rewards, done."""


class View(Protocol):
    """What draws the pictures that sessions show, played side by side."""

    def render(self, sessions: Array) -> Array:
        """Draw what each session shows now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Their records, always in the same order; one may begin anew at any time.

        Returns
        -------
        ndarray of uint8, shape (n_sessions, height, width, 3)
            RGB, in new memory; it depends on each session's record alone.
        """


@dataclass(frozen=True)
class Task:
    """A task's settings, names and compiled kernels; subclass it with a frozen dataclass.

    Attributes
    ----------
    name : str
        Name of the experiment, and of the task's file.
    questions : str
        Name of the set of questions that agents and animals are compared by; "" for none.
    why_no_questions : str
        Why there is none.
    session_type : numpy.dtype
        Fields of a session's record. `trial` and `step` (int64) are always among them: the trial
        and the step within it that are about to be played.
    uniforms_per_step : int
        How many uniform random numbers a step uses.
    begin_kernel, play_kernel : numba dispatcher
        ``begin(sessions, uniforms)`` starts sessions; ``play(memory, actions, uniforms,
        observations, cues, rewards, done)`` plays one step of all that are not done, in place.
        `memory` holds the sessions' records as bytes, so that the kernels of all tasks have one
        signature, `PLAY`, and other compiled code can call any of them.
    """

    name: ClassVar[str]
    questions: ClassVar[str] = ""
    why_no_questions: ClassVar[str] = ""
    session_type: ClassVar[np.dtype[Any]]
    uniforms_per_step: ClassVar[int]
    begin_kernel: ClassVar[Any]
    play_kernel: ClassVar[Any]

    # Unknown settings are an error wherever pydantic reads a task from a recipe.
    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    @property
    def observations(self) -> tuple[str, ...]:
        """What the codes 0, 1, ... of observations mean; a session begins with the first."""
        raise NotImplementedError

    @property
    def cues(self) -> tuple[str, ...]:
        """Graded inputs beside the observation, from 0 to 1; each is 0 when a session begins."""
        return ()

    @property
    def view_shape(self) -> tuple[int, int, int] | None:
        """Height, width and colours of the picture that is shown; None where there is none."""
        return None

    def open_view(self, n_sessions: int) -> View:
        """Return what draws the pictures of `n_sessions` sessions that are played side by side.

        Parameters
        ----------
        n_sessions : int
            How many.

        Raises
        ------
        TypeError
            If the task shows no pictures.
        """
        raise TypeError(f"task {self.name!r} shows no pictures: its observations are codes.")

    @property
    def actions(self) -> tuple[str, ...]:
        """What the codes 0, 1, ... of actions mean."""
        raise NotImplementedError

    @property
    def punishes_invalid(self) -> bool:
        """Whether rewards below 0 are paid for invalid responses, and for nothing else."""
        return True

    @property
    def is_learning_set(self) -> bool:
        """Whether a session is one problem, in which what counts is how soon it is solved.

        Its trial table then tells `correct`, and the log of training how often that was so, trial
        by trial.
        """
        return False

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial, in order; a session's record tells them by number.

        A trial may spend several steps in a row under one name, of which the last counts
        (`StepLog.by_trial`), and others, numbered -1, that have none. It begins with the first.
        """
        raise NotImplementedError

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of those steps; prediction errors are stamped with it."""
        raise NotImplementedError

    @property
    def n_trials(self) -> int:
        """Trials of a session (at most)."""
        raise NotImplementedError

    def settings(self) -> Mapping[str, float]:
        """Fields of the session's record that hold settings, by name."""
        raise NotImplementedError

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table of played sessions, in the recording schema's names.

        Parameters
        ----------
        log : StepLog
            What was played.

        Returns
        -------
        dict
            Name to (dimensions, array, attributes). Arrays begin with dimensions (session, trial).
        """
        raise NotImplementedError

    @property
    def max_steps(self) -> int:
        """Steps of a session (at most)."""
        return self.n_trials * len(self.steps)

    @property
    def hidden_variables(self) -> tuple[str, ...]:
        """Names of the fields of a session's record."""
        return self.session_type.names or ()

    def draw_uniforms(self, rng: np.random.Generator, n_sessions: int) -> Array:
        """Draw every random number that `n_sessions` sessions can use.

        Drawn before the first step, so that results depend on no order of execution.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.
        n_sessions : int
            Number of sessions.

        Returns
        -------
        ndarray, shape (max_steps + 1, n_sessions, uniforms_per_step)
            Uniform on [0, 1); row 0 starts the sessions, row t + 1 belongs to step t.
        """
        return rng.random((self.max_steps + 1, n_sessions, self.uniforms_per_step))

    def begin(self, uniforms: Array) -> Array:
        """Start sessions.

        Parameters
        ----------
        uniforms : ndarray, shape (n_sessions, uniforms_per_step)
            Row 0 of `draw_uniforms`.

        Returns
        -------
        numpy.recarray, shape (n_sessions,)
            Their records (`session_type`).
        """
        first = np.zeros(1, self.session_type)
        for name, value in self.settings().items():
            first[name] = value
        sessions = np.repeat(first, len(uniforms))
        self.begin_kernel(sessions, uniforms)
        return sessions.view(np.recarray)

    def play(self, sessions: Array, *rest: Array) -> None:
        """Play one step of all sessions that are not done.

        Parameters
        ----------
        sessions : numpy.recarray, shape (n_sessions,)
            Their records, changed in place.
        *rest : ndarray
            Actions and uniforms, which are read; observations, cues, rewards and done, which are
            filled (`PLAY`).
        """
        self.play_kernel(memory_of(sessions), *rest)


class SessionBatch:
    """Several sessions of one task, played side by side.

    Parameters
    ----------
    task : Task
        The task.
    uniforms : ndarray, shape (max_steps + 1, n_sessions, uniforms_per_step)
        The random numbers to play with (`Task.draw_uniforms`).

    Attributes
    ----------
    observation : ndarray of int64, shape (n_sessions,)
        What each session shows now.
    cues : ndarray of float64, shape (n_sessions, n_cues)
        Graded inputs that it shows beside that.
    reward : ndarray of float64, shape (n_sessions,)
        What the last step paid; 0 before the first step and in sessions that are over.
    done : ndarray of bool, shape (n_sessions,)
        Sessions that are over. Further actions leave them as they are.
    sessions : numpy.recarray, shape (n_sessions,)
        The sessions' records, hidden variables included.
    """

    def __init__(self, task: Task, uniforms: Array) -> None:
        n_sessions = uniforms.shape[1]
        self.task = task
        self.uniforms = uniforms
        self.steps_played = 0
        self.sessions = task.begin(uniforms[0])
        # Every task begins at its first observation, code 0.
        self.observation = np.zeros(n_sessions, np.int64)
        self.cues = np.zeros((n_sessions, len(task.cues)))
        self.reward = np.zeros(n_sessions)
        self.done = np.zeros(n_sessions, np.bool_)

    def step(self, action: Array) -> None:
        """Play one step in every session that is not over.

        Parameters
        ----------
        action : ndarray of int64, shape (n_sessions,)
            Codes of the actions; those of finished sessions are ignored.
        """
        self.steps_played += 1
        self.task.play(
            self.sessions,
            action,
            self.uniforms[self.steps_played],
            self.observation,
            self.cues,
            self.reward,
            self.done,
        )


@dataclass(frozen=True)
class StepLog:
    """What was played, step by step; all arrays are (time step, session).

    Attributes
    ----------
    before : structured ndarray
        The sessions' records before each step.
    observation, action : ndarray of int64
        What was shown and done.
    reward : ndarray of float64
        What the step paid.
    active : ndarray of bool
        False once a session is over.
    """

    before: Array
    observation: Array
    action: Array
    reward: Array
    active: Array

    def by_trial(self, values: Array, n_trials: int, n_steps: int, missing: float) -> Array:
        """Sort values of (time step, session, ...) into (session, trial, step, ...).

        Of several steps in a row that have one trial and one name, the last counts; steps without
        a name (-1 in the record) do not.

        Parameters
        ----------
        values : ndarray, shape (time step, session, ...)
            One entry a step.
        n_trials, n_steps : int
            Trials of a session, and steps of a trial.
        missing : float
            Entry of steps that were never reached.

        Returns
        -------
        ndarray, shape (session, trial, step, ...)
            Same kind of number as `values`.
        """
        n_sessions = values.shape[1]
        shape = (n_sessions, n_trials, n_steps, *values.shape[2:])
        sorted_values = np.full(shape, missing, values.dtype)
        time, session, trial, step = self._places
        sorted_values[session, trial, step] = values[time, session]
        return sorted_values

    @cached_property
    def _places(self) -> tuple[Array, Array, Array, Array]:
        """Time step, session, trial and step of all that was played and counts."""
        trial, step = self.before["trial"], self.before["step"]
        counts = self.active & (step >= 0)
        same = (trial[1:] == trial[:-1]) & (step[1:] == step[:-1])
        counts[:-1] &= ~(same & self.active[1:])
        time, session = np.nonzero(counts)
        record = self.before[time, session]
        return time, session, record["trial"], record["step"]


def memory_of(sessions: Array) -> Array:
    """Bytes of the sessions' records: the same memory."""
    return np.asarray(sessions).view(np.uint8)


@njit(cache=True)
def draw_number(uniform, n):  # type: ignore[no-untyped-def]
    """Turn a uniform random number into one of 0, 1, ... n - 1; of 2^53 numbers where n is 0."""
    return min(int(uniform * n), n - 1) if n > 0 else int(uniform * 9007199254740992.0)


def check_probability(name: str, value: float) -> None:
    """Raise a ValueError that names a setting unless it is a probability."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} = {value!r}: expected a probability, between 0 and 1.")


def check_count(name: str, value: int) -> None:
    """Raise a ValueError that names a setting unless it is at least 1."""
    if value < 1:
        raise ValueError(f"{name} = {value!r}: expected a whole number of at least 1.")
