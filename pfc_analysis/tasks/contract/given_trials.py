"""Trials that somebody else played, as the method `script` of a task reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pfc_analysis.tasks.contract.script import ScriptError
from pfc_analysis.tasks.contract.session_loops import Array
from pfc_analysis.tasks.contract.trials import MISSING

NEAR = 1e-9
"""Rewards that differ by less, relative to the largest, are the same."""


class GivenTrials:
    """The trial table of an animal or of another agent, read variable by variable.

    A trial without a value that the script needs is left out, with the name of the variable as the
    reason. So is a trial marked by `invalid`, and one without a `choice`.

    Parameters
    ----------
    table : mapping of str to ndarray
        Variables on trial by their standard names.
    labels : mapping of str to sequence of str
        Meaning of the codes 0, 1, ..., of the variables that have labels.
    since_reset : int64 ndarray, shape (trial,)
        Trials since the network's state last began anew, counted as the session counted them.
    source : str
        What the trials are of; it opens the messages of errors.

    Attributes
    ----------
    n_trials : int
        Number of trials.
    left_out : dict of str to bool ndarray, shape (trial,)
        Trials that are left out, by reason; each is counted under its first reason.
    reward_unit : float
        What rewards were divided by (`earned`).
    notes : list of str
        Sentences on what the script assumes (`note`).
    """

    def __init__(
        self,
        table: Mapping[str, Array],
        labels: Mapping[str, Sequence[str]],
        since_reset: Array,
        source: str,
    ) -> None:
        self.since_reset, self.n_trials = since_reset, len(since_reset)
        self.left_out: dict[str, Array] = {}
        self.reward_unit = 1.0
        self.notes: list[str] = []
        self._table, self._labels, self._source = table, labels, source
        self.leave_out("invalid", self.flag("invalid"))
        if "choice" in table:
            self.leave_out("no choice", table["choice"] == MISSING)

    @property
    def kept(self) -> Array:
        """Trials that are not left out so far, bool (trial,)."""
        kept = np.ones(self.n_trials, np.bool_)
        for marked in self.left_out.values():
            kept &= ~marked
        return kept

    def leave_out(self, reason: str, trials: Array) -> None:
        """Leave out trials, bool (trial,), for a reason given in a few words."""
        marked = np.asarray(trials, np.bool_) & self.kept
        self.left_out[reason] = marked | self.left_out.get(reason, False)

    def note(self, sentence: str) -> None:
        """Say in a sentence what the script assumes; the replay repeats it."""
        self.notes.append(sentence)

    def has(self, name: str) -> bool:
        """Return whether there is such a variable."""
        return name in self._table

    def code(self, name: str, labels: Sequence[str]) -> Array:
        """Read a variable of codes, int64 (trial,); trials whose code is -1 are left out.

        Parameters
        ----------
        name : str
            Name of the variable.
        labels : sequence of str
            What the codes 0, 1, ... mean in the task.

        Raises
        ------
        ScriptError
            If there is no such variable, its codes are others, or its labels are those of the task
            in another order.
        """
        values = np.asarray(self._read(name))
        kept = values[self.kept]
        wrong = kept[~np.isin(kept, np.arange(MISSING, len(labels)))]
        if wrong.size:
            codes = ", ".join(f"{k} ({label})" for k, label in enumerate(labels))
            raise ScriptError(
                f"{self._source}: {name}: found {wrong[0]} ({wrong.size} such trial(s)), expected "
                f"{codes} or -1 (none). Map the values where the data are read."
            )
        own = list(self._labels.get(name, labels))
        if own != list(labels) and sorted(own) == sorted(labels):
            raise ScriptError(
                f"{self._source}: {name}: found the labels {own}, expected {list(labels)}. Map the "
                "values in this order where the data are read."
            )
        self.leave_out(f"no {name}", values == MISSING)
        return values.astype(np.int64)

    def number(self, name: str) -> Array:
        """Read a variable of numbers, (trial,); raise a ScriptError if there is none."""
        return np.asarray(self._read(name))

    def flag(self, name: str) -> Array:
        """Read a variable of 0 and 1, bool (trial,); false everywhere if there is none."""
        if name not in self._table:
            return np.zeros(self.n_trials, np.bool_)
        return np.asarray(self._table[name]) == 1

    def earned(self, *possible: float) -> Array:
        """Read the reward of each trial in the units of the task; float64 (trial,).

        Read codes first: the trials that they leave out do not count.

        Parameters
        ----------
        *possible : float
            All rewards that a valid trial of the task may pay.

        Returns
        -------
        ndarray
            The rewards as they are, if all of them are possible. Otherwise they are divided by
            their largest, as for fits of learners, and multiplied by the largest that is possible.

        Raises
        ------
        ScriptError
            If the rewards are not possible in the task, even then.
        """
        reward = np.asarray(self._read("reward"), np.float64)
        kept = reward[self.kept]
        largest = float(np.max(np.abs(kept), initial=0.0))
        if _are_among(kept, possible) or largest == 0.0:
            return reward
        unit = largest / max(possible)
        scaled = _nearest(kept / unit, possible)
        if scaled is None:
            raise ScriptError(
                f"{self._source}: reward: found {_some(kept)}; the task pays {_some(possible)}. "
                f"Divided by their largest ({largest:g}), as for fits of learners, they would be "
                f"{_some(kept / unit)}. Say what each is worth in the task: "
                "recording.assign(reward=...)."
            )
        self.reward_unit = unit
        whole = reward / unit
        whole[self.kept] = scaled
        return whole

    def _read(self, name: str) -> Array:
        if name not in self._table:
            raise ScriptError(
                f"{self._source}: {name}: there is no such variable, and the task needs it to tell "
                f"what was shown, done or paid. Found {', '.join(sorted(self._table))}. Add {name} "
                "where the data are read."
            )
        return self._table[name]


def _some(values: Array | Sequence[float]) -> str:
    """List the first different values."""
    different = np.unique(values)
    listed = ", ".join(f"{one:g}" for one in different[:6])
    return listed + (", ..." if different.size > 6 else "")


def _are_among(values: Array, possible: Sequence[float]) -> bool:
    return bool(np.isin(values, possible).all())


def _nearest(values: Array, possible: Sequence[float]) -> Array | None:
    """Round values to those that are possible; None if one is too far from all of them."""
    choices = np.asarray(possible, np.float64)
    away = np.abs(values[:, None] - choices)
    near = away.argmin(axis=1)
    close = away[np.arange(values.size), near] <= NEAR * np.abs(choices).max()
    return choices[near] if close.all() else None
