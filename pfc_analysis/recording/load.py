"""Load the trials of any laboratory: find files, detect formats, read, map columns, assemble."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from pfc_analysis.given_types import checks_types
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
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.neurons.neural_files import attach_neurons
from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.find_files import find_files, is_pattern
from pfc_analysis.recording.readers.isolated.subprocess_reader import check_isolated
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.text_layout import TextLayout

RAISE, SKIP = "raise", "skip"
"""Values of the argument `unreadable`."""


@checks_types
def load(
    path: str | Path | pd.DataFrame | Iterable[str | Path | pd.DataFrame],
    columns: Columns | None = None,
    *,
    subject: str | None = None,
    table: str | None = None,
    unreadable: str = RAISE,
    home: str | Path | None = None,
) -> xr.Dataset:
    """Load trials from files of any known format, as a recording.

    Parameters
    ----------
    path : str, Path, pandas.DataFrame or several of them
        Files, patterns (``"data/*.csv"``) or folders: text (CSV), JSON, NWB, HDF5, Zarr, MATLAB,
        npz, parquet, Excel, a folder of ALF files, a recording of this toolkit (.nc, .zarr, or as
        it was exported); tables in memory; or, where there is no such file, the name of a data set
        in the catalogue. Files of a folder are taken in the order of their names, numbers as
        numbers (`pfc_analysis.recording.readers.find_files`).
    columns : ColumnMap, mapping, path of a TOML file or name of a preset, optional
        What the columns mean (`pfc_analysis.recording.mapping.column_map.ColumnMap`). Where it is
        left out: a file of the catalogue is known by its SHA-256, and read by its own reader;
        another by the preset whose columns it has.
    subject : str, optional
        Name of the animal, where no column has it; "{stem}" in it stands for the name of the file
        without its ending, "{folder}" for that of its folder, "{folder.parent}" for that of the
        folder above, and so on.
    table : str, optional
        Which table, of a file with several.
    unreadable : {"raise", "skip"}
        What to do about a file of several that cannot be read: raise its error, or leave it out,
        which the attribute `left_out` then says.
    home : str or Path, optional
        Folder above `datasets/` (see `pfc_analysis.paths.content_folder`).

    Returns
    -------
    xarray.Dataset
        A recording (`pfc_analysis.recording.schema`), checked; with `spike_count` and `signal`
        where the column map asks for neurons (`windows`, `counts`, `signal`). Values of a
        recording of this toolkit are read when they are used; if they take 1 GiB or more, they are
        arrays of dask, where dask is installed. The attribute `assumed` says, a
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

    Examples
    --------
    A table with one row a trial. Columns that are named as the toolkit's variables need no map:

    >>> import pandas as pd
    >>> import pfc_analysis as pfc
    >>> table = pd.DataFrame(
    ...     {
    ...         "subject": "rat_1",
    ...         "session": 0,
    ...         "trial_in_session": range(4),
    ...         "choice": [0, 1, 1, 0],
    ...         "reward": [1.0, 0.0, 1.0, 1.0],
    ...     }
    ... )
    >>> table.to_csv("rats.csv", index=False)
    >>> recording = pfc.load("rats.csv")
    >>> print(recording["choice"].values, recording["reward"].values)
    [0 1 1 0] [1. 0. 1. 1.]

    The map says what other columns mean:

    >>> other = pd.DataFrame({"rat": "a", "day": 1, "port": ["L", "R", "R"], "drops": [1, 0, 1]})
    >>> columns = {
    ...     "subject": "rat",
    ...     "session": "day",
    ...     "choice": "port",
    ...     "choice_values": {"left": "L", "right": "R"},
    ...     "reward": "drops",
    ... }
    >>> pfc.load(other, columns)["choice"].values
    array([0, 1, 1], dtype=int8)

    Counts of five neurons, in two windows, beside the same three trials:

    >>> import numpy as np
    >>> counts = np.arange(30).reshape(5, 3, 2)
    >>> np.savez("session.npz", port=[0, 1, 1], drops=[1, 0, 1], counts=counts)
    >>> neurons = pfc.load(
    ...     "session.npz",
    ...     {
    ...         "choice": "port",
    ...         "choice_values": {"left": 0, "right": 1},
    ...         "reward": "drops",
    ...         "counts": "counts",
    ...         "windows": {"before": ["cue", -0.5, 0.0], "after": ["cue", 0.0, 0.5]},
    ...     },
    ...     subject="M1",
    ... )
    >>> print(neurons["spike_count"].sel(window="after").values[0])
    [ 1.  7. 13. 19. 25.]
    """
    if unreadable not in (RAISE, SKIP):
        raise ValueError(f"unreadable: found {unreadable!r}, expected {RAISE!r} or {SKIP!r}")
    given = [path] if isinstance(path, (str, Path, pd.DataFrame)) else list(path)
    frames = [one for one in given if isinstance(one, pd.DataFrame)]
    if frames:
        return _load_frames(frames, len(given), columns, subject, home)
    paths = [one for one in given if not isinstance(one, pd.DataFrame)]
    name = _dataset_name(paths, home)
    if name is not None and columns is None:
        return load_dataset(name, home=home).assign_attrs(recognised_as=name)
    files = find_files(paths) if name is None else find_files(fetch_dataset(name, home=home))
    known = read_known_files(files, home) if columns is None else None
    if known is not None:
        return known
    reading = _Reading(unreadable)
    formats = reading.formats(files)
    if any(_is_recording(found, columns) for found in formats.values()):
        return reading.describe(_open_recordings(formats, columns))
    column_map = given_column_map(columns)
    layout = None if column_map is None else column_map.layout
    tables = reading.tables(formats, table, layout)
    return reading.describe(_assemble(tables, columns, column_map, subject, home, formats))


class _Reading:
    """Read files, and remember those that cannot be read where they are to be skipped."""

    def __init__(self, unreadable: str) -> None:
        self.skip = unreadable == SKIP
        self.way_out = ""
        self.skipped: list[str] = []
        self.first: Exception | None = None

    def formats(self, files: Sequence[Path]) -> dict[Path, Format]:
        """Return the format of each file."""
        if len(files) > 1:  # one that cannot be read may be a note that lies beside the data
            self.way_out = (
                " To leave this file out, name the others by a pattern ('FOLDER/*.csv'), or pass "
                "unreadable='skip'."
            )
        found = {file: self._try(partial(detect_format, file)) for file in files}
        return self._some({file: one for file, one in found.items() if one is not None})

    def tables(
        self, formats: Mapping[Path, Format], table: str | None, layout: TextLayout | None
    ) -> list[RawTable]:
        """Return the tables of all files."""
        found = {
            file: self._try(partial(one.read_tables, file, table, layout=layout))
            for file, one in formats.items()
        }
        kept = self._some({file: tables for file, tables in found.items() if tables})
        return [one for tables in kept.values() for one in tables]

    def describe(self, recording: xr.Dataset) -> xr.Dataset:
        """Say in the recording which files were left out."""
        if not self.skipped:
            return recording
        before = recording.attrs.get("left_out", [])
        before = [before] if isinstance(before, str) else list(before)
        return recording.assign_attrs(left_out=[*before, *self.skipped])

    def _try(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except (RecordingError, OSError) as error:
            if not self.skip:
                raise type(error)(f"{error}{self.way_out}") from error
            self.first = self.first or error
            self.skipped.append(f"cannot be read: {error}")
            return None

    def _some(self, found: dict[Path, Any]) -> dict[Path, Any]:
        if not found and self.first is not None:
            raise self.first
        return found


def _assemble(
    tables: Sequence[RawTable],
    columns: Columns | None,
    column_map: ColumnMap | None,
    subject: str | None,
    home: str | Path | None,
    formats: Mapping[Path, Format] | None = None,
) -> xr.Dataset:
    """Make a recording of tables, with the column map that is given or the preset that fits."""
    about: dict[str, Any] = {}
    if column_map is None:
        preset = None if columns is None else str(columns)
        column_map, about = choose_preset(tables, preset, home)
    tables = attach_neurons(tables, column_map, formats or {})
    return assemble(tables, column_map, subject=subject, about=about)


def _load_frames(
    frames: Sequence[pd.DataFrame],
    n_given: int,
    columns: Columns | None,
    subject: str | None,
    home: str | Path | None,
) -> xr.Dataset:
    """Load tables in memory."""
    if len(frames) < n_given:
        raise RecordingError(
            f"path: found {len(frames)} table(s) in memory beside {n_given - len(frames)} "
            "path(s), expected the one or the other. Read the files with pandas, or save the "
            "tables with DataFrame.to_csv."
        )
    tables = [table_of_frame(frame, number) for number, frame in enumerate(frames)]
    return _assemble(tables, columns, given_column_map(columns), subject, home)


def _dataset_name(given: Sequence[str | Path], home: str | Path | None) -> str | None:
    """Return the name of the data set that is asked for; None where files are."""
    missing = [one for one in given if not Path(one).expanduser().exists() and not is_pattern(one)]
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
    opened = file_format.open_checked or file_format.open_recording
    assert opened is not None
    return opened(list(formats))
