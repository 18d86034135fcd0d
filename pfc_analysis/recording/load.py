"""Load the trials of any laboratory: file, format, columns and codings found out or said."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.recording.catalogue.dataset_info import DatasetInfo
from pfc_analysis.recording.catalogue.public_data import (
    fetch_dataset,
    list_datasets,
    load_dataset,
    read_digest,
    read_entry,
)
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.exports.csv_import import read_exported_csv
from pfc_analysis.recording.exports.csv_table import metadata_path
from pfc_analysis.recording.exports.nwb_import import read_exported_nwb
from pfc_analysis.recording.mapping.assemble import assemble
from pfc_analysis.recording.mapping.column_map import ColumnMap, as_column_map, read_column_map
from pfc_analysis.recording.mapping.presets import find_preset, fitting_preset, shared_columns
from pfc_analysis.recording.mapping.starter_map import unknown_columns
from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.isolated.nwb_files import is_zarr
from pfc_analysis.recording.readers.isolated.subprocess_reader import check_apart
from pfc_analysis.recording.readers.raw_table import RawTable
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.storage import open_recording

READERS = {
    "text": ("text_tables", "read_text_tables"),
    "nwb": ("isolated.nwb_engines", "read_nwb_tables"),
    "exported": ("isolated.nwb_engines", "read_nwb_tables"),
    "hdf5": ("isolated.hdf5_tables", "read_hdf5_tables"),
    "zarr": ("isolated.zarr_tables", "read_zarr_tables"),
    "matlab5": ("isolated.matlab5", "read_matlab5_tables"),
    "matlab73": ("isolated.matlab73", "read_matlab73_tables"),
    "alf": ("alf", "read_alf_tables"),
}
"""Module and function in `pfc_analysis.recording.readers` that reads a format."""

ONE_TABLE = {"text": "a text file", "alf": "a folder of ALF files"}
"""Formats with one table, in words."""

_ENDINGS = (".csv", ".tsv", ".txt", ".nwb", ".nc", ".zarr", ".mat", ".h5", ".hdf5", ".npy")
"""What is taken of a folder."""

Columns = ColumnMap | Mapping[str, Any] | str | Path


def load(
    path: str | Path | Iterable[str | Path],
    columns: Columns | None = None,
    *,
    subject: str | None = None,
    table: str | None = None,
    home: str | Path | None = None,
) -> xr.Dataset:
    """Load trials from files of any known format, as a recording.

    Parameters
    ----------
    path : str, Path or several of them
        Files or folders: text (CSV), NWB, HDF5, Zarr, MATLAB, a folder of ALF files, a recording
        of this toolkit (.nc, .zarr, or as it was exported); or, where there is no such file, the
        name of a data set in the catalogue. Files of a folder are taken in the order of their
        names, numbers as numbers.
    columns : ColumnMap, mapping, path of a TOML file or name of a preset, optional
        What the columns mean (`pfc_analysis.recording.mapping.column_map.ColumnMap`). Where it is
        left out: a file of the catalogue is known by its SHA-256, and read by its own reader;
        another by the preset whose columns it has.
    subject : str, optional
        Name of the animal, where no column has it; "{stem}" in it stands for the name of the file
        without its ending, "{folder}" for that of its folder.
    table : str, optional
        Which table, of a file with several.
    home : str or Path, optional
        Folder above `datasets/` (see `pfc_analysis.paths.content_folder`).

    Returns
    -------
    xarray.Dataset
        A recording (`pfc_analysis.recording.schema`), checked. The attribute `assumed` says, a
        sentence each, what was taken for granted, `columns` the map that was used, as JSON, and
        `recognised_as` the entry of the catalogue or the preset.

    Raises
    ------
    FileNotFoundError
        If there is no such file, nor a data set of that name.
    DatasetError
        If a data set cannot be had.
    RecordingError
        If a file cannot be read, its columns are not known, or its values can be read in several
        ways; the message names file, column, line and value, and lays out the readings.
    """
    paths = _find_files(path, columns, home)
    if isinstance(paths, xr.Dataset):
        return paths
    known = _catalogued(paths, home) if columns is None else None
    if known is not None:
        return known
    if columns is None and any(metadata_path(one).is_file() for one in paths):
        return _join([read_exported_csv(one) for one in paths])
    formats = {one: detect_format(one) for one in paths}
    if columns is None and "exported" in formats.values():
        return _open_exported(formats)
    if "recording" in formats.values():
        return _open_recordings(formats, columns)
    tables = [found for one in paths for found in _read_tables(one, formats[one], table)]
    column_map, about = _resolve(tables, columns, home)
    return assemble(tables, column_map, subject=subject, about=about)


def _find_files(
    path: str | Path | Iterable[str | Path], columns: Columns | None, home: str | Path | None
) -> list[Path] | xr.Dataset:
    """Files that paths name; or the data set of that name, where there is no such file."""
    given = [path] if isinstance(path, (str, Path)) else list(path)
    if not given:
        raise RecordingError("path: found none, expected at least 1 file")
    missing = [one for one in given if not Path(one).expanduser().exists()]
    if missing:
        names = [entry.name for entry in list_datasets(home)]
        if str(missing[0]) not in names or len(given) > 1:
            raise FileNotFoundError(
                f"{missing[0]}: no such file or folder, and no data set of that name"
                f"{did_you_mean(missing[0], names)}. The catalogue has {', '.join(names)}."
            )
        name = str(missing[0])
        if columns is None:
            return load_dataset(name, home=home).assign_attrs(recognised_as=name)
        given = [fetch_dataset(name, home=home)]
    found = [file for one in given for file in _expand(Path(one).expanduser())]
    doubled = [one for at, one in enumerate(found) if one.resolve() in _resolved(found[:at])]
    if doubled:
        raise RecordingError(f"{doubled[0]}: found it given twice, expected every file once.")
    return found


def _resolved(paths: Sequence[Path]) -> set[Path]:
    return {path.resolve() for path in paths}


def _expand(path: Path) -> list[Path]:
    """Return a file as it is; of a folder its files, unless the folder itself is the data."""
    is_alf = any(path.glob("*.npy")) or any(path.glob("alf/*.npy"))
    if not path.is_dir() or is_zarr(path) or is_alf:
        return [path]
    inside = [one for one in path.iterdir() if not one.name.startswith((".", "_"))]
    found = [one for one in inside if one.suffix.lower() in _ENDINGS]
    # Sessions of NWB as archives lay them out; an export does, too.
    found += path.glob("sub-*/*.nwb")
    if not found:
        raise RecordingError(
            f"{path}: found no file that ends in {', '.join(_ENDINGS)}, expected one or more. "
            "Folders inside a folder are not searched, but for sub-*/*.nwb."
        )
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Key that puts session2 before session10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _catalogued(paths: Sequence[Path], home: str | Path | None) -> xr.Dataset | None:
    """Read files of the catalogue by their entry's reader; None where they are others."""
    entries = [entry for entry in list_datasets(home) if entry.reader]
    found = {path: _entry_of(path, entries) for path in paths}
    if all(entry is None for entry in found.values()):
        return None
    strange = [path for path, entry in found.items() if entry is None]
    if strange:
        known, name = next((path, entry.name) for path, entry in found.items() if entry)
        raise RecordingError(
            f"{strange[0]}: found a file that is not in the catalogue beside {known.name}, which "
            f"is one of {name}, expected one kind. Name the files that are meant."
        )
    recordings = []
    for named in entries:
        own = [path for path, other in found.items() if other and other.name == named.name]
        if own:
            recordings.append(_read_entry(named, own))
    return _join(recordings)


