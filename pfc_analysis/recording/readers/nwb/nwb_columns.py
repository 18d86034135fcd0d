"""Check the columns of an NWB table of trials, and build a table from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.schema import RecordingError, did_you_mean, plain_text
from pfc_analysis.recording.tables.raw_table import RawTable

ABOUT = ("identifier", "session_id", "protocol", "institution", "species")
"""Metadata of a session in a file, besides subject and start."""

PLACES = {name: f"general/{name}" for name in ABOUT} | {
    "identifier": "identifier",
    "species": "general/subject/species",
    "subject": "general/subject/subject_id",
    "start": "session_start_time",
}
"""Place of each of these in a file, and of subject and start."""

_OTHER_KINDS = {
    "DynamicTableRegion": "rows of another table",
    "EnumData": "codes whose meaning lies in another array",
    "VectorIndex": "the ends of the lists in another column",
}
MOST_BYTES = 2**32
"""A column that claims to be larger is not read: no table of trials is."""

RAGGED = "a list of values per trial (a ragged column)"


class UnusableColumnError(Exception):
    """A column does not hold one plain value per trial; the message says what it holds."""


def table_fault(path: Path, table: str, tables: Collection[str]) -> RecordingError:
    """Return the error of a table that is not there."""
    return RecordingError(
        f"{path}: found no table {table!r}{did_you_mean(table, tables)}, only "
        f"the intervals {sorted(tables)}. Expected one row per trial there; name another table "
        "with `table`."
    )


def check_kind(kind: str) -> None:
    """Refuse columns whose numbers are not values but references or codes."""
    if kind in _OTHER_KINDS:
        raise UnusableColumnError(f"{kind}, which holds {_OTHER_KINDS[kind]}")


def plain_values(values: Any) -> np.ndarray:
    """Booleans, numbers and text as numpy holds them; anything else is refused."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise UnusableColumnError(f"an array of shape {array.shape}")
    if array.dtype.kind == "O" and all(isinstance(entry, bytes) for entry in array):
        array = np.array([entry.decode("utf-8", "replace") for entry in array], dtype=object)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    if array.dtype.kind == "O" and all(isinstance(entry, str) for entry in array):
        return plain_text(array)
    if array.dtype.kind in "UT":
        return plain_text(array)
    if array.dtype.kind not in "biuf":
        raise UnusableColumnError(f"values of {array.dtype}")
    return array


def build_table(
    path: Path,
    table: str,
    said: Mapping[str, str | None],
    names: Collection[str],
    read: Callable[[str], np.ndarray],
    size: int,
) -> RawTable:
    """Put a table together and check what does not depend on the way it was read.

    Parameters
    ----------
    path : Path
        The file.
    table : str
        Name of the table among the intervals.
    said : mapping
        What the file says, by the names of `PLACES`.
    names : collection of str
        Its columns.
    read : callable
        Reads a column by name, or raises `UnusableColumnError`.
    size : int
        Number of trials.

    Returns
    -------
    RawTable
        The subject is in `constants`, where the file names it.
    """
    if size == 0:
        raise RecordingError(
            f"{path}: found 0 trials in the table, expected at least 1. Was the session aborted?"
        )
    columns, unusable = {}, {}
    for name in names:
        try:
            values = read(name)
            if len(values) != size:
                raise UnusableColumnError(f"{len(values)} value(s) for {size} trials")
            columns[name] = values
        except UnusableColumnError as error:
            unusable[name] = str(error)
    start = said["start"] or ""
    try:
        datetime.fromisoformat(start)
    except ValueError as error:
        raise RecordingError(
            f"{path}: found session_start_time {said['start']!r}, expected a date and time such as "
            "'2024-06-12T11:10:53-07:00' (ISO 8601)."
        ) from error
    about = {name: text for name in ABOUT if (text := said[name])}
    return RawTable(
        path,
        size,
        columns,
        place=f"intervals/{table}",
        unusable=unusable,
        constants={"subject": said["subject"]} if said["subject"] else {},
        about=about | {"session_start": start},
    )
