"""Recordings on disk: netCDF-4, or Zarr where a recording outgrows memory.

Writes are atomic: the file is written beside its target and moved there whole, so that a killed
process leaves the old file or none.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.validation import validate

_FORMATS = (".nc", ".zarr")


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a fresh path beside `target`; move it there if the block succeeds, else remove it.

    Parameters
    ----------
    target : str or Path
        File or folder to write. Its folder is made where it does not exist.

    Yields
    ------
    Path
        Where to write, on the same file system, with the ending of the target.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{uuid.uuid4().hex[:8]}.partial{target.suffix}")
    try:
        yield temporary
        if temporary.is_dir() and target.exists():
            shutil.rmtree(target)
        os.replace(temporary, target)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def save_recording(recording: xr.Dataset, path: str | Path) -> Path:
    """Write a recording to `path`: netCDF-4 (ending .nc) or Zarr (ending .zarr).

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording (`pfc_analysis.recording.schema`).
    path : str or Path
        Where to write; an existing file is replaced once the new one is whole.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    RecordingError
        If the dataset is no valid recording or the ending is unknown.
    """
    path = _known_format(path)
    validate(recording, source=str(path))
    with atomic_path(path) as temporary:
        if path.suffix == ".zarr":
            recording.to_zarr(temporary, zarr_format=2, consolidated=True)
        else:
            recording.to_netcdf(temporary, engine="h5netcdf")
    return path


def open_recording(path: str | Path) -> xr.Dataset:
    """Read and check a recording; arrays are loaded when they are first used.

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
        If the file cannot be read, or what it holds is no valid recording.
    """
    path = _known_format(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such recording. Make one with: pfc record EXPERIMENT --out {path}"
        )
    try:
        if path.suffix == ".zarr":
            recording = xr.open_zarr(path, chunks=None)
        else:
            recording = xr.open_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError) as error:
        raise RecordingError(
            f"{path}: cannot be read as {path.suffix} ({error}). "
            "It may be cut off or of another kind; make or fetch it again."
        ) from error
    try:
        return validate(recording, source=str(path))
    except RecordingError:
        recording.close()
        raise


def _known_format(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise RecordingError(
            f"{path}: unknown ending {path.suffix!r}, expected one of {list(_FORMATS)} "
            "(netCDF-4, or Zarr for a recording that outgrows memory)."
        )
    return path
