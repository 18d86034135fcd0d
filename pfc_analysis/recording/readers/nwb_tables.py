"""What is read of an NWB file: the columns of its table of trials, checked, and its session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.schema import RecordingError, did_you_mean, plain_text

ABOUT = ("identifier", "session_id", "protocol", "institution", "species")
"""What a file may say of its session, beside subject and start."""

PLACES = {name: f"general/{name}" for name in ABOUT} | {
    "identifier": "identifier",
    "species": "general/subject/species",
    "subject": "general/subject/subject_id",
    "start": "session_start_time",
}
"""Where a file says it, subject and start included."""

_OTHER_KINDS = {
    "DynamicTableRegion": "rows of another table",
    "EnumData": "codes whose meaning lies in another array",
    "VectorIndex": "the ends of the lists in another column",
}
_REDUCE = (
    "Reduce it to one number or text per trial and write that to the file as a column of its own."
)


@dataclass(frozen=True)
class TrialsTable:
    """Columns of the table of trials of one session, and what the file says of the session.

    Attributes
    ----------
    path : Path
        The file.
    subject : str
        general/subject/subject_id; empty where the file names none.
    start : datetime
        When the session started; without a time zone where the file gives none.
    about : mapping of str to str
        The entries of `ABOUT`; empty where the file does not say.
    columns : mapping of str to numpy.ndarray
        Those asked for, on trial: booleans, numbers or text.
    size : int
        Number of trials.
    """

    path: Path
    subject: str
    start: datetime
    about: Mapping[str, str]
    columns: Mapping[str, np.ndarray]
    size: int

    def fault(self, column: str, found: str, expected: str) -> RecordingError:
        """Return the error that says what is wrong with a column."""
        return column_fault(self.path, column, found, expected)


def column_fault(path: Path, column: str, found: str, expected: str) -> RecordingError:
    """Return the error that says what is wrong with a column of a file."""
    return RecordingError(f"{path}, column {column!r}: found {found}, expected {expected}.")


def table_fault(path: Path, table: str, tables: Collection[str]) -> RecordingError:
    """Return the error of a table that is not there."""
    return RecordingError(
        f"{path}: found no table {table!r}{did_you_mean(table, tables)}, only "
        f"the intervals {sorted(tables)}. Expected one row per trial there; name another table "
        "with `table`."
    )


def missing_column(path: Path, name: str, known: Collection[str]) -> RecordingError:
    """Return the error of a column that is not there."""
    return RecordingError(
        f"{path}: the table has no column {name!r}{did_you_mean(name, known)}. It has "
        f"{', '.join(known)}."
    )


def check_kind(path: Path, name: str, kind: str) -> None:
    """Refuse the columns whose numbers are not the values themselves."""
    if kind in _OTHER_KINDS:
        raise column_fault(
            path,
            name,
            f"{kind}, which holds {_OTHER_KINDS[kind]}",
            f"the values themselves (VectorData). {_REDUCE[:-1]}",
        )


def ragged_fault(path: Path, name: str) -> RecordingError:
    """Return the error of a column that holds a list per trial."""
    return column_fault(
        path, name, "a list of values per trial (a ragged column)", f"one value. {_REDUCE[:-1]}"
    )


def plain_values(path: Path, name: str, values: Any) -> np.ndarray:
    """Booleans, numbers and text as numpy holds them; anything else is refused."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise column_fault(
            path, name, f"an array of shape {array.shape}", f"one value per trial. {_REDUCE[:-1]}"
        )
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    if array.dtype.kind == "O" and all(isinstance(entry, str) for entry in array):
        return plain_text(array)
    if array.dtype.kind in "UT":
        return plain_text(array)
    if array.dtype.kind not in "biuf":
        raise column_fault(path, name, f"values of {array.dtype}", "booleans, numbers or text")
    return array


def checked_table(
    path: Path,
    subject: str,
    start: str | None,
    about: Mapping[str, str],
    columns: Mapping[str, np.ndarray],
    size: int,
) -> TrialsTable:
    """Put the table together and check what does not depend on the way it was read."""
    if size == 0:
        raise RecordingError(
            f"{path}: found 0 trials in the table, expected at least 1. Was the session broken off?"
        )
    for name, values in columns.items():
        if len(values) != size:
            raise column_fault(path, name, f"{len(values)} value(s)", f"{size}, one per trial")
    try:
        when = datetime.fromisoformat(start or "")
    except ValueError as error:
        raise RecordingError(
            f"{path}: found session_start_time {start!r}, expected a date and time such as "
            "'2024-06-12T11:10:53-07:00' (ISO 8601)."
        ) from error
    return TrialsTable(path, subject, when, dict(about), columns, size)
