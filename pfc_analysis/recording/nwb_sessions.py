"""Read trials from NWB files with a column map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.recording.mapping.assemble import assemble
from pfc_analysis.recording.mapping.column_entries import CarriedColumn
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.column_map_files import as_column_map
from pfc_analysis.recording.readers.formats.nwb import FORMAT, Engine
from pfc_analysis.recording.readers.nwb.nwb_files import find_nwb_files

__all__ = [
    "CarriedColumn",
    "ColumnMap",
    "find_nwb_files",
    "read_nwb",
    "read_nwb_sessions",
]


def read_nwb(
    path: str | Path,
    columns: ColumnMap | Mapping[str, Any],
    *,
    subject: str | None = None,
    table: str = "trials",
    engine: Engine = "auto",
) -> xr.Dataset:
    """Read the trials of one session from an NWB file.

    Parameters
    ----------
    path : str or Path
        An NWB 2 file (HDF5), or a folder of NWB in Zarr.
    columns : ColumnMap or mapping
        What the columns mean: `ColumnMap`, or a mapping with its fields.
    subject : str, optional
        Name of the animal; else what the file says in general/subject/subject_id.
    table : str
        Name of the table among the file's intervals.
    engine : {"auto", "h5py", "pynwb"}
        What reads the file. Both give the same recording. "auto" is h5py for NWB 2 files, which
        needs no extra and is some ten times faster, and pynwb (the extra `nwb`) for files of
        later versions.

    Returns
    -------
    xarray.Dataset
        A recording on dimension `trial` (and `arm`, the labels of the choice): `choice` (index
        into the labels, -1 where there is none), `reward`, `invalid` (1 where there is no choice,
        or where the map's column says so), and what else the map names. Session 0, every trial in
        the order of the file. Attributes: `sessions`, `session_start`, `protocol` and
        `identifier`, one entry a session; `source`, `species` and `institution`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If pynwb is asked for, or needed, and not installed.
    RecordingError
        If the file is no NWB 2 file, is damaged, lacks table or columns, holds values that the
        map does not know, or no choice at all; the message names file, column, trial and value.
    """
    return read_nwb_sessions([path], columns, subject=subject, table=table, engine=engine)


def read_nwb_sessions(
    paths: str | Path | Iterable[str | Path],
    columns: ColumnMap | Mapping[str, Any],
    *,
    subject: str | None = None,
    table: str = "trials",
    engine: Engine = "auto",
    min_choices: int = 1,
    skip_short: bool = False,
) -> xr.Dataset:
    """Read the trials of several sessions, of one animal or several, from NWB files.

    Parameters
    ----------
    paths : str, Path or several of them
        Files, or folders with files that end in .nwb.
    columns, subject, table, engine
        As in `read_nwb`, for every file.
    min_choices : int
        Trials with a valid choice that a session must have.
    skip_short : bool
        Whether to leave out sessions with fewer; the attribute `left_out` then lists them. Else
        the first is an error.

    Returns
    -------
    xarray.Dataset
        A recording as of `read_nwb`: subjects by name, the sessions of each in the order in which
        they started, counted from 0, whatever the order of the paths.

    Raises
    ------
    FileNotFoundError
        If a file or folder does not exist.
    RecordingError
        As in `read_nwb`; also if a session is too short, or given twice.
    """
    map_of_columns = as_column_map(columns)
    tables = [
        found
        for path in find_nwb_files(paths)
        for found in FORMAT.read_tables(path, table, engine=engine)
    ]
    return assemble(
        tables, map_of_columns, subject=subject, min_choices=min_choices, skip_short=skip_short
    )
