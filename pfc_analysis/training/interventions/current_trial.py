"""Find the trial that each session is in, and check the conditions of rules on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import Array, StepLog, Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.interventions.intervention import InterventionError


class CurrentTrial:
    """The current trial of each session of a block, as far as it has been played.

    Parameters
    ----------
    task : Task
        The task that is played.
    block : Block
        The sessions that are being played.
    past : bool
        Whether to look at the step just played, whose event arrives now, or at the next step.

    Attributes
    ----------
    time : int
        Index of that step.
    """

    def __init__(self, task: Task, block: Block, past: bool) -> None:
        self.task, now = task, block.n_steps
        self._moments = task.events if past else task.steps
        self.time = now - 1 if past else now
        # The table of a trial looks back by one trial at most.
        first = max(self.time + 1 - 2 * len(task.steps), 0)
        log = _cut_log(task, block, slice(first, now))
        self._log = log if past else _add_next_step(log, block)
        self._record = self._log.before[-1]
        self._active = self._log.active[-1]

    def is_at(self, moments: Sequence[str]) -> Array:
        """Return the sessions, bool (session,), whose step is at one of these moments.

        Moments are names of steps, or, for the step just played, of the events that follow steps.
        """
        wanted = np.array([moment in moments for moment in self._moments])
        step = self._record["step"]
        return self._active & (step >= 0) & wanted[step]

    def holds(self, condition: Mapping[str, Any]) -> Array:
        """Return the sessions, bool (session,), whose trial fulfils a condition.

        `Intervention.when` says how conditions are written.
        """
        fulfilled = np.ones(len(self._record), np.bool_)
        for name, wanted in condition.items():
            values, labels = self._read(name)
            fulfilled &= _matches(values, wanted, labels, name)
        return fulfilled

    def _read(self, name: str) -> tuple[Array, list[str]]:
        """Return the values of a trial variable, (session,), and its labels."""
        trial = self._record["trial"]
        if name == "trial_in_session":
            return trial, []
        if name not in self._table:
            raise InterventionError(
                f"when: no trial variable {name!r} in the task {self.task.name}; expected one of "
                f"{sorted([*self._table, 'trial_in_session'])}."
            )
        values, labels = self._table[name]
        return values[np.arange(len(trial)), np.minimum(trial, values.shape[1] - 1)], labels

    @cached_property
    def _table(self) -> dict[str, tuple[Array, list[str]]]:
        table = self.task.trial_table(self._log)
        return {
            name: (values, attributes.get("labels", []))
            for name, (dims, values, attributes) in table.items()
            if dims == ("trial",)
        }


def _cut_log(task: Task, block: Block, steps: slice) -> StepLog:
    """Return a slice of the steps that a block has played."""
    played = block.played
    return StepLog(
        played.before[steps].view(task.session_type),
        played.observation[steps],
        played.action[steps],
        played.reward[steps],
        played.active[steps],
    )


def _add_next_step(log: StepLog, block: Block) -> StepLog:
    """Append the next step, whose observation is known and whose action is not (-1)."""
    now = block.n_steps
    unknown = np.full((1, block.n_sessions), -1)
    return StepLog(
        np.concatenate((log.before, np.asarray(block.sessions)[None])),
        np.concatenate((log.observation, block.played.observation[now : now + 1])),
        np.concatenate((log.action, unknown)),
        np.concatenate((log.reward, np.zeros((1, block.n_sessions)))),
        np.concatenate((log.active, ~block.played.done[None])),
    )


def _matches(values: Array, wanted: Any, labels: list[str], name: str) -> Array:
    """Return where values equal what is wanted, one of several values, or lie in a range."""
    if isinstance(wanted, Mapping):
        unknown = set(wanted) - {"least", "most"}
        if unknown or not wanted:
            raise InterventionError(
                f"when: {name} = {dict(wanted)!r}: expected 'least', 'most' or both."
            )
        return np.asarray(
            (values >= wanted.get("least", -np.inf)) & (values <= wanted.get("most", np.inf))
        )
    options = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    matched = np.zeros(len(values), np.bool_)
    for option in options:
        matched |= values == _decode(option, labels, name)
    return matched


def _decode(option: Any, labels: list[str], name: str) -> float:
    """Return a wanted value as a number: a label is replaced by its code."""
    if isinstance(option, str):
        if option not in labels:
            raise InterventionError(
                f"when: {name} = {option!r}: expected a number"
                + (f", or one of {labels}." if labels else ".")
            )
        return float(labels.index(option))
    if not isinstance(option, (bool, int, float)):
        raise InterventionError(f"when: {name} = {option!r}: expected a number or a label.")
    return float(option)
