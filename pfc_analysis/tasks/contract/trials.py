"""Played sessions, trial by trial, and the functions that make entries of a trial table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array
from pfc_analysis.tasks.contract.step_log import StepLog

Entry = tuple[tuple[str, ...], Array, dict[str, Any]]
TrialTable = dict[str, Entry]
"""Maps names to (dimensions, array, attributes); the first axes are (session, trial)."""

LEFT_RIGHT = ("left", "right")
MISSING = -1
"""Value of trials and steps that were never reached."""


class Trials:
    """Played sessions, trial by trial; all arrays are (session, trial).

    Parameters
    ----------
    steps : tuple of str
        Names of the steps of a trial.
    n_trials : int
        Largest number of trials of a session.
    log : StepLog
        The played sessions, step by step.
    """

    def __init__(self, steps: tuple[str, ...], n_trials: int, log: StepLog) -> None:
        self._steps, self._n_trials, self._log = steps, n_trials, log

    def at(self, step: str, values: Array, missing: float = MISSING) -> Array:
        """Pick the entries at one step of each trial.

        Parameters
        ----------
        step : str
            Name of the step, one of `Task.steps`.
        values : ndarray, shape (time step, session)
            One entry per time step.
        missing : float
            Value of trials that did not reach that step.
        """
        by_trial = self._log.by_trial(values, self._n_trials, len(self._steps), missing)
        return by_trial[..., self._steps.index(step)]

    def action(self, step: str) -> Array:
        """Return the code of the action at a step."""
        return self.at(step, self._log.action)

    def observation(self, step: str) -> Array:
        """Return the code of the observation at a step."""
        return self.at(step, self._log.observation)

    def paid(self, step: str) -> Array:
        """Return the reward of a step; 0 if the step was never reached."""
        return self.at(step, self._log.reward, 0.0)

    def hidden(self, field: str, step: str = "") -> Array:
        """Return a field of the sessions' records before a step (by default the first step)."""
        return self.at(step or self._steps[0], self._log.before[field])

    @cached_property
    def reward(self) -> Array:
        """Sum of the rewards of a trial."""
        by_step = self._log.by_trial(self._log.reward, self._n_trials, len(self._steps), 0.0)
        return np.asarray(by_step.sum(-1))

    @property
    def invalid(self) -> Array:
        """Whether a response was invalid; only for tasks with `Task.punishes_invalid`."""
        return np.asarray(self.reward < 0)

    def choice(self, step: str, first: int) -> Array:
        """Return the action at a step minus `first`; -1 if the response was invalid."""
        return np.where(self.invalid, MISSING, self.action(step) - first)


def code(values: Array, labels: Sequence[str] = (), kind: Any = np.int8, **about: str) -> Entry:
    """Make an entry of integers: indices into `labels`, or 0 and 1 for no and yes; -1 is missing.

    Parameters
    ----------
    values : ndarray, shape (session, trial)
        The codes.
    labels : sequence of str
        Meaning of the codes 0, 1, ...
    kind : dtype
        The dtype of the entry.
    **about : str
        Attributes of the variable. A variable that is not in the recording schema needs
        `long_name`, a short description, and may have `units`.
    """
    named = {"labels": list(labels)} if labels else {}
    return ("trial",), values.astype(kind), {**named, **about}


def number(values: Array, **about: str) -> Entry:
    """Make an entry of numbers, (session, trial); `about` are attributes as for `code`."""
    return ("trial",), values, dict(about)


def per_arm(arms: Sequence[Array], **about: str) -> Entry:
    """Make an entry with one number per arm, left arm first; `about` is as for `code`."""
    return ("trial", "arm"), np.stack(arms, axis=-1), dict(about)


def find_changes(values: Array) -> Array:
    """Mark the trials whose value differs from that of the trial before; never the first."""
    return np.diff(values, axis=1, prepend=values[:, :1]) != 0
