"""Save and open recordings: netCDF-4, or Zarr for recordings larger than memory.

Writes are atomic: a temporary file is written beside the target and renamed when it is complete. A
killed process therefore leaves the old file or none (and perhaps a hidden
`.NAME.xxxxxxxx.partial.nc`, which can be deleted). The same recording gives the same bytes.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.recording.readers.isolated.subprocess_reader import check_isolated
from pfc_analysis.recording.schema import RecordingError, plain_text, with_attributes
from pfc_analysis.recording.validation import validate

__all__ = ["atomic_path", "open_recording", "save_recording"]

_FORMATS = (".nc", ".zarr")


def save_recording(recording: xr.Dataset, path: str | Path) -> Path:
    """Write a recording to `path`: netCDF-4 (ending .nc) or Zarr (ending .zarr).

    The attributes `long_name`, `units` and the CF flags of every standard variable are also
    written, so that the file describes itself.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording (`pfc_analysis.recording.schema`).
    path : str or Path
        Where to write; an existing file is replaced when the new one is complete.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    RecordingError
        If the dataset is not a valid recording or the ending is unknown.
    ModuleNotFoundError
        If the ending is .zarr and zarr is not installed.

    Notes
    -----
    An attribute that is a list with one string is read back from netCDF as a string. The attribute
    `labels` is always read back as a list.
    """
    path = recording_path(path)
    validate(recording, source=str(path))
    plain = _ready_for_disk(recording)
    # Without this, xarray declares NaN (or an integer) as the fill value of every variable.
    encoding = {name: {"_FillValue": None} for name in plain.variables}
    with atomic_path(path) as temporary:
        if path.suffix == ".zarr":
            # Zarr format 3 does not specify text yet, and warns about it.
            # Chunks of zeros are written too, so that a missing chunk is a fault.
            plain.to_zarr(
                temporary,
                zarr_format=2,
                consolidated=True,
                encoding=encoding,
                write_empty_chunks=True,
            )
        else:
            plain.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
    return path


def open_recording(path: str | Path) -> xr.Dataset:
    """Read and check a recording; arrays are loaded when they are first used.

    A subprocess reads all of it first, so that a damaged file can neither crash nor stop the
    caller (`pfc_analysis.recording.readers.isolated.subprocess_reader`).

    Parameters
    ----------
    path : str or Path
        A file written by `save_recording`.

    Returns
    -------
    xarray.Dataset
        The recording. Close it, or use it in a `with` block, to release the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If the file cannot be read, or does not contain a valid recording.
    ModuleNotFoundError
        If the ending is .zarr and zarr is not installed.
    """
    path = recording_path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such recording. Make one with: pfc record EXPERIMENT --out {path}"
        )
    check_isolated("recording", path)
    return open_checked(path)


def open_checked(path: Path) -> xr.Dataset:
    """Open a recording that a subprocess has read without harm.

    Parameters
    ----------
    path : Path
        A file written by `save_recording`.

    Returns
    -------
    xarray.Dataset
        The recording.

    Raises
    ------
    RecordingError
        If the file cannot be read, or does not contain a valid recording.
    """
    recording = _open(recording_path(path))
    try:
        return validate(_with_label_lists(recording), source=str(path))
    except BaseException:
        recording.close()
        raise


def _open(path: Path) -> xr.Dataset:
    try:
        # Times are numbers with units here: xarray must not convert them to dates.
        if path.suffix == ".zarr":
            return xr.open_zarr(path, chunks=None, decode_times=False)
        return xr.open_dataset(path, engine="h5netcdf", decode_times=False)
    # The backends raise many types of errors for damaged files.
    except Exception as error:
        kind = "netCDF-4" if path.suffix == ".nc" else "Zarr"
        raise RecordingError(
            f"{path}: cannot be read as {kind} ({_size(path)}; {error}). "
            "The file may be truncated or in another format: make or fetch it again."
        ) from error


def _size(path: Path) -> str:
    return "a folder" if path.is_dir() else f"a file of {path.stat().st_size} bytes"


def _ready_for_disk(recording: xr.Dataset) -> xr.Dataset:
    """Prepare a recording for writing: fill in attributes, convert text, drop old encodings."""
    plain = with_attributes(recording).drop_encoding()
    for name, array in plain.variables.items():
        if array.dtype.kind in "OT":
            plain[name] = (array.dims, plain_text(array.values), array.attrs)
        elif array.dtype == np.float16:  # netCDF-4 has none, and its own library crashes over it
            plain[name] = (array.dims, array.values.astype(np.float32), array.attrs)
    return plain


def _with_label_lists(recording: xr.Dataset) -> xr.Dataset:
    """Turn labels that netCDF stored as one string back into a list."""
    for array in recording.variables.values():
        labels = array.attrs.get("labels")
        if isinstance(labels, str):
            array.attrs["labels"] = [labels]
    return recording


def recording_path(path: str | Path) -> Path:
    """Return the path of a recording, or raise a RecordingError if its ending is unknown."""
    path = Path(path).expanduser()
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
