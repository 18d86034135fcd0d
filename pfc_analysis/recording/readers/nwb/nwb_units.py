"""Count the spikes of the units of an NWB file in windows around events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.neurons.spike_windows import (
    are_observed,
    count_in_windows,
    merge_intervals,
    window_edges,
)
from pfc_analysis.recording.readers.nwb.nwb_columns import UnusableColumnError
from pfc_analysis.recording.readers.nwb.nwb_tree import NwbTree
from pfc_analysis.recording.readers.nwb.nwb_unit_table import read_unit_table
from pfc_analysis.recording.schema import RecordingError

_FEWEST = 10
_LONGER = 200
"""A recording so many times as long as the task, of ten trials or more, has another unit of time:
milliseconds are a thousand times as many (a setting of ours)."""

_SORT = "Sort spikes first, or load the trials without windows."


def read_unit_counts(tree: NwbTree, request: NeuralRequest) -> NeuralData:
    """Count spikes of every unit.

    Parameters
    ----------
    tree : NwbTree
        The open file.
    request : NeuralRequest
        With `windows` and the times of their events.

    Returns
    -------
    NeuralData
        With counts, and what the table of units says. A window that is not wholly observed has no
        count: `obs_intervals` of the unit say what was observed; without these, the time from the
        first to the last spike of all units.

    Raises
    ------
    RecordingError
        If there are no units, spike times are not seconds or damaged, or most windows lie outside
        the recording.
    """
    if not tree.has("units/spike_times"):
        found = sorted(tree.names("units")) or "no table of units"
        raise RecordingError(
            f"{tree.path}, units: found {found}, expected spike times of sorted units "
            f"(units/spike_times), since the column map has windows. {_SORT}"
        )
    spikes = _Lists.open(tree, "spike_times")
    trains = [_times(tree, spikes, unit) for unit in range(spikes.size)]
    start, end = window_edges(request.windows, request.events)
    observed, how = _observed(tree, trains)
    counts = np.empty((*start.shape, spikes.size), dtype=np.float32)
    outside = np.zeros(start.shape, dtype=np.int64)
    there = np.isfinite(start)
    for unit, (train, _) in enumerate(trains):
        inside = are_observed(observed[unit], start, end)
        counts[:, :, unit] = np.where(inside, count_in_windows(train, start, end), np.nan)
        outside += there & ~inside
    _check_clocks(tree, _span_of(tree, trains), start, outside, spikes.size)
    units, said, notes = read_unit_table(tree, request.units, spikes.size)
    notes = [*notes, *_describe(request, trains, outside, how)]
    return NeuralData(counts, units, said, notes=tuple(notes))


@dataclass(frozen=True)
class _Lists:
    """A column with a list for each unit: the values one after another, and where lists end."""

    tree: NwbTree
    name: str
    ends: np.ndarray

    @classmethod
    def open(cls, tree: NwbTree, name: str) -> _Lists:
        place = f"units/{name}"
        try:
            n_values = tree.shape(place)[0]
            ends = tree.read(f"{place}_index").astype(np.int64)
        except UnusableColumnError as error:
            raise RecordingError(
                f"{tree.path}, {place}: found {error}, expected a list for each unit. Get the file "
                "again from its source."
            ) from error
        bounds = np.append(0, ends)
        if ends.ndim != 1 or not len(ends) or (np.diff(bounds) < 0).any() or ends[-1] > n_values:
            raise RecordingError(
                f"{tree.path}, {place}_index: found {len(ends)} ends of lists"
                f"{f', the last {ends[-1]}' if len(ends) else ''}, expected at least 1 unit and "
                f"ends that rise up to the {n_values} values of {name}."
            )
        return cls(tree, name, ends)

    @property
    def size(self) -> int:
        return len(self.ends)

    def read(self, unit: int) -> np.ndarray:
        """Return the list of one unit."""
        start = int(self.ends[unit - 1]) if unit else 0
        return self.tree.read(f"units/{self.name}", slice(start, int(self.ends[unit])))


def _times(tree: NwbTree, spikes: _Lists, unit: int) -> tuple[np.ndarray, bool]:
    """Return the spike times of a unit in rising order, and whether they were out of order."""
    times = spikes.read(unit)
    where = f"{tree.path}, units/spike_times, unit {unit}"
    if times.dtype.kind != "f" or times.ndim != 1:
        raise RecordingError(
            f"{where}: found values of {times.dtype} of shape {times.shape}, expected seconds with "
            "decimals, as NWB has them. Are these numbers of samples? Divide them by the sampling "
            "rate."
        )
    if not np.isfinite(times).all():
        at = int(np.flatnonzero(~np.isfinite(times))[0])
        raise RecordingError(
            f"{where}: found {times[at]} as time of spike {at}, expected finite times in s. The "
            "file is damaged, or spikes without a time were not taken out."
        )
    times = times.astype(np.float64)
    is_wrong = bool((np.diff(times) < 0).any())
    return (np.sort(times) if is_wrong else times), is_wrong


def _observed(tree: NwbTree, trains: list[tuple[np.ndarray, bool]]) -> tuple[list[np.ndarray], str]:
    """Return the intervals in which each unit was observed, and how they are known."""
    if not tree.has("units/obs_intervals"):
        first, last = _span_of(tree, trains)
        said = f"from the first to the last spike of all units ({first:.3f} to {last:.3f} s)"
        whole = np.array([[first, last]])
        return [whole] * len(trains), f"{said}, since it has no obs_intervals"
    lists = _Lists.open(tree, "obs_intervals")
    if lists.size != len(trains):
        raise RecordingError(
            f"{tree.path}, units/obs_intervals: found intervals of {lists.size} units, expected "
            f"those of {len(trains)}."
        )
    every = [_intervals(tree, lists, unit) for unit in range(len(trains))]
    return every, "in the obs_intervals of each unit"


def _span_of(tree: NwbTree, trains: list[tuple[np.ndarray, bool]]) -> tuple[float, float]:
    """Return the times of the first and the last spike of all units."""
    spans = [(train[0], train[-1]) for train, _ in trains if train.size]
    if not spans:
        raise RecordingError(
            f"{tree.path}, units/spike_times: found {len(trains)} units without any spike, "
            "expected spikes of one unit at least."
        )
    return min(first for first, _ in spans), max(last for _, last in spans)


def _intervals(tree: NwbTree, lists: _Lists, unit: int) -> np.ndarray:
    found = lists.read(unit)
    fits = found.ndim == 2 and found.shape[1] == 2 and found.dtype.kind in "fiu"
    if not fits or not (found[:, 0] <= found[:, 1]).all():
        raise RecordingError(
            f"{tree.path}, units/obs_intervals, unit {unit}: found {found.tolist()[:3]}, expected "
            "start and end of each interval in s, the start first."
        )
    return merge_intervals(found.astype(np.float64))


def _check_clocks(
    tree: NwbTree, spikes: tuple[float, float], start: np.ndarray, outside: np.ndarray, n_units: int
) -> None:
    """Refuse windows and spikes that seem to be on two clocks, or in two units of time."""
    n_windows = int(np.isfinite(start).sum())
    (first, last), events = spikes, (np.nanmin(start), np.nanmax(start))
    far = len(start) >= _FEWEST and last - first > _LONGER * (events[1] - events[0])
    if outside.sum() <= 0.5 * n_windows * n_units and not far:
        return
    raise RecordingError(
        f"{tree.path}, units/spike_times: found {int(outside.sum())} of {n_windows * n_units} "
        f"windows outside the recording: windows start at {events[0]:.3f} to {events[1]:.3f} s, "
        f"spikes come at {first:.3f} to {last:.3f} s. Expected most windows inside, and a "
        f"recording at most {_LONGER} times as long as the task. Are events and spikes on the same "
        "clock, and both in s (not ms)?"
    )


def _describe(
    request: NeuralRequest,
    trains: list[tuple[np.ndarray, bool]],
    outside: np.ndarray,
    how: str,
) -> list[str]:
    """Say how spikes were counted, and what is missing."""
    said = [
        f"spike_count, {name}: spikes from {w.start:g} to {w.end:g} s after {w.event}"
        + _missing(np.isnan(request.events[w.event]).sum(), request.size, w.event)
        + _cut_off(outside[:, number], len(trains))
        for number, (name, w) in enumerate(request.windows.items())
    ]
    said.append(f"spike_count: a unit is observed {how}")
    silent = sum(train.size == 0 for train, _ in trains)
    if silent:
        said.append(f"spike_count: {silent} of {len(trains)} units have no spike, and count 0")
    unsorted = sum(wrong for _, wrong in trains)
    if unsorted:
        said.append(f"spike_count: spike times of {unsorted} unit(s) were not in order: sorted")
    negative = sum(int((train < 0).sum()) for train, _ in trains)
    if negative:
        said.append(
            f"spike_count: {negative} spike(s) lie before time 0, and count where a window is there"
        )
    return said


def _missing(count: int, trials: int, event: str) -> str:
    return f"; missing on {count} of {trials} trials without {event}" if count else ""


def _cut_off(outside: np.ndarray, units: int) -> str:
    wholly, partly = int((outside == units).sum()), int(((outside > 0) & (outside < units)).sum())
    said = f"; missing on {wholly} trials not observed" if wholly else ""
    return said + (f"; missing in some units on {partly} trials not observed" if partly else "")
