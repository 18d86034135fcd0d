"""Average values over sessions of one schedule, trial by trial, and measure how phases differ."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.analysis.trials.choice_trials import read_variable
from pfc_analysis.analysis.trials.unit_design import read_sessions

BEFORE = 25
"""Trials before a change of regime, with which later trials are compared."""

AFTER = (10, 25)
"""Range of trials after the change, late enough for the subject to have noticed it."""


@labelled
def compute_schedule_mean(values: xr.DataArray) -> xr.Dataset:
    """Average values over the sessions of each subject, trial by trial.

    Parameters
    ----------
    values : xarray.DataArray
        On `trial`, with coordinates `subject`, `session` and `trial_in_session`; all sessions whole
        and equally long.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `trial_in_session`), counted from 0: `mean`, `lower` and `upper` (95 %,
        Student's t over sessions; NaN for one session); `n_sessions` on `subject`.

    Raises
    ------
    AnalysisError
        If values are on other dimensions, or sessions lack trials or differ in length.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver(), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=12, seed=1, subject="observer")
    >>> result = pfc.analysis.compute_schedule_mean(recording["reward"])
    >>> print(result["mean"].dims, result["mean"].shape, result["n_sessions"].item())
    ('subject', 'trial_in_session') (1, 200) 12
    """
    table, owner, names = _lay_out(values)
    parts = []
    for k, name in enumerate(names):
        own = xr.DataArray(table[owner == k], dims=("session", "trial_in_session"))
        mean = compute_subject_mean(own, "session")[["mean", "lower", "upper"]]
        parts.append(mean.assign(n_sessions=len(own)).assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    result.attrs["interval"] = "95 %, Student's t over sessions"
    return result.assign_coords(trial_in_session=np.arange(table.shape[1]))


@labelled
def compute_switch_rise(
    values: xr.DataArray,
    recording: xr.Dataset,
    before: int = BEFORE,
    after: tuple[int, int] = AFTER,
) -> xr.Dataset:
    """Compute by how much values rise when the regime changes for the first time in a session.

    Parameters
    ----------
    values : xarray.DataArray
        As for `compute_schedule_mean`; for instance decoded volatility.
    recording : xarray.Dataset
        `regime` (0 stable, 1 volatile) on the same trials.
    before : int
        Number of trials before the change whose mean is subtracted, at least 1.
    after : pair of int
        Trials after the change whose mean is taken: from the first (0 is the change itself) up to,
        but without, the second.

    Returns
    -------
    xarray.Dataset
        On `subject`: `rise` (mean over sessions), `lower`, `upper` (95 %, Student's t over
        sessions; NaN for one session), `n_sessions`.

    Raises
    ------
    MissingVariableError
        If `regime` is missing.
    AnalysisError
        As `compute_schedule_mean`; or if a session's regime never changes, or has too few trials
        before or after the change.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver("stable_first"), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=12, seed=1, subject="observer")
    >>> belief = pfc.analysis.compute_hazard_belief(recording, observer)
    >>> rise = pfc.analysis.compute_switch_rise(belief["volatility"], recording, 20, (20, 60))
    >>> bool(rise["rise"].sel(subject="observer") > 0)
    True

    The observer takes the world to be more volatile after the change.
    """
    table, owner, names = _lay_out(values)
    n_trials = table.shape[1]
    regime = read_variable(recording, "regime").astype(np.int64).reshape(-1, n_trials)
    changes = np.diff(regime, axis=1) != 0
    switch = np.where(changes.any(axis=1), changes.argmax(axis=1) + 1, -1)
    first, last = after
    fits = (switch >= before) & (switch + last <= n_trials)
    if before < 1 or not 0 <= first < last or not fits.all():
        raise AnalysisError(
            f"regime: found its first change at trials {switch.min()} to {switch.max()} of "
            f"{n_trials} (-1 for none), expected {before} trials before it and {last} after it in "
            "every session; choose other windows, before and after, or leave sessions out"
        )
    place = np.arange(n_trials) - switch[:, None]
    rise = _mean_where(table, (place >= first) & (place < last))
    rise -= _mean_where(table, (place < 0) & (place >= -before))
    parts = []
    for k, name in enumerate(names):
        own = xr.DataArray(rise[owner == k], dims="session")
        mean = compute_subject_mean(own, "session")[["mean", "lower", "upper"]]
        mean = mean.rename(mean="rise").assign(n_sessions=own.size)
        parts.append(mean.assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    result.attrs = {
        "interval": "95 %, Student's t over sessions",
        "before": int(before),
        "after": [int(first), int(last)],
    }
    return result


@labelled
def find_first_side(recording: xr.Dataset) -> xr.DataArray:
    """Find the arm that is the better one when its session begins.

    Parameters
    ----------
    recording : xarray.Dataset
        `reward_probability` on (`trial`, `arm`), with coordinates `subject`, `session` and
        `trial_in_session`; all sessions whole and equally long.

    Returns
    -------
    xarray.DataArray
        Index of the arm on `trial`, the same in all trials of a session. It serves to align
        sessions of one schedule that begin with different sides.

    Raises
    ------
    MissingVariableError
        If `reward_probability` is missing.
    AnalysisError
        As `compute_schedule_mean`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver(), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=3, seed=1, subject="observer")
    >>> side = pfc.analysis.find_first_side(recording)
    >>> print(side.groupby("session").first().values)
    [0 1 1]
    """
    read_variable(recording, "reward_probability")
    better = recording["reward_probability"].argmax("arm")
    table = _lay_out(better)[0].astype(np.int64)
    first = np.repeat(table[:, 0], table.shape[1])
    return better.copy(data=first).rename("first_side")


def _lay_out(values: xr.DataArray) -> tuple[FloatArray, IntArray, list[str]]:
    """Arrange values (session, trial in session), with the subject of each session, and names."""
    if values.dims != ("trial",):
        raise AnalysisError(
            f"{values.name or 'values'}: found dimensions {listed(values.dims)}, expected 'trial' "
            "alone; choose one of the others"
        )
    session = read_sessions(None, values)
    first = np.flatnonzero(np.append(True, np.diff(session) != 0))
    counts = np.diff(np.append(first, session.size))
    n_trials = int(counts[0])
    place = values["trial_in_session"].values
    if (counts != n_trials).any() or first.size != np.unique(session).size:
        raise AnalysisError(
            f"session: found sessions of {counts.min()} to {counts.max()} trials, or not in order, "
            "expected equally long ones, one after the other"
        )
    if not np.array_equal(place, np.tile(np.arange(n_trials), counts.size)):
        raise AnalysisError(
            "trial_in_session: found sessions that lack trials, expected 0 to "
            f"{n_trials - 1} in each"
        )
    subject = values["subject"].values[first].astype(str)
    names = list(dict.fromkeys(map(str, subject)))
    owner = np.array([names.index(str(name)) for name in subject], dtype=np.int64)
    return values.values.reshape(-1, n_trials).astype(np.float64), owner, names


def _mean_where(table: FloatArray, taken: np.ndarray) -> FloatArray:
    """Average each row over the entries taken; every row has the same number of them."""
    return np.asarray((table * taken).sum(axis=1) / taken.sum(axis=1))
