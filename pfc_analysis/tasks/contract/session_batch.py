"""Several sessions of a task, played side by side."""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array
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
