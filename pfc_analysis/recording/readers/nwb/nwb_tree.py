"""Reach groups and arrays of an NWB file in one way, whether it lies in HDF5 or in Zarr.

Nothing is read that a link leads to, that lies in another file, or that a codec packed which may
run code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.isolated.subprocess_reader import size_of
from pfc_analysis.recording.readers.nwb.nwb_columns import UnusableColumnError
from pfc_analysis.recording.readers.nwb.nwb_files import (
    LINK,
    as_text,
    leads_out,
    open_nwb,
    read_version,
)
from pfc_analysis.recording.readers.nwb.nwb_zarr import NwbZarrArray, check_nwb_zarr
from pfc_analysis.recording.readers.trees.hdf5_storage import check_array
from pfc_analysis.recording.readers.trees.zarr_metadata import (
    is_zarr,
    refuse_link,
    root_attributes,
)
from pfc_analysis.recording.schema import RecordingError

if TYPE_CHECKING:
    import h5py


class NwbTree(Protocol):
    """Groups and arrays of an NWB file, by their place, such as "units/spike_times"."""

    @property
    def path(self) -> Path:
        """The file or folder."""

    def names(self, place: str) -> list[str]:
        """Return what lies in a group; nothing where there is no such group."""

    def has(self, place: str) -> bool:
        """Say whether there is a group or an array at a place."""

    def attributes(self, place: str) -> dict[str, Any]:
        """Return the attributes of a group or an array."""

    def shape(self, place: str) -> tuple[int, ...]:
        """Return the shape of an array."""

    def read(self, place: str, part: Any = ...) -> np.ndarray:
        """Return the values of an array, text as text; UnusableColumnError if it has none."""

    def referred(self, place: str) -> list[str] | None:
        """Return the places that an array of references leads to; None where it cannot be read."""


@contextmanager
def open_tree(path: Path) -> Iterator[NwbTree]:
    """Open an NWB 2 file, in HDF5 or in Zarr.

    Raises
    ------
    RecordingError
        If it is none, or damaged.
    """
    if is_zarr(path):
        check_nwb_zarr(path)
        yield ZarrTree(path, MemoryLimit.of(path, size_of(path)))
        return
    with open_nwb(path) as file:
        version = read_version(file, path)
        if not version.startswith("2."):
            raise RecordingError(
                f"{path}: found NWB {version}, expected NWB 2, whose units and series are read."
            )
        yield Hdf5Tree(path, file, MemoryLimit.of(path))


@dataclass(frozen=True)
class Hdf5Tree:
    """An NWB file in HDF5."""

    path: Path
    file: h5py.File
    memory: MemoryLimit

    def names(self, place: str) -> list[str]:
        """Return what lies in a group."""
        import h5py

        group = None if leads_out(self.file, place) else self.file.get(place)
        return list(group) if isinstance(group, h5py.Group) else []

    def has(self, place: str) -> bool:
        """Say whether there is something at a place."""
        return place in self.file

    def attributes(self, place: str) -> dict[str, Any]:
        """Return the attributes at a place."""
        if leads_out(self.file, place):
            raise UnusableColumnError(LINK)
        found = {}
        for name, value in self.file[place].attrs.items():
            found[name] = as_text(value) if isinstance(value, bytes) else value
        return found

    def shape(self, place: str) -> tuple[int, ...]:
        """Return the shape of an array."""
        return tuple(self._array(place).shape)

    def read(self, place: str, part: Any = ...) -> np.ndarray:
        """Return values."""
        import h5py

        array = self._array(place)
        check_array(array, self.path, place)
        text = h5py.check_string_dtype(array.dtype) is not None
        taken = _count(array.shape, part) + int(prod(array.chunks or ()))
        self.memory.spend(taken * array.dtype.itemsize, place)
        values = np.asarray(array.asstr()[part] if text else array[part])
        # What was read is given back: one unit at a time is held in memory.
        self.memory.left += taken * array.dtype.itemsize
        return values

    def referred(self, place: str) -> list[str] | None:
        """Return the places that references lead to."""
        import h5py

        array = self._array(place)
        if h5py.check_ref_dtype(array.dtype) is not h5py.Reference or array.ndim != 1:
            return None
        self.memory.count(place, int(array.size))
        return [str(self.file[one].name).strip("/") if one else "" for one in array[()]]

    def _array(self, place: str) -> h5py.Dataset:
        import h5py

        if leads_out(self.file, place):
            raise UnusableColumnError(LINK)
        array = self.file.get(place)
        if not isinstance(array, h5py.Dataset) or array.shape is None:
            raise UnusableColumnError("no array")
        return array


@dataclass(frozen=True)
class ZarrTree:
    """An NWB file in Zarr, as hdmf-zarr writes it."""

    path: Path
    memory: MemoryLimit

    def names(self, place: str) -> list[str]:
        """Return what lies in a group."""
        folder = self._folder(place)
        if not folder.is_dir():
            return []
        return sorted(one.name for one in folder.iterdir() if one.is_dir())

    def has(self, place: str) -> bool:
        """Say whether there is something at a place."""
        return self._folder(place).is_dir()

    def attributes(self, place: str) -> dict[str, Any]:
        """Return the attributes at a place."""
        return root_attributes(self._folder(place))

    def shape(self, place: str) -> tuple[int, ...]:
        """Return the shape of an array."""
        return self._array(place).shape

    def read(self, place: str, part: Any = ...) -> np.ndarray:
        """Return values."""
        before = self.memory.left
        values = self._array(place).read(self.memory, part)
        self.memory.left = before
        return values

    def referred(self, place: str) -> list[str] | None:
        """Return None: hdmf-zarr keeps references as pickles, which are not read."""
        return None

    def _array(self, place: str) -> NwbZarrArray:
        folder = self._folder(place)
        return NwbZarrArray(folder.parent, folder.name)

    def _folder(self, place: str) -> Path:
        folder = self.path
        for part in place.split("/"):
            if part in ("", ".", ".."):
                raise UnusableColumnError(f"{place!r}, which is no place in the file")
            folder = folder / part
            refuse_link(folder)
        return folder


def _count(shape: tuple[int, ...], part: Any) -> int:
    """Return how many values a part of an array takes."""
    if part is ...:
        return prod(shape)
    parts = part if isinstance(part, tuple) else (part,)
    sizes = list(shape)
    for axis, one in enumerate(parts):
        sizes[axis] = len(range(*one.indices(shape[axis]))) if isinstance(one, slice) else 1
    return prod(sizes)
