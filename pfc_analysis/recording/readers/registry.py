"""The registry of file formats: each format is declared once, in the module that reads it.

A module declares its format as `FORMAT`, and is found where it lies: in the folder
`pfc_analysis/recording/readers/formats/`, or in any installed package that names it under the
entry point group "pfc_analysis.formats". Detection, the subprocess that reads files and `load`
ask this registry; there is no other list of formats.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.readers import formats
from pfc_analysis.recording.readers.isolated.subprocess_reader import (
    read_isolated,
    read_neural_isolated,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.text_layout import TextLayout

if TYPE_CHECKING:
    import xarray as xr

ENTRY_POINTS = "pfc_analysis.formats"
"""Entry point group in which other packages name the modules that declare their formats."""


@dataclass(frozen=True)
class Format:
    """A file format: how it is recognised, and what reads it.

    The module that declares a format imports no slow library (h5py, zarr, scipy) outside the
    functions that need it, and nothing that it calls may run code from a file.

    Attributes
    ----------
    name : str
        Its name, such as "hdf5".
    title : str
        What a file of this format is called in errors, such as "an HDF5 file".
    recognise : callable
        Gets the path and the first 8192 bytes (none for a folder). Returns whether the file or
        folder is of this format; None where only `look_inside` can tell.
    read : callable, optional
        Gets the path and, unless `has_one_table`, the name of the table that was asked for (or
        None). Returns a list of `pfc_analysis.recording.tables.raw_table.RawTable`.
    open_recording : callable, optional
        Gets a list of paths. Returns the recording that they hold, which needs no column map,
        once all values have been read.
    open_checked : callable, optional
        The same, for paths whose values the subprocess has read and checked with `open_recording`:
        they are not read again. By default `open_recording`.
    read_neural : callable, optional
        Gets the path and a `pfc_analysis.recording.neurons.neural_data.NeuralRequest`. Returns the
        `NeuralData` that lie beside the table of trials. Runs in the subprocess.
    look_inside : callable, optional
        Gets the path. Returns whether the file is of this format; runs in the subprocess.
    endings : tuple of str
        Endings by which files of a folder are taken, such as (".h5", ".hdf5").
    isolated : bool
        Whether `read` and `open_recording` run in the subprocess, under its memory and time
        limits: True for all that is parsed by compiled libraries.
    has_one_table : bool
        Whether a file holds one table, so that none can be asked for by name.
    takes_layout : bool
        Whether `read` takes the keyword `layout`, a
        `pfc_analysis.recording.tables.text_layout.TextLayout`.
    rank : int
        Formats of lower rank are tried first: 0 files of this toolkit, 1 (the default) formats
        of their own, 2 formats that others build on (HDF5, Zarr), 3 text.
    """

    name: str
    title: str
    recognise: Callable[[Path, bytes], bool | None]
    read: Callable[..., list[RawTable]] | None = None
    open_recording: Callable[[Sequence[Path]], xr.Dataset] | None = None
    open_checked: Callable[[Sequence[Path]], xr.Dataset] | None = None
    read_neural: Callable[[Path, NeuralRequest], NeuralData] | None = None
    look_inside: Callable[[Path], bool] | None = None
    endings: tuple[str, ...] = ()
    isolated: bool = False
    has_one_table: bool = False
    takes_layout: bool = False
    rank: int = 1

    def read_tables(
        self,
        path: str | Path,
        table: str | None = None,
        *,
        layout: TextLayout | None = None,
        **options: Any,
    ) -> list[RawTable]:
        """Read the tables of a file, in the subprocess where the format asks for that.

        Parameters
        ----------
        path : str or Path
            The file or folder.
        table : str, optional
            Which table, of a file with several.
        layout : TextLayout, optional
            How the table lies in a text file.
        **options
            Further arguments of the format's `read`.

        Returns
        -------
        list of RawTable
            At least one, each with rows.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ModuleNotFoundError
            If the library that reads it is not installed.
        RecordingError
            If the file is of another kind, damaged, too large in memory, holds no table of
            trials, or several that differ and `table` does not say which.
        """
        path = Path(path)
        if self.read is None:
            raise RecordingError(
                f"{path}: found {self.title}, expected a table of trials. Load it without a "
                "column map, which it does not need."
            )
        if self.has_one_table and table is not None:
            raise RecordingError(
                f"{path}: found the one table of {self.title}, expected a file with several, "
                f"since the table {table!r} was asked for. Leave out `table`."
            )
        if self.takes_layout:
            options["layout"] = layout or TextLayout()
        elif layout not in (None, TextLayout()):
            raise RecordingError(
                f"{path}: found {self.title} and, in the column map, {layout}; expected a text "
                "file, since only text has lines. Leave out names, skip_lines and comment."
            )
        if self.isolated:
            return read_isolated(self.name, path, table, **options)
        return self.read_here(path, table, **options)

    def read_beside(self, path: Path, request: NeuralRequest) -> NeuralData:
        """Read what neurons did beside a table of trials, in the subprocess."""
        return read_neural_isolated(self.name, path, request)

    def read_here(self, path: Path, table: str | None, **options: Any) -> list[RawTable]:
        """Read the tables of a file in this process, which a damaged file may crash."""
        assert self.read is not None, self.name
        named = () if self.has_one_table else (table,)
        return self.read(path, *named, **options)


@cache
def list_formats() -> tuple[Format, ...]:
    """Return all formats, those to be tried first in front."""
    names = [f"{formats.__name__}.{found.name}" for found in pkgutil.iter_modules(formats.__path__)]
    modules = [importlib.import_module(name) for name in sorted(names)]
    modules += [point.load() for point in sorted(entry_points(group=ENTRY_POINTS))]
    found: list[Format] = [module.FORMAT for module in modules]
    doubled = [one.name for at, one in enumerate(found) if one.name in {o.name for o in found[:at]}]
    if doubled:
        raise RuntimeError(
            f"found two formats called {doubled[0]!r}, expected each name once. Rename one, or "
            f"uninstall the package that declares it under {ENTRY_POINTS!r}."
        )
    return tuple(sorted(found, key=lambda one: one.rank))


def find_format(name: str) -> Format:
    """Return the format of a name."""
    return next(one for one in list_formats() if one.name == name)
