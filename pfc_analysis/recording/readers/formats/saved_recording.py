"""Open recordings that `save_recording` wrote, as netCDF-4 or Zarr."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.hdf5_files import (
    is_own,
    is_plain_hdf5,
    lies_elsewhere,
    open_hdf5,
)
from pfc_analysis.recording.readers.trees.zarr_metadata import dimensions, is_zarr, root_attributes
from pfc_analysis.recording.storage import open_in_this_process, open_trusted
from pfc_analysis.recording.value_checksum import has_checksum

if TYPE_CHECKING:
    import h5py

_ALWAYS = ("subject", "reward")
_EITHER = ("choice", "cue")


def open_saved_recordings(paths: Sequence[Path]) -> xr.Dataset:
    """Open recordings, and join several along `trial`."""
    return join_recordings([open_in_this_process(path) for path in paths])


def open_checked_recordings(paths: Sequence[Path]) -> xr.Dataset:
    """Open recordings whose values were checked before, and join several along `trial`."""
    return join_recordings([open_trusted(path) for path in paths])


def _recognise(path: Path, head: bytes) -> bool | None:
    """Recognise a recording in a Zarr folder; in HDF5, only a look inside can tell."""
    if is_zarr(path):
        if has_checksum(root_attributes(path)):  # opening it says what is missing
            return True
        names = (*_ALWAYS, *_EITHER)
        return _are_enough([name for name in names if dimensions(path / name) == ["trial"]])
    return None if is_plain_hdf5(path, head) else False


def _look_inside(path: Path) -> bool:
    with open_hdf5(path, "an HDF5 file", "Get it again from its source.") as file:
        names = [name for name in (*_ALWAYS, *_EITHER) if name in set(file)]
        is_netcdf = "trial" in set(file) and "_NCProperties" in file.attrs
        if is_netcdf and has_checksum(file.attrs):
            return True  # opening it says what is missing
        if not (is_netcdf and _are_enough(names)):
            return False
        if not all(is_own(file, name) and _lies_inside(file[name]) for name in names):
            return True  # opening it says what lies elsewhere, and reads nothing of that
        return len({getattr(file[name], "shape", None) for name in names}) == 1


def _lies_inside(found: h5py.Dataset | h5py.Group) -> bool:
    import h5py

    return not isinstance(found, h5py.Dataset) or not lies_elsewhere(found)


def _are_enough(names: list[str]) -> bool:
    return set(_ALWAYS) <= set(names) and bool(set(_EITHER) & set(names))


FORMAT = Format(
    name="recording",
    title="a recording of this toolkit",
    endings=(".nc", ".zarr"),
    recognise=_recognise,
    look_inside=_look_inside,
    open_recording=open_saved_recordings,
    open_checked=open_checked_recordings,
    isolated=True,
    rank=0,
)
