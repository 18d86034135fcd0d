"""The log of played sessions, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

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

    def by_trial(
        self,
        values: Array,
        n_trials: int,
        n_steps: int,
        missing: float,
        kept: Array | None = None,
    ) -> Array:
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
        kept : bool ndarray, shape (session, trial), optional
            Which trials to return, one after another; default: all, session by session.

        Returns
        -------
        ndarray, shape (session, trial, step, ...), or (trial, step, ...) with `kept`
            Same dtype as `values`.
        """
        source = self._find_sources(n_trials, n_steps)
        source = source if kept is None else source[kept]
        flat = values.reshape(-1, *values.shape[2:])
        sorted_values = np.take(flat, source, axis=0)  # where -1, the last entry; replaced below
        never = source < 0
        if never.any():
            sorted_values[never] = missing
        return sorted_values

    def _find_sources(self, n_trials: int, n_steps: int) -> Array:
        """Return where each (session, trial, step) is in (time step, session), flattened; or -1."""
        if (n_trials, n_steps) not in self._sources:
            source = np.full((self.active.shape[1], n_trials, n_steps), -1)
            trial, step = self._trial(), np.ascontiguousarray(self.before["step"])
            find_sources(trial, step, np.ascontiguousarray(self.active), source)
            self._sources[n_trials, n_steps] = source
        return self._sources[n_trials, n_steps]

    @cached_property
    def _sources(self) -> dict[tuple[int, int], Array]:
        return {}

    def _trial(self) -> Array:
        """Return the trial of each time step, int64 (time step, session)."""
        return np.ascontiguousarray(self.before["trial"])


@njit(cache=True)
def find_sources(trial, step, active, source):  # type: ignore[no-untyped-def]
    """Find where the entries of a table of trials are in the log of steps.

    Parameters
    ----------
    trial, step, active : arrays (time step, session)
        Trial and step of each time step, and whether it was played. Those that are not in the
        table, below 0 or beyond its end, are left out.
    source : int64 array (session, trial, step)
        Filled with the places in (time step, session), flattened. Of several time steps with the
        same trial and step the last counts.
    """
    n_times, n_sessions = trial.shape
    _, n_trials, n_steps = source.shape
    for t in range(n_times):
        for i in range(n_sessions):
            row, column = trial[t, i], step[t, i]
            if active[t, i] and 0 <= row < n_trials and 0 <= column < n_steps:
                source[i, row, column] = t * n_sessions + i
