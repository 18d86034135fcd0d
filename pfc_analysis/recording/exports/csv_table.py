"""Write a recording as a tidy CSV table, one row per trial, with a metadata file beside it.

The CSV is for any program; the metadata (NAME.csv-metadata.json, in the form of CSV on the Web)
say what its columns are, and hold what it takes to rebuild the recording bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.recording.exports.csv_cells import to_cells
from pfc_analysis.recording.exports.csv_metadata import Column, make_document
from pfc_analysis.recording.exports.export_manifest import (
    describe,
    dump_json,
    labels_of,
    to_labels,
)
from pfc_analysis.recording.schema import RecordingError, plain_text, with_attributes
from pfc_analysis.recording.validation import validate

DELIMITERS = {".csv": ",", ".tsv": "\t"}
"""Delimiter between cells, by the ending of the file."""

_TABLE_DIMS = ({"trial"}, {"trial", "arm"})
_FIRST = ("subject", "session", "trial_in_session")
_ELSEWHERE = "NWB (NAME.nwb, or a folder) and netCDF (save_recording) do"


def metadata_path(path: str | Path) -> Path:
    """Return where the metadata of a CSV file lie: beside it, NAME.csv-metadata.json."""
    path = Path(path)
    return path.with_name(f"{path.name}-metadata.json")


def write_csv(recording: xr.Dataset, path: str | Path) -> dict[str, str]:
    """Write the trials of a recording as CSV or TSV, and the metadata beside it.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording.
    path : str or Path
        The file, ending in .csv or .tsv. Both files are replaced once both new ones are whole.

    Returns
    -------
    dict of str to str
        Variables that were not written, and why: those on other dimensions than `trial` and
        `arm`.

    Raises
    ------
    RecordingError
        If the dataset is no recording, the ending is unknown, two columns would have one name, or
        an attribute is neither text nor number.

    Notes
    -----
    UTF-8, one header line with the names of the variables; variables on (trial, arm) have a
    column NAME.LABEL for each arm. A coded variable (with the attribute `labels`) is written as
    its label, empty for -1. Numbers are written in the fewest digits that give them back; NaN is
    an empty cell.
    """
    path = Path(path)
    delimiter = _delimiter(path)
    validate(recording, source=str(path))
    reasons = {str(name): _why_not(recording, str(name)) for name in recording.variables}
    held = [name for name, why in reasons.items() if not why]
    # What only names the steps or units of a variable goes with it, and needs no word.
    left_out = {
        name: why
        for name, why in reasons.items()
        if why and (name in recording.data_vars or "trial" in recording[name].dims)
    }
    columns, cells = _columns(with_attributes(recording), held, path)
    # The number of rows, by which a table that was cut off is found.
    rows = {"rows": recording.sizes["trial"]}
    note = describe(recording, held) | {"left_out": left_out} | rows
    for column in columns:
        entry = note["variables"][column.variable]
        entry.setdefault("columns", []).append(column.header)
        entry["as_labels"] = column.labels is not None
    document = make_document(path.name, delimiter, columns, recording.attrs, note)
    _write_both(path, _lines(columns, cells, delimiter), dump_json(document, indent=1) + "\n")
    return left_out


def _delimiter(path: Path) -> str:
    if path.suffix not in DELIMITERS:
        raise RecordingError(
            f"{path}: unknown ending {path.suffix!r}, expected one of {list(DELIMITERS)}."
        )
    return DELIMITERS[path.suffix]


def _why_not(recording: xr.Dataset, name: str) -> str:
    """Return why a variable is not written; an empty text where it is."""
    array = recording[name]
    if set(array.dims) not in _TABLE_DIMS and name != "arm":
        dims = ", ".join(map(str, array.dims))
        return f"on ({dims}), which a table of trials cannot hold; {_ELSEWHERE}"
    kind, size = array.dtype.kind, array.dtype.itemsize
    is_text = kind == "O" and all(isinstance(entry, str) for entry in array.values.ravel())
    if not (kind in "biuTU" or (kind == "f" and size <= 8) or is_text):
        return f"values of {array.dtype} are neither numbers of 64 bits at most nor text"
    return ""


def _columns(
    recording: xr.Dataset, held: Sequence[str], path: Path
) -> tuple[list[Column], list[list[str]]]:
    """Columns and their cells, the coordinates of the trial first."""
    columns: list[Column] = []
    cells: list[list[str]] = []
    inside = [name for name in held if name not in _FIRST and "trial" in recording[name].dims]
    for name in (*_FIRST, *inside):
        array = recording[name]
        labels = labels_of(array)
        for label, values in _parts(recording, name):
            plain = plain_text(values) if values.dtype.kind in "OT" else values
            texts = to_cells(plain if labels is None else to_labels(plain, labels))
            header = name if label is None else f"{name}.{label}"
            required = "" not in texts
            columns.append(Column(header, name, label, plain.dtype, labels, required, array.attrs))
            cells.append(texts)
    headers = [column.header for column in columns]
    doubled = [header for header in headers if headers.count(header) > 1]
    if doubled:
        raise RecordingError(
            f"{path}: found {headers.count(doubled[0])} columns called {doubled[0]!r}, expected "
            "each name once. Rename the variable, or the labels of the arms."
        )
    return columns, cells


def _parts(recording: xr.Dataset, name: str) -> list[tuple[str | None, np.ndarray]]:
    """Return the columns of a variable: one, or one for each arm with its label."""
    array = recording[name]
    if "arm" not in array.dims:
        return [(None, array.values)]
    values = array.transpose("trial", "arm").values
    if "arm" in recording.coords:
        arms = [str(label) for label in recording["arm"].values]
    else:
        arms = [str(number) for number in range(values.shape[1])]
    return [(arm, values[:, number]) for number, arm in enumerate(arms)]


def _lines(columns: Sequence[Column], cells: Sequence[Sequence[str]], delimiter: str) -> str:
    special = {delimiter, '"', "\n", "\r"}
    known: dict[str, str] = {}

    def quoted(cell: str) -> str:
        if cell not in known:
            unsafe = not special.isdisjoint(cell)
            known[cell] = '"' + cell.replace('"', '""') + '"' if unsafe else cell
        return known[cell]

    safe = [
        list(map(quoted, column_cells))
        if column.labels is not None or column.dtype.kind == "U"
        else column_cells
        for column, column_cells in zip(columns, cells, strict=True)
    ]
    header = delimiter.join(quoted(column.header) for column in columns)
    rows = map(delimiter.join, zip(*safe, strict=True))
    return "\n".join([header, *rows]) + "\n"


def _write_both(path: Path, table: str, metadata: str) -> None:
    """Write both files beside their targets, then move them there.

    The old metadata go first: killed in between, a table stands there without metadata, never
    with those of another.
    """
    sidecar = metadata_path(path)
    for target in (path, sidecar):
        if target.is_dir():
            raise RecordingError(f"{target}: found a folder, expected a file or nothing there.")
    with atomic_path(sidecar) as new_sidecar, atomic_path(path) as new_table:
        new_table.write_bytes(table.encode("utf-8"))
        new_sidecar.write_bytes(metadata.encode("utf-8"))
        sidecar.unlink(missing_ok=True)
