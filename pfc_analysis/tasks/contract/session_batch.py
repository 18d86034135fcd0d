"""A batch of sessions of a task, played side by side."""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array
from pfc_analysis.tasks.contract.task import Task


class SessionBatch:
    """A batch of sessions of one task, played side by side.

    Parameters
    ----------
    task : Task
        The task.
    uniforms : ndarray, shape (max_steps + 1, n_sessions, uniforms_per_step)
        All random numbers of the sessions (`Task.draw_uniforms`).

    Attributes
    ----------
    observation : ndarray of int64, shape (n_sessions,)
        Code of what each session shows now.
    cues : ndarray of float64, shape (n_sessions, n_cues)
        Graded inputs that each session shows now.
    reward : ndarray of float64, shape (n_sessions,)
        Reward of the last step; 0 before the first step and in sessions that are over.
    done : ndarray of bool, shape (n_sessions,)
        True in sessions that are over; further actions do not change these.
    sessions : numpy.recarray, shape (n_sessions,)
        The sessions' records, including the hidden variables.
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
            Codes of the actions; actions of finished sessions are ignored.
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
