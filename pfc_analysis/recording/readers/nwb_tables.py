"""Find the table of trials in an NWB file and read columns of it, by h5py or by pynwb.

NWB 2 lies in HDF5: a table is a group, a column an array in it, and every object says in its
attribute `neurodata_type` what it is. h5py reads that layout with nothing but what this toolkit
needs anyway, in milliseconds, only the columns that are asked for, and it loads no code or schema
that a file brings along. So `engine="auto"` takes h5py for every NWB 2 file, and turns to pynwb
(the extra `nwb`) for the layouts of later versions. Both give the same values, and both refuse
the same: nothing is followed that leads out of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from pfc_analysis.recording.readers.nwb_files import (
    as_text,
    open_nwb,
    read_version,
    refuse_links,
    text_at,
)
from pfc_analysis.recording.schema import RecordingError, did_you_mean, plain_text

if TYPE_CHECKING:
    import h5py

Engine = Literal["auto", "h5py", "pynwb"]

ABOUT = ("identifier", "session_id", "protocol", "institution", "species")
"""What a file may say of its session, beside subject and start."""

_PLACES = {name: f"general/{name}" for name in ABOUT} | {
    "identifier": "identifier",
    "species": "general/subject/species",
    "subject": "general/subject/subject_id",
    "start": "session_start_time",
}
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


def read_trials_table(
    path: str | Path, columns: Collection[str], table: str = "trials", engine: Engine = "auto"
) -> TrialsTable:
    """Read columns of a table of trials.

    Parameters
    ----------
    path : str or Path
        An NWB file (HDF5).
    columns : collection of str
        The columns wanted.
    table : str
        Name of the table among the file's intervals.
    engine : {"auto", "h5py", "pynwb"}
        What reads it (see the module's docstring).

    Returns
    -------
    TrialsTable
        The columns, each with one value per trial.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If pynwb is asked for, or needed, and not installed.
    RecordingError
        If the file is no NWB 2 file, is damaged, or lacks table or columns, or a column does not
        hold one plain value per trial.
    """
    if engine not in get_args(Engine):
        raise RecordingError(
            f"engine: found {engine!r}, expected 'auto', 'h5py' or 'pynwb'"
            f"{did_you_mean(engine, get_args(Engine))}."
        )
    path = Path(path)
    with open_nwb(path) as file:
        version = read_version(file, path)
        wanted = [f"intervals/{table}/{name}" for name in ("id", *columns)]
        refuse_links(file, path, [*wanted, *_PLACES.values()])
        if engine == "h5py" or (engine == "auto" and version.startswith("2.")):
            if not version.startswith("2."):
                raise RecordingError(
                    f"{path}: found NWB {version}, expected NWB 2, whose layout engine='h5py' "
                    "knows. Pass engine='pynwb'."
                )
            return _read_by_h5py(file, path, columns, table)
        # As the file writes it: pynwb gives a time without a zone that of this machine.
        start = text_at(file, _PLACES["start"], path)
    from pfc_analysis.recording.readers.nwb_pynwb import read_by_pynwb

    return read_by_pynwb(path, columns, table, start)


def _read_by_h5py(file: h5py.File, path: Path, columns: Collection[str], table: str) -> TrialsTable:
    import h5py

    group = file.get(f"intervals/{table}")
    if not isinstance(group, h5py.Group) or "colnames" not in group.attrs:
        raise table_fault(path, table, list(file.get("intervals", ())))
    known = [as_text(name) for name in np.ravel(group.attrs["colnames"])]
    rows = group.get("id")
    if not isinstance(rows, h5py.Dataset):
        raise column_fault(path, "id", "none", "one, with the number of each trial")
    said = {name: text_at(file, place, path) for name, place in _PLACES.items()}
    read = {}
    for name in columns:
        if name not in known:
            raise missing_column(path, name, known)
        read[name] = _column(group, name, path)
    return checked_table(
        path,
        said["subject"] or "",
        said["start"],
        {name: said[name] or "" for name in ABOUT},
        read,
        rows.size,
    )


def _column(group: h5py.Group, name: str, path: Path) -> np.ndarray:
    """Values of a column, which is checked before anything of it is read."""
    import h5py

    array = group.get(name)
    if not isinstance(array, h5py.Dataset):
        raise column_fault(path, name, "no array", "one; the table lists it among its columns")
    check_kind(path, name, as_text(array.attrs.get("neurodata_type", "")))
    if f"{name}_index" in group:
        raise ragged_fault(path, name)
    text = h5py.check_string_dtype(array.dtype) is not None
    values = array.asstr()[()] if text else array[()]
    return plain_values(path, name, values)


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
