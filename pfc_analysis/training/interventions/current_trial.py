"""Find the trial that each session is in, and check the conditions of rules on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import Array, StepLog, Task, Trials
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.interventions.intervention import InterventionError


@dataclass(frozen=True)
class RecentLog(StepLog):
    """The last steps of sessions, from which tables of two trials are made: last and current.

    Attributes
    ----------
    first_trial : ndarray of int64, shape (session,)
        The trial that is the first of a session's table.
    """

    first_trial: Array

    def _trial(self) -> Array:
        """Return the trial in the table of each time step; below 0 or above 1 if it is in none."""
        return np.asarray(self.before["trial"] - self.first_trial)


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
        self._block, self._past = block, past
        if past:
            self._record = block.records(now - 1, now)[0]
            self._active = block.played.active[now - 1]
        else:
            self._record, self._active = np.asarray(block.sessions), ~block.played.done
        self._step = self._record["step"]

    def is_at(self, moments: Sequence[str]) -> Array:
        """Return the sessions, bool (session,), whose step is at one of these moments.

        Moments are names of steps, or, for the step just played, of the events that follow steps.
        """
        wanted = [k for k, moment in enumerate(self._moments) if moment in moments]
        at = self._step == wanted[0]
        for k in wanted[1:]:
            at |= self._step == k
        return at & self._active

    def holds(self, condition: Mapping[str, Any]) -> Array:
        """Return the sessions, bool (session,), whose trial fulfils a condition.

        `Intervention.when` says how conditions are written.
        """
        fulfilled = np.ones(len(self._record), np.bool_)
        for name, wanted in condition.items():
            values, labels = self._read(name)
            fulfilled &= find_matches(values, wanted, labels, name)
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
        return np.where(trial > 0, values[:, 1], values[:, 0]), labels

    @cached_property
    def _table(self) -> dict[str, tuple[Array, list[str]]]:
        """Tables of two trials a session: the current one is the second, or trial 0 the first."""
        # The table of a trial looks back by one trial at most. With two trials instead of all
        # those of a session it takes a tenth of the time.
        trials = Trials(self.task.steps, 2, self._cut_log())
        return {
            name: (values, attributes.get("labels", []))
            for name, (dims, values, attributes) in self.task.tabulate(trials).items()
            if dims == ("trial",)
        }

    def _cut_log(self) -> RecentLog:
        """Return the last steps; the next one has an observation and no action (-1) yet."""
        block, now = self._block, self._block.n_steps
        first = max(self.time + 1 - 2 * len(self.task.steps), 0)
        steps, played = slice(first, now), block.played
        arrays = [block.records(first, now), played.observation[steps], played.action[steps],
                  played.reward[steps], played.active[steps]]  # fmt: skip
        if not self._past:
            unknown, unpaid = np.full(block.n_sessions, -1), np.zeros(block.n_sessions)
            after = self._record, played.observation[now], unknown, unpaid, self._active
            arrays = [np.concatenate((array, row[None]))
                      for array, row in zip(arrays, after, strict=True)]  # fmt: skip
        arrays.append(np.maximum(self._record["trial"] - 1, 0))
        return RecentLog(*arrays)


def check_conditions(task: Task, log: StepLog, names: Iterable[str]) -> None:
    """Check that conditions on some trial variables could be read from tables of two trials.

    Parameters
    ----------
    task : Task
        The task that was played.
    log : StepLog
        The played sessions.
    names : iterable of str
        Names of the variables.

    Raises
    ------
    InterventionError
        If the entry of a trial also depends on earlier trials than the one before it, or on the
        place of the trial in the table: then the conditions were not what they say.
    """
    wanted = set(names) - {"trial_in_session"}
    if not wanted:
        return
    whole = task.tabulate(Trials(task.steps, task.n_trials, log))
    trial = log.before["trial"]
    for number in {1, task.n_trials // 2, task.n_trials - 1} - {0}:
        kept = log.active & ((trial == number) | (trial == number - 1))
        first = np.full(trial.shape[1], number - 1)
        recent = RecentLog(log.before, log.observation, log.action, log.reward, kept, first)
        pair = task.tabulate(Trials(task.steps, 2, recent))
        for name in sorted(wanted):
            if not np.array_equal(
                np.asarray(pair[name][1][:, 1], np.float64),
                np.asarray(whole[name][1][:, number], np.float64),
                equal_nan=True,
            ):
                raise InterventionError(
                    f"when: the entry {name!r} of a trial in the table of the task {task.name} "
                    "depends on more than this trial and the one before it, so that no rule can "
                    "read it while sessions are played. Use another variable, or change tabulate: "
                    "what is known of the past belongs into the session's record, from which "
                    "trials.hidden reads it."
                )


def find_matches(values: Array, wanted: Any, labels: list[str], name: str) -> Array:
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
