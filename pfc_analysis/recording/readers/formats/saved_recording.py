"""Open recordings that `save_recording` wrote, as netCDF-4 or Zarr."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.hdf5_files import is_own, is_plain_hdf5, open_hdf5
from pfc_analysis.recording.readers.trees.stored_recordings import check_stored_recording
from pfc_analysis.recording.readers.trees.zarr_metadata import dimensions, is_zarr
from pfc_analysis.recording.storage import open_checked

_ALWAYS = ("subject", "reward")
_EITHER = ("choice", "cue")


def open_saved_recordings(paths: Sequence[Path]) -> xr.Dataset:
    """Open recordings, and join several along `trial`."""
    return join_recordings([open_checked(path) for path in paths])


def _recognise(path: Path, head: bytes) -> bool | None:
    """Recognise a recording in a Zarr folder; in HDF5, only a look inside can tell."""
    if is_zarr(path):
        names = (*_ALWAYS, *_EITHER)
        return _are_enough([name for name in names if dimensions(path / name) == ["trial"]])
    return None if is_plain_hdf5(path, head) else False


def _look_inside(path: Path) -> bool:
    with open_hdf5(path, "an HDF5 file", "Get it again from its source.") as file:
        names = [name for name in (*_ALWAYS, *_EITHER) if is_own(file, name)]
        lengths = {getattr(file[name], "shape", None) for name in names}
        is_netcdf = "trial" in file and "_NCProperties" in file.attrs
        return is_netcdf and _are_enough(names) and len(lengths) == 1


def _are_enough(names: list[str]) -> bool:
    return set(_ALWAYS) <= set(names) and bool(set(_EITHER) & set(names))


FORMAT = Format(
    name="recording",
    title="a recording of this toolkit",
    endings=(".nc", ".zarr"),
    recognise=_recognise,
    look_inside=_look_inside,
    open_recording=open_saved_recordings,
    check=check_stored_recording,
    isolated=True,
    rank=0,
)
