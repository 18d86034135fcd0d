"""Read a trace of an NWB file and cut it around events: photometry, other signals."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.neurons.neural_entries import SignalCut
from pfc_analysis.recording.neurons.trace_cuts import (
    cut_by_times,
    cut_even,
    cut_grid,
    rate_of_times,
)
from pfc_analysis.recording.readers.nwb.nwb_columns import UnusableColumnError
from pfc_analysis.recording.readers.nwb.nwb_tree import NwbTree
from pfc_analysis.recording.schema import RecordingError, did_you_mean

_DEEPEST = 4
_MOST = 30


def list_series(tree: NwbTree) -> list[str]:
    """List the places of the series in acquisition and processing."""
    found: list[str] = []
    waiting = [("acquisition", 0), ("processing", 0)]
    while waiting:
        place, depth = waiting.pop(0)
        for name in sorted(tree.names(place)):
            inside = f"{place}/{name}"
            if tree.has(f"{inside}/data") and not tree.names(f"{inside}/data"):
                found.append(inside)
            elif depth < _DEEPEST:
                waiting.append((inside, depth + 1))
    return found


def read_signal(tree: NwbTree, request: NeuralRequest) -> NeuralData:
    """Cut a trace around the event of each trial.

    Parameters
    ----------
    tree : NwbTree
        The open file.
    request : NeuralRequest
        With `signal` and the times of its event.

    Returns
    -------
    NeuralData
        With signal, time, rate, and the unit that the file gives. Values are data * conversion +
        offset, as NWB defines them.

    Raises
    ------
    RecordingError
        If there is no such series, it holds several traces and the column map does not say which,
        has no clock, or no cut lies inside it.
    """
    cut = request.signal
    assert cut is not None
    place = _find_place(tree, cut.series)
    where = f"{tree.path}, {place}"
    try:
        values, about, said = _trace(tree, place, cut)
        first, rate, times = _clock(tree, place, where, len(values))
    except UnusableColumnError as error:
        raise RecordingError(
            f"{where}: found {error}, expected a trace with its values and its clock. Get the file "
            "again from its source."
        ) from error
    grid = cut_grid(cut.start, cut.end, rate)
    if len(grid) < 2:
        raise RecordingError(
            f"{where}: found {rate:g} samples a second, so that {len(grid)} lie from {cut.start:g} "
            f"to {cut.end:g} s, expected 2 or more. Choose a longer cut."
        )
    events = request.events[cut.event]
    if times is None:
        signal = cut_even(values, first, rate, events, grid)
    else:
        signal = cut_by_times(values, times, rate, events, grid)
    _check_inside(where, signal, events, first, first + (len(values) - 1) / rate, cut)
    return NeuralData(
        signal=signal,
        time=grid / rate,
        rate=rate,
        signal_units=str(about.get("unit", "n.a.")) or "n.a.",
        signal_name=str(tree.attributes(place).get("description", "")).strip() or place,
        notes=tuple(_describe(signal, events, cut, place, rate, times is not None) + said),
    )


def _find_place(tree: NwbTree, asked: str) -> str:
    """Return the place of a series that is asked for by place or by name."""
    places = list_series(tree)
    asked = asked.strip("/")
    fits = [place for place in places if asked in (place, place.rpartition("/")[2])]
    if len(fits) == 1:
        return fits[0]
    shown = ", ".join((fits or places)[:_MOST]) or "none"
    if fits:
        raise RecordingError(
            f"{tree.path}: found {len(fits)} series called {asked!r}, expected one. Give its place "
            f"in the column map: signal = {{ series = PLACE, .. }}, one of {shown}."
        )
    raise RecordingError(
        f"{tree.path}: found no series {asked!r}{did_you_mean(asked, places)}, expected one, as "
        f"`signal` of the column map says. There are {shown}. (A series that is a link to another "
        "file is not read.)"
    )


def _trace(
    tree: NwbTree, place: str, cut: SignalCut
) -> tuple[np.ndarray, dict[str, Any], list[str]]:
    """Return the values of one trace, in the unit of the file."""
    data = f"{place}/data"
    shape, about = tree.shape(data), tree.attributes(data)
    where = f"{tree.path}, {place}"
    traces = shape[1] if len(shape) == 2 else 1
    if len(shape) not in (1, 2) or not traces or shape[0] < 2:
        raise RecordingError(
            f"{where}: found an array of shape {shape}, expected one trace (time) or several side "
            "by side (time, trace), of 2 samples or more."
        )
    if (cut.column is None and traces > 1) or (cut.column or 0) >= traces:
        found = "no column" if cut.column is None else f"column {cut.column}"
        raise RecordingError(
            f"{where}: found {traces} traces side by side and {found} in the column map, expected "
            f"one of them: signal = {{ .., column = 0 }}, up to {traces - 1}."
        )
    part = (slice(None), cut.column or 0) if len(shape) == 2 else ...
    values = tree.read(data, part)
    if values.dtype.kind not in "fiu":
        raise UnusableColumnError(f"values of {values.dtype}")
    factor, offset = (_number(about, key, default) for key, default in _SCALE.items())
    said = []
    if (factor, offset) != (1.0, 0.0):
        said.append(f"signal: values of the file, times {factor:g}, plus {offset:g}")
    values = values.astype(np.float64) * factor + offset
    values[np.isinf(values)] = np.nan
    return values, about, said


_SCALE = {"conversion": 1.0, "offset": 0.0}


def _number(about: dict[str, Any], key: str, default: float) -> float:
    try:
        value = float(np.asarray(about.get(key, default)).item())
    except (ValueError, TypeError) as error:
        raise UnusableColumnError(f"the attribute {key} = {about.get(key)!r}") from error
    return value if np.isfinite(value) else default


def _clock(
    tree: NwbTree, place: str, where: str, size: int
) -> tuple[float, float, np.ndarray | None]:
    """Return time of the first sample, rate, and times of the samples where they are uneven."""
    if tree.has(f"{place}/timestamps"):
        times = tree.read(f"{place}/timestamps").astype(np.float64)
        if times.shape != (size,):
            raise RecordingError(
                f"{where}/timestamps: found {times.size} times, expected one for each of {size} "
                "samples."
            )
        rate, is_even = rate_of_times(times, f"{where}/timestamps")
        return float(times[0]), rate, None if is_even else times
    if not tree.has(f"{place}/starting_time"):
        raise RecordingError(
            f"{where}: found neither timestamps nor starting_time, expected one of them, to know "
            "when samples were taken."
        )
    first = float(tree.read(f"{place}/starting_time").ravel()[0])
    rate = _number(tree.attributes(f"{place}/starting_time"), "rate", 0.0)
    if not rate > 0:
        raise RecordingError(
            f"{where}/starting_time: found rate {rate:g}, expected samples a second, above 0."
        )
    return first, rate, None


def _check_inside(
    where: str, signal: np.ndarray, events: np.ndarray, first: float, last: float, cut: SignalCut
) -> None:
    if np.isfinite(signal).any():
        return
    raise RecordingError(
        f"{where}: found no trial whose cut lies inside the trace: {cut.event} at "
        f"{np.nanmin(events):.3f} to {np.nanmax(events):.3f} s, samples from {first:.3f} to "
        f"{last:.3f} s. Expected some. Are they on the same clock, and both in s (not ms)?"
    )


def _describe(
    signal: np.ndarray, events: np.ndarray, cut: SignalCut, place: str, rate: float, jitters: bool
) -> list[str]:
    """Say how the trace was cut, and where it is missing."""
    none = int(np.isnan(events).sum())
    whole = np.isnan(signal).all(axis=1) & np.isfinite(events)
    some = int((np.isnan(signal).any(axis=1) & ~np.isnan(signal).all(axis=1)).sum())
    said = f"signal: {place} at {rate:g} samples a second, cut around {cut.event}; sample 0 is the "
    said += "one nearest the event, so times are right to half a sample"
    said += "; times jitter or have gaps, so the nearest sample of each time was taken" * jitters
    said += f"; missing on {none} of {len(events)} trials without {cut.event}" if none else ""
    said += f"; missing on {int(whole.sum())} trials outside the trace" if whole.any() else ""
    return [said + (f"; some samples are missing on {some} trials" if some else "")]
