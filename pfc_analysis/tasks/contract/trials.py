"""What was played, trial by trial, and the entries of a trial table made of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array
from pfc_analysis.tasks.contract.step_log import StepLog

Entry = tuple[tuple[str, ...], Array, dict[str, Any]]
TrialTable = dict[str, Entry]
"""Name to (dimensions, array, attributes); arrays begin with dimensions (session, trial)."""

LEFT_RIGHT = ("left", "right")
MISSING = -1
"""Entry of trials and steps that were never reached."""


class Trials:
    """What was played, sorted by trial; all arrays are (session, trial).

    Parameters
    ----------
    steps : tuple of str
        Names of the steps of a trial.
    n_trials : int
        Trials of a session, at most.
    log : StepLog
        What was played, step by step.
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
            One entry a step.
        missing : float
            Entry of trials that never came to that step.
        """
        by_trial = self._log.by_trial(values, self._n_trials, len(self._steps), missing)
        return by_trial[..., self._steps.index(step)]

    def action(self, step: str) -> Array:
        """Return the code of the action at a step."""
        return self.at(step, self._log.action)

    def observation(self, step: str) -> Array:
        """Return the code of what was shown at a step."""
        return self.at(step, self._log.observation)

    def paid(self, step: str) -> Array:
        """Return the reward that a step paid; 0 where it was never reached."""
        return self.at(step, self._log.reward, 0.0)

    def hidden(self, field: str, step: str = "") -> Array:
        """Return a field of the sessions' records before a step, the first where none is named."""
        return self.at(step or self._steps[0], self._log.before[field])

    @cached_property
    def reward(self) -> Array:
        """Sum of the rewards of a trial."""
        by_step = self._log.by_trial(self._log.reward, self._n_trials, len(self._steps), 0.0)
        return np.asarray(by_step.sum(-1))

    @property
    def invalid(self) -> Array:
        """Whether a response was invalid, where that costs reward (`Task.punishes_invalid`)."""
        return np.asarray(self.reward < 0)

    def choice(self, step: str, first: int) -> Array:
        """Return the action at a step, counted from the action `first`; -1 if it was invalid."""
        return np.where(self.invalid, MISSING, self.action(step) - first)


def code(values: Array, labels: Sequence[str] = (), kind: Any = np.int8, **about: str) -> Entry:
    """Make an entry of whole numbers: an index into `labels`, a truth value, or -1 for none.

    Parameters
    ----------
    values : ndarray, shape (session, trial)
        The numbers.
    labels : sequence of str
        What 0, 1, ... mean.
    kind : dtype
        Of the numbers.
    **about : str
        Attributes. A variable that the recording schema does not know needs `long_name`, a
        description in a sentence, and may have `units`.
    """
    named = {"labels": list(labels)} if labels else {}
    return ("trial",), values.astype(kind), {**named, **about}


def number(values: Array, **about: str) -> Entry:
    """Make an entry of numbers, (session, trial), with attributes as for `code`."""
    return ("trial",), values, dict(about)


def per_arm(arms: Sequence[Array], **about: str) -> Entry:
    """Make an entry with one number for each arm, the left one first, attributes as for `code`."""
    return ("trial", "arm"), np.stack(arms, axis=-1), dict(about)


def find_changes(values: Array) -> Array:
    """Find the trials whose value differs from the one before; the first never does."""
    return np.diff(values, axis=1, prepend=values[:, :1]) != 0
