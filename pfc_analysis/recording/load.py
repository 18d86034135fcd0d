"""Load the trials of any laboratory: find files, detect formats, read, map columns, assemble."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.recording.catalogue.known_files import read_known_files
from pfc_analysis.recording.catalogue.public_data import (
    fetch_dataset,
    list_datasets,
    load_dataset,
)
from pfc_analysis.recording.mapping.assemble import assemble
from pfc_analysis.recording.mapping.choose_map import (
    Columns,
    choose_preset,
    given_column_map,
)
from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.find_files import find_files
from pfc_analysis.recording.readers.isolated.subprocess_reader import check_isolated
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError, did_you_mean


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
        sentence each, how the file was read, `columns` the map that was used, as JSON, and
        `recognised_as` the entry of the catalogue or the preset.

    Raises
    ------
    FileNotFoundError
        If there is no such file, nor a data set of that name.
    DatasetError
        If a data set cannot be fetched.
    RecordingError
        If a file cannot be read, its columns are not known, or its values can be read in several
        ways; the message names file, column, line and value, and lays out the readings.
    """
    given = [path] if isinstance(path, (str, Path)) else list(path)
    name = _dataset_name(given, home)
    if name is not None and columns is None:
        return load_dataset(name, home=home).assign_attrs(recognised_as=name)
    files = find_files(given) if name is None else find_files(fetch_dataset(name, home=home))
    known = read_known_files(files, home) if columns is None else None
    if known is not None:
        return known
    formats = {file: detect_format(file) for file in files}
    if any(_is_recording(found, columns) for found in formats.values()):
        return _open_recordings(formats, columns)
    column_map = given_column_map(columns)
    layout = None if column_map is None else column_map.layout
    tables = [
        one
        for file, found in formats.items()
        for one in found.read_tables(file, table, layout=layout)
    ]
    about: dict[str, Any] = {}
    if column_map is None:
        column_map, about = choose_preset(tables, None if columns is None else str(columns), home)
    return assemble(tables, column_map, subject=subject, about=about)


def _dataset_name(given: Sequence[str | Path], home: str | Path | None) -> str | None:
    """Return the name of the data set that is asked for; None where files are."""
    missing = [one for one in given if not Path(one).expanduser().exists()]
    if not missing:
        return None
    names = [entry.name for entry in list_datasets(home)]
    if str(missing[0]) in names and len(given) == 1:
        return str(missing[0])
    raise FileNotFoundError(
        f"{missing[0]}: no such file or folder, and no data set of that name"
        f"{did_you_mean(missing[0], names)}. The catalogue has {', '.join(names)}."
    )


def _is_recording(found: Format, columns: Columns | None) -> bool:
    """Say whether a file is opened as a recording, not read as a table."""
    return found.open_recording is not None and (columns is None or found.read is None)


def _open_recordings(formats: Mapping[Path, Format], columns: Columns | None) -> xr.Dataset:
    """Open files that this toolkit saved or exported, which must all be of one format."""
    first, file_format = next(
        (path, found) for path, found in formats.items() if _is_recording(found, columns)
    )
    others = [path for path, found in formats.items() if found is not file_format]
    if others or columns is not None:
        beside = f"beside {others[0]}, which is none" if others else "and a column map"
        raise RecordingError(
            f"{first}: found {file_format.title} {beside}, expected files of this one format, "
            "which need no column map. Load them by themselves."
        )
    if file_format.isolated:
        for path in formats:
            check_isolated(file_format.name, path)
    assert file_format.open_recording is not None
    return file_format.open_recording(list(formats))
