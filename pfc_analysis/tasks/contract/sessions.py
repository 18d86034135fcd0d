"""Sessions played side by side, and the log of what was played."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pfc_analysis.tasks.contract.kernels import Array

if TYPE_CHECKING:
    from pfc_analysis.tasks.contract.task import Task


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
