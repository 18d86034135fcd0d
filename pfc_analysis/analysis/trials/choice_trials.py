"""Read the choices and rewards of trials, and find the trials before them.

Two rules hold in every analysis of choices:

* A trial is *predicted* if its choice was free and valid. Forced and invalid trials are never
  predicted; results say how many there were.
* A trial is *history* for a later one if it lies in the same session, the stated number of trials
  before (in the session's own count, so that a trial missing from the file leaves a gap), and
  was valid. A forced trial counts as history, since the subject experienced its outcome;
  ``forced_trials="drop"`` removes it from the history too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
    listed,
)

ForcedTrials = Literal["history", "drop"]

TRIAL_TYPES = (
    "common_rewarded",
    "common_unrewarded",
    "uncommon_rewarded",
    "uncommon_unrewarded",
)
"""Transition and outcome of a trial, in the order of the bars of Wang et al. (2018), Fig. 5."""

ANY_ARMS = ("compute_performance", "compute_regret", "compute_run_lengths")
"""Analyses of choices between any number of arms, besides those that read no choices."""

NONE = -1
"""Index of a trial that does not exist; trial type of a trial that has none."""


@dataclass(frozen=True)
class ChoiceTrials:
    """Plain arrays on trial, read and checked once.

    Attributes
    ----------
    subjects : tuple of str
        Names, in order of appearance.
    subject, session : integer arrays
        Index into `subjects`; session, counted from 0 over the whole recording.
    position : integer array
        Trial within its session, as the session counted it.
    choice : integer array
        0 left, 1 right (0, 1, 2, ... of more arms), -1 where none is valid; -1 also where
        `invalid` is set.
    reward : float array
        Reward earned.
    forced : boolean array
        Whether the choice was instructed.
    """

    subjects: tuple[str, ...]
    subject: IntArray
    session: IntArray
    position: IntArray
    choice: IntArray
    reward: FloatArray
    forced: BoolArray

    @property
    def valid(self) -> BoolArray:
        """Trials with a valid choice, free or forced."""
        return self.choice >= 0

    @property
    def predicted(self) -> BoolArray:
        """Trials whose choice was free and valid."""
        return self.valid & ~self.forced

    def by_subject(self) -> Iterator[tuple[int, str]]:
        """Index and name of every subject, in order of appearance."""
        return iter(enumerate(self.subjects))

    def select(self, rows: IntArray) -> ChoiceTrials:
        """Select trials by their indices, in ascending order."""
        names = ("subject", "session", "position", "choice", "reward", "forced")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def counts(self) -> dict[str, Any]:
        """Attributes for a result: how many trials there were and how many were left out."""
        return {
            "n_trials_recorded": int(self.choice.size),
            "n_trials_forced": int(np.sum(self.forced & self.valid)),
            "n_trials_invalid": int(np.sum(~self.valid)),
        }


def read_trials(recording: xr.Dataset, *, two_arms: bool = True) -> ChoiceTrials:
    """Read the choices and rewards of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none; 0, 1, 2, ... of more arms) and `reward` on `trial`,
        with coordinates `subject`, `session` and `trial_in_session`; `forced` and `invalid` (0 or
        1) where it has them.
    two_arms : bool
        Whether the analysis needs choices between two arms.

    Returns
    -------
    ChoiceTrials
        Arrays on trial.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    EmptySelectionError
        If the recording has no trial.
    AnalysisError
        If a choice is none of 0, 1 and -1 (with more arms: no whole number of at least -1), or a
        reward is not a finite number.
    """
    names = ("subject", "session", "trial_in_session", "choice", "reward")
    subject, session, position, choice, reward = (read_variable(recording, n) for n in names)
    if choice.size == 0:
        raise EmptySelectionError(
            "trial: found 0 trials, expected at least 1; select other trials before the analysis"
        )
    _check_choices(choice, two_arms)
    check_values("reward", reward, np.isfinite(reward), "a finite number")
    starts = np.append(True, (subject[1:] != subject[:-1]) | (session[1:] != session[:-1]))
    starts[1:] |= np.diff(position.astype(np.int64)) <= 0
    block = np.cumsum(starts) - 1
    subjects, of_block = _codes(subject[starts].astype(str))
    invalid = read_flag(recording, "invalid")
    return ChoiceTrials(
        subjects=subjects,
        subject=of_block[block],
        session=block.astype(np.int64),
        position=position.astype(np.int64),
        choice=np.where(invalid, NONE, choice).astype(np.int64),
        reward=reward.astype(np.float64),
        forced=read_flag(recording, "forced"),
    )


def _check_choices(choice: np.ndarray, two_arms: bool) -> None:
    """Raise `AnalysisError` at the first choice that is no arm."""
    if not two_arms:
        whole = (choice >= NONE) & (choice == np.floor(choice))
        check_values("choice", choice, whole, "0, 1, 2, ... (the arms) or -1 (none)")
        return
    expected = "0 (left), 1 (right) or -1 (none)"
    if np.max(choice) > 1:
        expected += (
            ": this analysis needs choices between two arms. For more arms there are "
            f"{listed(ANY_ARMS)}"
        )
    check_values("choice", choice, np.isin(choice, (0, 1, NONE)), expected)


def read_variable(recording: xr.Dataset, name: str) -> np.ndarray:
    """Read a variable or coordinate on `trial`, or raise an error that says what is missing."""
    if name not in recording:
        raise MissingVariableError(
            f"{name}: the recording has no such variable; it has {listed(recording.variables)}. "
            f"Expected {name!r} on dimension 'trial'; add it where the data are read."
        )
    if recording[name].dims[:1] != ("trial",):
        raise AnalysisError(
            f"{name}: found on dimensions {listed(recording[name].dims)}, expected 'trial' first; "
            "see pfc_analysis.recording.validation.validate"
        )
    return np.asarray(recording[name].values)


def read_common_transition(recording: xr.Dataset) -> IntArray:
    """Read whether the transition was common: 1 yes, 0 no, -1 none; on trial."""
    common = read_variable(recording, "common_transition")
    check_values("common_transition", common, np.isin(common, (0, 1, -1)), "0, 1 or -1 (none)")
    return common.astype(np.int64)


def read_second_state(recording: xr.Dataset) -> IntArray:
    """Read the second-stage state reached: 0 or 1, -1 none; on trial."""
    state = read_variable(recording, "second_state")
    check_values("second_state", state, np.isin(state, (0, 1, -1)), "0, 1 or -1 (none)")
    return state.astype(np.int64)


def classify_trials(trials: ChoiceTrials, common: IntArray) -> IntArray:
    """Classify trials by transition and outcome: an index into `TRIAL_TYPES`, or -1.

    The index is -1 where choice or transition is not valid. A trial counts as rewarded if its
    reward is above 0, so that 0/1 and -1/1 codings agree.
    """
    kind = 2 * (common == 0) + (trials.reward <= 0)
    return np.where(trials.valid & (common >= 0), kind, NONE).astype(np.int64)


def find_previous(trials: ChoiceTrials, lag: int = 1) -> IntArray:
    """Find the trial `lag` trials before, in the same session; its index, or -1 for none."""
    same, step = np.diff(trials.session) == 0, np.diff(trials.position)
    if np.all(step[same] == 1):  # no trial is missing: it is that many rows before
        rows = np.arange(trials.session.size)
        before = np.maximum(rows - lag, 0)
        there = (rows >= lag) & (trials.session[before] == trials.session)
        return np.where(there, before, NONE).astype(np.int64)
    # Sessions are consecutive and positions increase, so this key is sorted. The keys of two
    # sessions are more than `lag` apart, so a step back of `lag` cannot reach another session.
    key = trials.session * (int(trials.position.max()) + lag + 1) + trials.position
    found = np.searchsorted(key, key - lag)
    return np.where(key[found] == key - lag, found, NONE).astype(np.int64)


def has_history(trials: ChoiceTrials, n_lags: int) -> BoolArray:
    """Find trials with `n_lags` places before them in their session, boolean array (trial,)."""
    _, first = np.unique(trials.session, return_index=True)
    start = trials.position[first][trials.session]
    return np.asarray(trials.position - start >= n_lags, dtype=np.bool_)


def mask_history(trials: ChoiceTrials, forced_trials: ForcedTrials) -> BoolArray:
    """Select the trials that may be history of a later one (see the module's rules)."""
    if forced_trials not in get_args(ForcedTrials):
        raise AnalysisError(
            f"forced_trials: found {forced_trials!r}, expected 'history' (a forced trial counts as "
            "history but is never predicted) or 'drop' (neither)"
        )
    return trials.valid if forced_trials == "history" else trials.predicted


def require_any(selected: BoolArray, question: str, trials: ChoiceTrials) -> None:
    """Raise `EmptySelectionError` if no trial is selected."""
    if not selected.any():
        counts = trials.counts()
        raise EmptySelectionError(
            f"no trial is left to {question}: of {counts['n_trials_recorded']} trial(s), "
            f"{counts['n_trials_forced']} forced, {counts['n_trials_invalid']} invalid, the rest "
            "without a usable previous trial in the same session"
        )


def _codes(names: np.ndarray) -> tuple[tuple[str, ...], IntArray]:
    """List the names in order of appearance, and find the index of each entry among them."""
    unique, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return tuple(str(n) for n in unique[order]), np.argsort(order)[inverse].astype(np.int64)


def read_flag(recording: xr.Dataset, name: str) -> BoolArray:
    """Read a variable of 0 and 1 on trial; false everywhere if the recording does not have it."""
    if name not in recording:
        return np.zeros(recording.sizes["trial"], dtype=np.bool_)
    flag = read_variable(recording, name)
    check_values(name, flag, np.isin(flag, (0, 1)), "0 or 1")
    return flag.astype(np.bool_)


def check_values(name: str, values: np.ndarray, holds: np.ndarray, expected: str) -> None:
    """Raise `AnalysisError` with the first value on trial for which `holds` is false."""
    if not holds.all():
        first = int(np.flatnonzero(~holds)[0])
        raise AnalysisError(
            f"{name}: found {values[first]!s} at trial {first} ({int(np.sum(~holds))} such "
            f"value(s)), expected {expected}"
        )
