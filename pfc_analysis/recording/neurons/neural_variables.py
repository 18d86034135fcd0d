"""Put counts and traces of all sessions into one recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.neurons.neural_data import NeuralData
from pfc_analysis.recording.neurons.neural_entries import SignalCut, Window
from pfc_analysis.recording.neurons.unit_drift import measure_drift
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.raw_table import RawTable

MOST_BYTES = 4 * 2**30
"""Largest array of counts that is built in memory."""


def add_neurons(
    recording: xr.Dataset,
    tables: Sequence[RawTable],
    rows: np.ndarray,
    windows: Mapping[str, Window],
    signal: SignalCut | None,
) -> xr.Dataset:
    """Add `spike_count` (trial, window, unit) and `signal` (trial, time) to a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        With the trials of all tables.
    tables : sequence of RawTable
        The tables; those with `neural`.
    rows : numpy.ndarray
        Row of the tables put one after another, for every trial.
    windows, signal
        As in the column map.

    Returns
    -------
    xarray.Dataset
        The recording. Units of a table are other units than those of the next: where a session did
        not record a unit, its counts are NaN, and `unit_subject` and `unit_session` say whose
        they are.

    Raises
    ------
    RecordingError
        If the whole would be too large, or traces of tables do not fit together.
    """
    data = [table.neural for table in tables]
    if all(one is None for one in data):
        return recording
    every = [one for one in data if one is not None]
    sizes = [table.size for table in tables]
    if windows:
        recording = _add_counts(recording, every, sizes, rows, windows)
    return _add_signal(recording, tables, every, rows, signal) if signal else recording


def _add_counts(
    recording: xr.Dataset,
    data: Sequence[NeuralData],
    sizes: Sequence[int],
    rows: np.ndarray,
    windows: Mapping[str, Window],
) -> xr.Dataset:
    parts = [one.counts for one in data if one.counts is not None]
    counts = _side_by_side(parts, len(windows))
    place = np.empty_like(rows)
    place[rows] = np.arange(rows.size)
    trials = np.split(place, np.cumsum(sizes)[:-1])
    in_place = bool(np.array_equal(rows, np.arange(rows.size)))
    added = recording.assign(
        spike_count=(("trial", "window", "unit"), counts if in_place else counts[rows])
    )
    drift = np.concatenate([measure_drift(part.sum(axis=1)) for part in parts])
    owners = [_owner(recording, at) for at in trials]
    n_units = [part.shape[2] for part in parts]
    coordinates: dict[str, Any] = {
        "window": ("window", list(windows)),
        "window_event": ("window", [window.event for window in windows.values()]),
        "window_start": ("window", [window.start for window in windows.values()]),
        "window_end": ("window", [window.end for window in windows.values()]),
        "unit": ("unit", np.arange(counts.shape[2])),
        "unit_subject": ("unit", np.repeat([name for name, _ in owners], n_units)),
        "unit_session": ("unit", np.repeat([n for _, n in owners], n_units).astype(np.int32)),
        "drift": ("unit", drift),
    }
    return added.assign_coords(coordinates | _of_units(data, n_units))


def _side_by_side(parts: Sequence[np.ndarray], windows: int) -> np.ndarray:
    """Return counts of all tables, each unit NaN in the tables of other units."""
    n_trials, n_units = sum(len(part) for part in parts), sum(part.shape[2] for part in parts)
    size = 4 * n_trials * windows * n_units
    if size > MOST_BYTES:
        raise RecordingError(
            f"spike_count: found {n_trials} trials, {windows} windows and {n_units} units in "
            f"{len(parts)} sessions, {size / 2**30:.1f} GiB, expected at most "
            f"{MOST_BYTES / 2**30:.0f}. Units of one session have no counts in another: load one "
            "session at a time."
        )
    if len(parts) == 1:
        return parts[0]
    counts = np.full((n_trials, windows, n_units), np.nan, dtype=np.float32)
    trial = unit = 0
    for part in parts:
        counts[trial : trial + len(part), :, unit : unit + part.shape[2]] = part
        trial, unit = trial + len(part), unit + part.shape[2]
    return counts


def _owner(recording: xr.Dataset, trials: np.ndarray) -> tuple[str, int]:
    """Return subject and session of a table's trials; -1 for a table of several sessions."""
    own = recording[["subject", "session"]].isel(trial=trials)
    subjects, sessions = np.unique(own["subject"].values), np.unique(own["session"].values)
    one = len(subjects) == 1
    return (
        str(subjects[0]) if one else "several",
        int(sessions[0]) if one and len(sessions) == 1 else MISSING,
    )


def _of_units(data: Sequence[NeuralData], n_units: Sequence[int]) -> dict[str, Any]:
    """Join what is known of the units of all tables; what a table lacks is unknown there."""
    names = list(dict.fromkeys(name for one in data for name in one.units))
    found: dict[str, Any] = {}
    for name in names:
        parts = [one.units.get(name) for one in data]
        known = [part for part in parts if part is not None]
        is_text = any(part.dtype.kind == "U" for part in known)
        whole = [
            _as_kind(part, is_text, len(known) < len(data), size)
            for part, size in zip(parts, n_units, strict=True)
        ]
        said = next((one.said[name] for one in data if name in one.said), name)
        attributes = {} if name in ("area", "quality") else {"long_name": said}
        found[name] = ("unit", np.concatenate(whole), attributes)
    return found


def _as_kind(part: np.ndarray | None, is_text: bool, with_gaps: bool, size: int) -> np.ndarray:
    if part is None:
        return np.full(size, "unknown" if is_text else np.nan)
    if is_text:
        return part.astype(str)
    if part.dtype.kind == "b":
        part = part.astype(np.int8)
    return part.astype(np.float64) if with_gaps else part


def _add_signal(
    recording: xr.Dataset,
    tables: Sequence[RawTable],
    data: Sequence[NeuralData],
    rows: np.ndarray,
    cut: SignalCut,
) -> xr.Dataset:
    first = data[0]
    assert first.time is not None
    for table, one in zip(tables, data, strict=True):
        assert one.time is not None
        same = one.time.shape == first.time.shape and np.allclose(
            one.time, first.time, atol=1e-3 / first.rate
        )
        if not same or one.signal_units != first.signal_units:
            raise RecordingError(
                f"{table.path}, {cut.series}: found {one.rate:g} samples a second in "
                f"{one.signal_units!r}, expected {first.rate:g} in {first.signal_units!r}, as in "
                f"{tables[0].path}. Load the files one by one, or resample them first."
            )
    values = np.concatenate([one.signal for one in data if one.signal is not None])[rows]
    name = first.signal_name or cut.series
    attributes = {
        "long_name": f"{name}, cut around {cut.event}",
        "units": first.signal_units,
        "rate": first.rate,
        "event": cut.event,
    }
    said = {"long_name": f"time of the sample, from {cut.event}", "units": "s"}
    return recording.assign(signal=(("trial", "time"), values, attributes)).assign_coords(
        time=("time", first.time, said)
    )
