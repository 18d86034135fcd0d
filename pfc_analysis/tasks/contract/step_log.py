"""The log of what was played, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array


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
