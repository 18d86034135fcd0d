"""Find the phases of a schedule, and which trials of each phase count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import read_variable
from pfc_analysis.analysis.trials.side_signal import SideTable

REGIMES = ("stable", "volatile")

ALL_TRIALS = "all trials"
"""The one phase of a recording without regimes."""


@dataclass(frozen=True)
class Phases:
    """The phases of sessions.

    Attributes
    ----------
    names, regimes : list of str
        Of each phase, in the order played; regimes are "stable", "volatile", or "none" where the
        recording has no regimes.
    first, last : integer arrays (phase,)
        Trials in the session, from 0.
    first_counted : array (phase,)
        First trial that counts; NaN where it differs between sessions.
    window : integer array (session, trial in session)
        Phase in which a trial counts; -1 where it counts in none.
    """

    names: list[str]
    regimes: list[str]
    first: IntArray
    last: IntArray
    first_counted: NumberArray
    window: IntArray


def find_phases(table: SideTable, recording: xr.Dataset, counted: float) -> Phases:
    """Find the phases of a recording.

    Parameters
    ----------
    table : SideTable
        Of the recording.
    recording : xarray.Dataset
        `regime` (0 stable, 1 volatile) on `trial`, the same in all sessions. Without it all trials
        are one phase, and sessions may differ in length.
    counted : float
        Share of each phase, its last part, that counts. Where all trials are one phase, it is
        a share of the session's valid choices, so that trials without a choice change nothing.

    Returns
    -------
    Phases

    Raises
    ------
    AnalysisError
        If sessions differ in their regimes.
    """
    if "regime" not in recording:
        return _take_all_trials(table, counted)
    regime = _read_schedule(recording, table)
    first = np.flatnonzero(np.append(True, np.diff(regime) != 0))
    stop = np.append(first[1:], regime.size)
    begins = stop - np.ceil(counted * (stop - first)).astype(np.int64)
    window = np.full(regime.size, -1)
    for phase, (low, high) in enumerate(zip(begins, stop, strict=True)):
        window[low:high] = phase
    return Phases(
        names=_name_phases(regime[first]),
        regimes=[REGIMES[code] for code in regime[first]],
        first=first,
        last=stop - 1,
        first_counted=begins,
        window=np.broadcast_to(window, table.choice.shape),
    )


def _take_all_trials(table: SideTable, counted: float) -> Phases:
    """Make one phase of all trials, in which the last of each session's choices count."""
    valid = table.choice >= 0
    to_end = valid[:, ::-1].cumsum(axis=1)[:, ::-1]
    n_counted = np.ceil(counted * valid.sum(axis=1)).astype(np.int64)
    window = np.where(valid & (to_end <= n_counted[:, None]), 0, -1)
    begins = np.unique(np.argmax(window == 0, axis=1))
    return Phases(
        names=[ALL_TRIALS],
        regimes=["none"],
        first=np.zeros(1, np.int64),
        last=np.array([table.choice.shape[1] - 1]),
        first_counted=begins if begins.size == 1 else np.array([np.nan]),
        window=window.astype(np.int64),
    )


def _read_schedule(recording: xr.Dataset, table: SideTable) -> IntArray:
    """Read the regime by trial in session, which must be the same in all sessions."""
    regime = read_variable(recording, "regime")
    by_session = table.sort(regime.astype(np.int64), -1)
    same = (by_session == by_session[0]).all(axis=1)
    if not same.all() or not np.isin(by_session[0], (0, 1)).all():
        differs = int(np.argmin(same))
        raise AnalysisError(
            f"regime: found sessions of different phases (session {differs} of the recording is "
            "not like the first), or codes other than 0 (stable) and 1 (volatile); expected one "
            "schedule in all sessions; record the task's 'stable_first' and 'volatile_first' "
            "separately"
        )
    return np.asarray(by_session[0], dtype=np.int64)


def _name_phases(regime: IntArray) -> list[str]:
    """Name phases 'stable' or 'volatile', with a number where a regime occurs more than once."""
    names = [REGIMES[code] for code in regime]
    if len(set(names)) == len(names):
        return names
    return [f"{name} {names[: k + 1].count(name)}" for k, name in enumerate(names)]
