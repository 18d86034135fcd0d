"""Entries of a column map that say where the neurons are: windows, counts, units, signal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pfc_analysis.recording.mapping.column_entries import (
    build_entry,
    check_column_name,
    map_fault,
)

DIMS = ("trial", "window", "unit")
"""Dimensions of an array of counts."""

_WINDOW = '[EVENT_COLUMN, START, END] in seconds, such as outcome = ["outcome_time", 0.0, 0.6]'


@dataclass(frozen=True)
class Window:
    """A window of time around an event of the trial.

    Parameters
    ----------
    event : str
        Column with the time of the event, in seconds; beside `counts` the name of the event.
    start, end : float
        Seconds from the event. A spike counts if start <= its time - event < end.
    """

    event: str
    start: float
    end: float


@dataclass(frozen=True)
class CountArray:
    """An array of spike counts that lies beside the table of trials.

    Parameters
    ----------
    array : str
        Its name in the file.
    dims : tuple of str
        Its dimensions in their order, "trial", "unit" and "window"; where they are left out, they
        are recognised by their lengths.
    """

    array: str
    dims: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_column_name("counts, array", self.array)
        dims = tuple(self.dims) if isinstance(self.dims, (list, tuple)) else (self.dims,)
        if dims and not (
            {"trial", "unit"} <= set(dims) <= set(DIMS) and len(set(dims)) == len(dims)
        ):
            raise map_fault("counts, dims", repr(self.dims), f"each of {list(DIMS)} once")
        object.__setattr__(self, "dims", dims)


@dataclass(frozen=True)
class SignalCut:
    """A trace that is cut around an event of the trial.

    Parameters
    ----------
    series : str
        Its place in the NWB file, such as "acquisition/photometry", or its name where only one
        series has it.
    event : str
        Column with the time of the event, in seconds.
    start, end : float
        First and last time of the cut, in seconds from the event.
    column : int, optional
        Which trace, counted from 0, of a series with several.
    """

    series: str
    event: str
    start: float
    end: float
    column: int | None = None

    def __post_init__(self) -> None:
        check_column_name("signal, series", self.series)
        check_column_name("signal, event", self.event)
        start, end = _span("signal", self.start, self.end)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)
        which = self.column
        if which is not None and (isinstance(which, bool) or not isinstance(which, int)):
            raise map_fault("signal, column", repr(which), "a whole number, 0 or more")
        if which is not None and which < 0:
            raise map_fault("signal, column", repr(which), "a whole number, 0 or more")


def as_windows(given: Any) -> dict[str, Window]:
    """Take `windows` of a column map: by name, the event column, start and end."""
    if not isinstance(given, Mapping):
        raise map_fault("windows", repr(given), f"a table of windows by name, each {_WINDOW}")
    return {_window_name(name): _as_window(name, entry) for name, entry in given.items()}


def _window_name(name: Any) -> str:
    check_column_name("windows", name)
    return str(name)


def _as_window(name: str, entry: Any) -> Window:
    if isinstance(entry, Window):
        parts: list[Any] = [entry.event, entry.start, entry.end]
    elif isinstance(entry, Mapping):
        built: Window = build_entry(Window, entry, f"windows, {name}")
        parts = [built.event, built.start, built.end]
    else:
        parts = list(entry) if isinstance(entry, (list, tuple)) else []
    if len(parts) != 3 or not isinstance(parts[0], str) or not parts[0]:
        raise map_fault(f"windows, {name}", repr(entry), _WINDOW)
    return Window(parts[0], *_span(f"windows, {name}", parts[1], parts[2]))


def _span(where: str, start: Any, end: Any) -> tuple[float, float]:
    """Check that a window has a start before its end, both in seconds."""
    for value in (start, end):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise map_fault(where, repr(value), "seconds from the event, a finite number")
    if not start < end:
        raise map_fault(where, f"start {start} and end {end}", "a start before the end")
    if max(abs(start), abs(end)) > 3600:
        raise map_fault(
            where,
            f"start {start} and end {end}",
            "seconds, at most an hour. Are these milliseconds?",
        )
    return float(start), float(end)


def as_counts(given: Any) -> CountArray | None:
    """Take `counts` of a column map: the name of an array, or a mapping with its dimensions."""
    if given is None or isinstance(given, CountArray):
        return given
    if isinstance(given, str):
        return CountArray(given)
    built: CountArray = build_entry(CountArray, given, "counts")
    return built


def as_signal(given: Any) -> SignalCut | None:
    """Take `signal` of a column map."""
    if given is None or isinstance(given, SignalCut):
        return given
    built: SignalCut = build_entry(SignalCut, given, "signal")
    return built


def as_units(given: Any) -> dict[str, str]:
    """Take `units` of a column map: by name, the column or array with one value for each unit."""
    if not isinstance(given, Mapping):
        raise map_fault("units", repr(given), 'columns by name, such as { area = "location" }')
    for name, column in given.items():
        check_column_name("units", name)
        check_column_name(f"units, {name}", column)
        if not str(name).isidentifier():
            raise map_fault("units", repr(name), "a name of letters, digits and underscores")
    return dict(given)


def check_together(
    windows: Mapping[str, Window], counts: CountArray | None, units: Mapping[str, str]
) -> None:
    """Raise if entries lack one that they need."""
    if counts is not None and not windows:
        raise map_fault(
            "counts",
            "it without windows",
            "the windows of the array in their order, each as name = [EVENT, START, END] in "
            'seconds: windows = { "before cue" = ["cue", -0.5, 0.0] }',
        )
    if units and not windows:
        raise map_fault("units", "it without windows", "windows, in which spikes are counted")