def _entry_of(path: Path, entries: Sequence[DatasetInfo]) -> DatasetInfo | None:
    """Entry of the catalogue that a file belongs to, by its size first and then its digest."""
    if not path.is_file():
        return None
    size = path.stat().st_size
    parts = [(entry, part) for entry in entries for part in entry.parts]
    fitting = [(entry, part) for entry, part in parts if part.size in (None, size)]
    digest = read_digest(path) if fitting else ""
    return next((entry for entry, part in fitting if part.sha256.lower() == digest), None)


def _read_entry(entry: DatasetInfo, paths: list[Path]) -> xr.Dataset:
    return read_entry(entry, paths).assign_attrs(recognised_as=entry.name)


def _open_recordings(formats: Mapping[Path, str], columns: Columns | None) -> xr.Dataset:
    others = [path for path, found in formats.items() if found != "recording"]
    if others or columns is not None:
        first = next(path for path, found in formats.items() if found == "recording")
        found = f"beside {others[0]}, which is none" if others else "and a column map"
        raise RecordingError(
            f"{first}: found a recording of this toolkit {found}, expected recordings alone, which "
            "need no map. Load them by themselves."
        )
    for path in formats:
        check_apart(path)  # damage may end whoever reads it
    return _join([open_recording(path) for path in formats])


def _open_exported(formats: Mapping[Path, str]) -> xr.Dataset:
    """Rebuild what this toolkit exported to NWB."""
    others = [path for path, found in formats.items() if found != "exported"]
    if others:
        first = next(path for path, found in formats.items() if found == "exported")
        raise RecordingError(
            f"{first}: found a session that this toolkit exported beside {others[0]}, which is "
            "none, expected one kind. Load them by themselves."
        )
    for path in formats:
        check_apart(path, "exported")
    return read_exported_nwb(list(formats))


def _join(recordings: list[xr.Dataset]) -> xr.Dataset:
    return recordings[0] if len(recordings) == 1 else concatenate_recordings(recordings)


def _read_tables(path: Path, found: str, table: str | None) -> list[RawTable]:
    """Tables of a file; of several only that asked for."""
    module, function = READERS[found]
    reader = getattr(importlib.import_module(f"pfc_analysis.recording.readers.{module}"), function)
    if found in ONE_TABLE and table is not None:
        raise RecordingError(
            f"{path}: found the one table of {ONE_TABLE[found]}, expected a file with several, "
            f"since the table {table!r} was asked for. Leave out `table`."
        )
    asked = {} if table is None else {"table": table}
    tables: list[RawTable] = reader(path, **asked)
    return tables


def _resolve(
    tables: Sequence[RawTable], columns: Columns | None, home: str | Path | None
) -> tuple[ColumnMap, dict[str, Any]]:
    """Find the column map, and attributes that come with a preset."""
    if isinstance(columns, (ColumnMap, Mapping)):
        return as_column_map(columns), {}
    if columns is None:
        preset = fitting_preset(tables, home)
        if preset is None:
            raise unknown_columns(tables)
    elif Path(columns).suffix == ".toml" or Path(columns).is_file():
        return read_column_map(columns), {}
    else:
        preset = find_preset(str(columns), home)
    about = {"recognised_as": preset.name, **preset.about, "assumed": list(preset.assumed)}
    return preset.column_map(shared_columns(tables)), about
