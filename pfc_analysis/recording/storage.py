"""Save and open recordings: netCDF-4, or Zarr for recordings larger than memory.

Writes are atomic: a temporary file is written beside the target and renamed when it is complete. A
killed process therefore leaves the old file or none (and perhaps a hidden `.NAME.*.partial.nc`,
which the next write to the same target removes). The same recording gives the same bytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.given_types import checks_types
from pfc_analysis.paths import user_path
from pfc_analysis.recording.hdf5_target import write_netcdf
from pfc_analysis.recording.netcdf_types import ready_for_disk
from pfc_analysis.recording.readers.isolated.subprocess_reader import check_isolated
from pfc_analysis.recording.readers.trees.hdf5_files import open_hdf5
from pfc_analysis.recording.readers.trees.hdf5_storage import check_stored_inside
from pfc_analysis.recording.readers.trees.zarr_chunks import check_chunks
from pfc_analysis.recording.readers.trees.zarr_metadata import check_folder
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import COORDINATES, VARIABLES
from pfc_analysis.recording.validation import validate
from pfc_analysis.recording.value_checksum import ATTRIBUTE, add_checksums, check_values

__all__ = ["atomic_path", "open_recording", "save_recording"]

_WAY_OUT = "Get it again from its source, or make it again: pfc record EXPERIMENT --out FILE."
_FORMATS = (".nc", ".zarr")
LARGE = 2**30
"""Bytes from which on a recording is opened as arrays of dask, where dask is installed."""

BLOCK_BYTES = 2**27
"""Bytes of all variables together in one block of such a recording."""


@checks_types
def save_recording(recording: xr.Dataset, path: str | Path) -> Path:
    """Write a recording to `path`: netCDF-4 (ending .nc) or Zarr (ending .zarr).

    The attributes `long_name`, `units` and the CF flags of every standard variable are also
    written, so that the file describes itself.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording (`pfc_analysis.recording.schema`).
    path : str or Path
        Where to write (`~` is the home folder); an existing file is replaced when the new one is
        complete.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    RecordingError
        If the dataset is not a valid recording, the ending is unknown, or a variable or an
        attribute is of a type that netCDF does not have (complex numbers, dates, None, ...).
    WriteError
        If the disk is full or cannot be written to.
    ModuleNotFoundError
        If the ending is .zarr and zarr is not installed.

    Notes
    -----
    Half-precision numbers (float16) are written as float32, which holds each of them: netCDF has
    no 16-bit floating-point type. Every chunk of a Zarr folder is written, also one of zeros, so
    that a chunk that is missing can be told from it. Checksums are written with it (the
    attribute `checksum`: of a variable, that of its values; of the whole, that of names and
    attributes), which opening compares and takes off.

    An attribute that is a list with one string is read back from netCDF as a string. The attribute
    `labels` is always read back as a list.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> path = pfc.save_recording(recording, "agents.nc")
    >>> with pfc.open_recording(path) as opened:
    ...     print(opened["choice"].equals(recording["choice"]))
    True
    """
    path = recording_path(path)
    validate(recording, source=str(path))
    plain = ready_for_disk(recording, str(path))
    add_checksums(plain)
    # Without this, xarray declares NaN (or an integer) as the fill value of every variable.
    encoding = {name: {"_FillValue": None} for name in plain.variables}
    with atomic_path(path) as temporary, as_recording_error(path):
        if path.suffix == ".zarr":
            # Zarr format 3 does not specify text yet, and warns about it.
            plain.to_zarr(
                temporary,
                zarr_format=2,
                consolidated=True,
                encoding=encoding,
                write_empty_chunks=True,
            )
        else:
            write_netcdf(plain, temporary, encoding)
    return path


@contextmanager
def as_recording_error(path: Path) -> Iterator[None]:
    """Name the file in what the libraries say of data that they cannot write."""
    try:
        yield
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise RecordingError(
            f"{path}: the recording cannot be written ({type(error).__name__}: {error}). Drop or "
            "convert the variable or attribute that this is about."
        ) from error


@checks_types
def open_recording(path: str | Path) -> xr.Dataset:
    """Read and check a recording; arrays are loaded when they are first used.

    A subprocess first checks the recording and reads all of it, within limits of time and memory,
    so that a damaged file can neither crash nor hang this process. Nothing but the named file (or
    Zarr folder) is read.

    Parameters
    ----------
    path : str or Path
        A file written by `save_recording`; `~` is the home folder.

    Returns
    -------
    xarray.Dataset
        The recording. Close it, or use it in a `with` block, to release the file. If its values
        take 1 GiB or more, they are arrays of dask, where dask is installed: each part is read
        when it is used, and not kept.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If the file cannot be read, does not contain a valid recording, is not whole, links to
        other files, or is packed in a way that can run code.
    ModuleNotFoundError
        If the ending is .zarr and zarr is not installed.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> path = pfc.save_recording(recording, "agents.nc")
    >>> with pfc.open_recording("agents.nc") as opened:
    ...     print(opened.sizes["trial"] == recording.sizes["trial"])
    True
    """
    path = recording_path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such recording. Make one with: pfc record EXPERIMENT --out {path}"
        )
    check_isolated("recording", path)
    return open_trusted(path)


def open_trusted(path: Path) -> xr.Dataset:
    """Open a recording that was just written or checked, without another check of its values.

    Returns
    -------
    xarray.Dataset
        As `open_recording` returns it.
    """
    return _lazy(_as_it_was(_open(path)))


def open_in_this_process(path: Path) -> xr.Dataset:
    """Open and check a recording without a subprocess: a damaged file may crash the caller.

    Parameters and errors are those of `open_recording`.
    """
    path = recording_path(path)
    recording = _open(path)
    try:
        check_values(recording, str(path))
        return validate(_as_it_was(recording), source=str(path))
    except BaseException:
        recording.close()
        raise


def _open(path: Path) -> xr.Dataset:
    try:
        # Times are numbers with units here: xarray must not convert them to dates.
        if path.suffix == ".zarr":
            _check_zarr(path)
            with warnings.catch_warnings():
                # Of files that are no part of it, such as a desktop leaves them.
                warnings.filterwarnings("ignore", message="Object at .* is not recognized")
                # Not the copy of the metadata in one file, which may differ from those checked.
                return _in_order(
                    xr.open_zarr(path, chunks=None, decode_times=False, consolidated=False)
                )
        with open_hdf5(path, "a recording (a file of netCDF-4)", _WAY_OUT) as file:
            check_stored_inside(file, path)
        return xr.open_dataset(path, engine="h5netcdf", decode_times=False)
    except RecordingError:
        raise
    # The backends raise many types of errors for damaged files.
    except Exception as error:
        kind = "netCDF-4" if path.suffix == ".nc" else "Zarr"
        raise RecordingError(
            f"{path}: cannot be read as {kind} ({_size(path)}; {error}). "
            "The file may be truncated or in another format: make or fetch it again."
        ) from error


def _lazy(recording: xr.Dataset) -> xr.Dataset:
    """Cut a large recording into arrays of dask, which read their parts when they are computed."""
    if recording.nbytes < LARGE or find_spec("dask") is None:
        return recording
    rows = max(1, BLOCK_BYTES * recording.sizes["trial"] // recording.nbytes)
    chunked = recording.chunk({"trial": rows})
    chunked.set_close(recording.close)
    return chunked


def _in_order(recording: xr.Dataset) -> xr.Dataset:
    """Order variables by the standard, then by name: Zarr lists them in no fixed order."""
    standard = [*COORDINATES, *VARIABLES]
    names = sorted(map(str, recording.variables))
    ordered = [name for name in standard if name in recording.variables]
    found = recording[[*ordered, *(name for name in names if name not in ordered)]]
    found.set_close(recording.close)
    return found


def _check_zarr(path: Path) -> None:
    if not path.is_dir():
        raise RecordingError(
            f"{path}: found a file of {path.stat().st_size} bytes, expected a folder of Zarr. "
            f"{_WAY_OUT}"
        )
    check_folder(path)
    check_chunks(path)


def _size(path: Path) -> str:
    return "a folder" if path.is_dir() else f"a file of {path.stat().st_size} bytes"


def _as_it_was(recording: xr.Dataset) -> xr.Dataset:
    """Take off the checksums, and turn labels that netCDF stored as one string into a list."""
    recording.attrs.pop(ATTRIBUTE, None)
    for array in recording.variables.values():
        array.attrs.pop(ATTRIBUTE, None)
        labels = array.attrs.get("labels")
        if isinstance(labels, str):
            array.attrs["labels"] = [labels]
    return recording


def recording_path(path: str | Path) -> Path:
    """Return the path of a recording, or raise a RecordingError if its ending is unknown."""
    path = user_path(path)
    if path.suffix not in _FORMATS:
        raise RecordingError(
            f"{path}: unknown ending {path.suffix!r}, expected one of {list(_FORMATS)} "
            "(netCDF-4, or Zarr for recordings larger than memory)."
        )
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise ModuleNotFoundError(
            f"{path}: reading and writing Zarr needs the package zarr, which is not installed. "
            "Install it with: pip install 'pfc_analysis[zarr]', or use the ending .nc."
        )
    return path
