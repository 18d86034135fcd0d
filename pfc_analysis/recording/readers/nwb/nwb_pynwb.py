"""Read the table of trials of an NWB file with pynwb."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.readers.nwb.nwb_columns import (
    ABOUT,
    RAGGED,
    UnusableColumnError,
    build_table,
    check_kind,
    plain_values,
    table_fault,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable


def read_by_pynwb(path: Path, table: str, start: str | None) -> RawTable:
    """Read a table of trials (see `formats.nwb.read_nwb_tables`).

    Parameters
    ----------
    path : Path
        An NWB file in HDF5.
    table : str
        Name of the table among the file's intervals.
    start : str or None
        When the session started, as the file writes it.

    Returns
    -------
    RawTable
        The table.

    Raises
    ------
    ModuleNotFoundError
        If pynwb is not installed.
    RecordingError
        If pynwb cannot read the file, or the table is not there.
    """
    try:
        with warnings.catch_warnings():
            # Of namespaces in other versions than its own, and the like: nothing of a table.
            warnings.simplefilter("ignore")
            from pynwb import NWBHDF5IO
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{path}: reading this file this way needs pynwb: pip install 'pfc_analysis[nwb]'. "
            "NWB 2 files are read without it by engine='h5py' or 'auto'."
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with NWBHDF5IO(str(path), "r") as io:
                return _read(io.read(), path, table, start)
    except RecordingError:
        raise
    # Whatever is wrong with a file, pynwb raises it as its own builders and schemas meet it.
    except Exception as error:
        raise RecordingError(
            f"{path}: pynwb cannot read it ({type(error).__name__}: {error}). If it is NWB 2, "
            "try engine='h5py', which asks less of a file; otherwise get it again from its source."
        ) from error


def _read(file: Any, path: Path, table: str, start: str | None) -> RawTable:
    tables = {name: file.intervals[name] for name in file.intervals or ()}
    standard = {name: getattr(file, name) for name in ("trials", "epochs", "invalid_times")}
    tables |= {name: found for name, found in standard.items() if found is not None}
    if table not in tables:
        raise table_fault(path, table, tables)
    rows = tables[table]
    said: dict[str, str | None] = {
        name: str(getattr(file.subject if name == "species" else file, name, None) or "")
        for name in ABOUT
    }
    said["subject"] = str(getattr(file.subject, "subject_id", None) or "")
    said["start"] = start
    return build_table(
        path, table, said, rows.colnames, lambda name: _column(rows, name), len(rows.id)
    )


def _column(rows: Any, name: str) -> np.ndarray:
    column = rows[name]
    if column.name != name:  # the index of a ragged column stands in its place
        raise UnusableColumnError(RAGGED)
    check_kind(type(column).__name__)
    return plain_values(column.data[:])
