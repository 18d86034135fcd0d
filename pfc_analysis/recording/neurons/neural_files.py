"""Read what neurons did beside tables of trials, as a column map says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.neurons.neural_data import NeuralRequest
from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable

_TIME = "the time of the event in s, or nothing where it did not happen"


def attach_neurons(
    tables: Sequence[RawTable], columns: ColumnMap, formats: Mapping[Path, Format]
) -> list[RawTable]:
    """Read spikes, counts and traces beside tables of trials.

    Parameters
    ----------
    tables : sequence of RawTable
        The trials.
    columns : ColumnMap
        Its fields windows, counts, units and signal.
    formats : mapping of Path to Format
        The format of each file.

    Returns
    -------
    list of RawTable
        The same tables, with `neural` where the column map asks for it.

    Raises
    ------
    RecordingError
        If a file has no such data, or they do not fit the trials; the message names file and place.
    """
    if not columns.windows and columns.signal is None:
        return list(tables)
    paths = [table.path for table in tables]
    doubled = [path for path in paths if paths.count(path) > 1]
    if doubled:
        raise RecordingError(
            f"{doubled[0]}: found {paths.count(doubled[0])} tables of trials, expected one, since "
            "windows, counts and signal of the column map are read beside one table. Pick it with "
            "`table`."
        )
    return [_with_neurons(table, columns, formats.get(table.path)) for table in tables]


def _with_neurons(table: RawTable, columns: ColumnMap, found: Format | None) -> RawTable:
    if found is None or found.read_neural is None:
        title = "a table in memory" if found is None else found.title
        raise RecordingError(
            f"{table.where}: found {title} and, in the column map, windows or a signal; expected "
            "NWB (spike times, traces), or MATLAB or npz (arrays of counts). Leave out windows, "
            "counts, units and signal to load the trials alone."
        )
    return replace(table, neural=found.read_beside(table.path, _request(table, columns)))


def _request(table: RawTable, columns: ColumnMap) -> NeuralRequest:
    names = [] if columns.counts else [window.event for window in columns.windows.values()]
    names += [columns.signal.event] if columns.signal else []
    return NeuralRequest(
        table.size,
        columns.windows,
        columns.counts,
        columns.signal,
        columns.units,
        {name: _times(table, name) for name in dict.fromkeys(names)},
    )


def _times(table: RawTable, name: str) -> np.ndarray:
    """Read the times of an event; at least one must have happened."""
    times = table.numbers(name, _TIME)
    table.check(name, ~np.isinf(times), _TIME)
    if np.isnan(times).all():
        raise table.fault(name, f"no time in any of {table.size} trials", "times of the event in s")
    return times


def read_with_neurons(
    paths: Sequence[Path], columns: ColumnMap, table: str | None = None
) -> list[RawTable]:
    """Read the table of trials of each file, and what neurons did beside it.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    columns : ColumnMap
        What is to be read.
    table : str, optional
        Which table, of a file with several.

    Returns
    -------
    list of RawTable
        One for each file.

    Raises
    ------
    RecordingError
        As of the format's reader and `attach_neurons`.
    """
    formats = {path: detect_format(path) for path in paths}
    tables = [one for path, found in formats.items() for one in found.read_tables(path, table)]
    return attach_neurons(tables, columns, formats)
