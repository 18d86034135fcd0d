"""The log of played sessions, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array


@dataclass(frozen=True)
class StepLog:
    """Played sessions, step by step; all arrays are (time step, session).

    Attributes
    ----------
    before : structured ndarray
        The sessions' records before each step.
    observation, action : ndarray of int64
        Codes of what was shown, and of the action taken.
    reward : ndarray of float64
        Reward of the step.
    active : ndarray of bool
        False after the end of a session.
    """

    before: Array
    observation: Array
    action: Array
    reward: Array
    active: Array

    def by_trial(self, values: Array, n_trials: int, n_steps: int, missing: float) -> Array:
        """Rearrange values from (time step, session, ...) to (session, trial, step, ...).

        If several steps in a row have the same trial and name, the last of them counts. Steps
        without a name (-1 in the record) do not count.

        Parameters
        ----------
        values : ndarray, shape (time step, session, ...)
            One entry per time step.
        n_trials, n_steps : int
            Trials per session, and steps per trial.
        missing : float
            Entry of steps that were never reached.

        Returns
        -------
        ndarray, shape (session, trial, step, ...)
            Same dtype as `values`.
        """
        source = self._find_sources(n_trials, n_steps)
        flat = values.reshape(-1, *values.shape[2:])
        sorted_values = np.take(flat, source, axis=0)  # where -1, the last entry; replaced below
        sorted_values[source < 0] = missing
        return sorted_values

    def _find_sources(self, n_trials: int, n_steps: int) -> Array:
        """Return where each (session, trial, step) is in (time step, session), flattened; or -1."""
        if (n_trials, n_steps) not in self._sources:
            time, session, trial, step = self._places
            n_sessions = self.active.shape[1]
            source = np.full((n_sessions, n_trials, n_steps), -1)
            source[session, trial, step] = time * n_sessions + session
            self._sources[n_trials, n_steps] = source
        return self._sources[n_trials, n_steps]

    @cached_property
    def _sources(self) -> dict[tuple[int, int], Array]:
        return {}

    @cached_property
    def _places(self) -> tuple[Array, Array, Array, Array]:
        """Time step, session, trial and step of every played step that counts."""
        trial, step = self.before["trial"], self.before["step"]
        counts = self.active & (step >= 0)
        same = (trial[1:] == trial[:-1]) & (step[1:] == step[:-1])
        counts[:-1] &= ~(same & self.active[1:])
        time, session = np.nonzero(counts)
        return time, session, trial[time, session], step[time, session]
