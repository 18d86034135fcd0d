"""Import a CSV that this toolkit exported, as the recording that was exported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.recording.exports.csv_cells import from_cells
from pfc_analysis.recording.exports.csv_table import metadata_path
from pfc_analysis.recording.exports.export_manifest import check_description, from_labels, rebuild
from pfc_analysis.recording.exports.json_values import checked_dtype
from pfc_analysis.recording.readers.formats.text_tables import read_text_tables
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.text.exported_cells import (
    OTHER_WAY,
    ExportedCells,
    read_exported_cells,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import MISSING


def read_exported_csv(path: str | Path) -> xr.Dataset:
    """Rebuild the recording that was exported to a CSV or TSV file.

    Parameters
    ----------
    path : str or Path
        The file; its metadata (NAME.csv-metadata.json) lie beside it. Values may have changed
        since, columns and the number of rows not.

    Returns
    -------
    xarray.Dataset
        The recording, without the variables that a table of trials cannot hold: the same values,
        dtypes, labels and attributes. If the file was changed since its export, or was exported
        before its metadata held its size, the attribute `assumed` says so.

    Raises
    ------
    FileNotFoundError
        If one of the two files is not there.
    RecordingError
        If they do not fit together, a cell cannot be read (the message names line, column and
        cell), or the outcome is no recording.
    """
    path = Path(path)
    note = _read_note(path)
    try:
        delimiter, entries = note["delimiter"], note["variables"]
        wanted = [header for entry in entries.values() for header in entry.get("columns", ())]
        table = read_exported_cells(path, delimiter, wanted)
        assumed = _check_whole(table, note.get("table"))
        if note.get("table", {}).get("quoted_formulas"):
            table = table.without_quotes()
        arrays = {
            name: _values(table, entry) for name, entry in entries.items() if "columns" in entry
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise RecordingError(
            f"{metadata_path(path)}: damaged ({type(error).__name__}: {error}). Export it again."
        ) from error
    recording = rebuild(note, arrays, str(path))
    if assumed:
        recording.attrs["assumed"] = [*_listed(recording.attrs.get("assumed")), assumed]
    return recording


def _listed(assumed: Any) -> list[str]:
    return [assumed] if isinstance(assumed, str) else list(assumed or ())


FORMAT = Format(
    name="exported_csv",
    title="a table that this toolkit exported",
    endings=(".csv", ".tsv"),
    recognise=lambda path, _: path.is_file() and metadata_path(path).is_file(),
    read=read_text_tables,
    open_recording=lambda paths: join_recordings([read_exported_csv(path) for path in paths]),
    has_one_table=True,
    rank=0,
)


def _read_note(path: Path) -> dict[str, Any]:
    """Return the description of the recording in the metadata file, and the delimiter."""
    sidecar = metadata_path(path)
    for file in (path, sidecar):
        if not file.is_file():
            raise FileNotFoundError(
                f"{file}: no such file, expected an exported table and its metadata side by side. "
                f"{OTHER_WAY}"
            )
    try:
        document = json.loads(sidecar.read_text(encoding="utf-8"))
        body = document["notes"][0]["body"]
        delimiter = document["dialect"]["delimiter"]
    # RecursionError: brackets nested too deeply.
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise RecordingError(
            f"{sidecar}: cannot be read as the metadata of an exported recording "
            f"({type(error).__name__}: {error}). {OTHER_WAY}"
        ) from error
    return {**check_description(body, str(sidecar)), "delimiter": delimiter}


def _check_whole(table: ExportedCells, whole: Mapping[str, Any] | None) -> str:
    """Refuse a table with more or fewer rows than were exported; say what may have changed."""
    if whole is None:
        return (
            f"{table.path} was exported before metadata held the number of rows: whether any are "
            f"missing cannot be checked ({len(table.lines)} were read)."
        )
    if whole["rows"] != len(table.lines):
        raise RecordingError(
            f"{table.path}: found {len(table.lines)} rows, expected the {whole['rows']} that were "
            "exported: the file was cut off, or rows were added or removed. Copy it again, or, if "
            f"that was on purpose, delete {metadata_path(table.path).name} and load the table with "
            "a column map (the preset pfc_export)."
        )
    if hashlib.sha256(table.content).hexdigest() == whole["sha256"]:
        return ""
    if not table.content.endswith((b"\n", b"\r")):
        raise RecordingError(
            f"{table.path}, line {table.lines[-1]}: found no line end after the last row, expected "
            "one: the file was cut off in that row, or an editor took the line end off. Copy the "
            "file again, or look at its last cell and add a line end."
        )
    return f"{table.path} was changed after its export: its values are read as they are now."


def _values(table: ExportedCells, entry: Mapping[str, Any]) -> np.ndarray:
    """Values of a variable, in its dimensions."""
    labels = entry["attributes"]["labels"] if entry["as_labels"] else None
    parts = [_column(table, header, entry["dtype"], labels) for header in entry["columns"]]
    if "arm" not in entry["dims"]:
        return parts[0]
    return np.stack(parts, axis=entry["dims"].index("arm"))


def _column(
    table: ExportedCells, header: str, dtype: str, labels: Sequence[str] | None
) -> np.ndarray:
    """Convert the different cells of a column, and give each row its own."""
    codes, cells = table.columns[header].codes, table.columns[header].cells
    if labels is None:
        values, wrong, expected = from_cells(cells, checked_dtype(dtype))
        if wrong is not None:
            raise table.fault(header, wrong, expected)
        return np.asarray(values[codes])
    values = from_labels(np.array(cells, dtype=object), labels)
    unknown = np.flatnonzero(values < MISSING)
    if unknown.size:
        raise table.fault(header, int(unknown[0]), f"one of {list(labels)}, or nothing")
    return np.asarray(values[codes])
