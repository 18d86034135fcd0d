"""Write a recording to a file, block of trials after block of trials: to Zarr, or to netCDF-4.

The whole is described before its first block: sizes, types and attributes. So the file is the same,
byte for byte, as if all trials were written at once. Only the checksums of values are known when
the last block is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.hdf5_target import hdf5_target
from pfc_analysis.recording.streaming.chunk_buffer import ChunkBuffer
from pfc_analysis.recording.value_checksum import ATTRIBUTE, extend_checksum, format_checksum

Subjects = Mapping[str, int]
"""The number of trials of each subject, in order."""

_LETTERS = "ghijklmnopqrstuvwxyz"
"""Letters that no checksum has."""

_ROWS = 2**18
"""Names of subjects that are made at once."""


class BlockWriter:
    """Receives the variables of a file from xarray, and writes the blocks that follow.

    Parameters
    ----------
    whole : xarray.Dataset
        The recording as it shall be: variables on `trial` are one value, broadcast.
    subjects : mapping
        Subjects and their numbers of trials. The variable `subject` is written at once: netCDF
        stores each text in order of writing, between the descriptions of other variables.
    folder : Path
        Folder for rows that do not yet fill a chunk.

    Attributes
    ----------
    checksums : dict of int
        CRC-32 of what is written, by the name of the variable.
    """

    def __init__(self, whole: xr.Dataset, subjects: Subjects, folder: Path) -> None:
        self.checksums: dict[str, int] = {}
        self._whole, self._subjects, self._folder = whole, subjects, folder
        self._buffers: dict[str, ChunkBuffer] = {}

    def add(self, source: Any, target: Any, region: Any = None) -> None:
        """Prepare a variable whose values come with the blocks; write any other one (for xarray).

        Parameters
        ----------
        source : ndarray
            All values of a variable that is not on `trial`; one value, broadcast, of one that is.
        target : zarr.Array or variable of netCDF
            Where they are written.
        region : object
            Not used: all of the variable is written.
        """
        name = getattr(target, "variable_name", None) or target.basename
        chunks = getattr(target, "chunks", None)
        if "trial" not in self._whole[name].dims:
            target[...] = source
            self.checksums[name] = extend_checksum(np.asarray(source))
            return
        one_row = (1, *source.shape[1:])
        self._buffers[name] = ChunkBuffer(target, chunks or one_row, self._folder)
        if not chunks and source.dtype.kind in "iufb":
            target[:1] = source[:1]  # at its first write, HDF5 takes the space of all
        if name == "subject":
            for names in repeat_names(self._subjects):
                self.append(name, names)

    def append(self, name: str, values: np.ndarray) -> None:
        """Write further rows of a variable on `trial`."""
        self.checksums[name] = extend_checksum(values, self.checksums.get(name, 0))
        self._buffers[name].append(values)

    def write(self, block: xr.Dataset) -> None:
        """Write a block of trials."""
        for name, array in block.variables.items():
            if "trial" in array.dims and name != "subject":
                self.append(str(name), array.values)

    def flush(self) -> None:
        """Write what is left of the last chunks."""
        for buffer in self._buffers.values():
            buffer.flush()

    def close(self) -> None:
        """Let go of all buffers."""
        for buffer in self._buffers.values():
            buffer.close()


def repeat_names(subjects: Subjects) -> Iterator[np.ndarray]:
    """Yield the name of the subject of every trial, some trials at a time."""
    names = np.array(list(subjects))
    ends = np.cumsum(list(subjects.values()))
    for start in range(0, int(ends[-1]), _ROWS):
        trials = np.arange(start, min(start + _ROWS, ends[-1]))
        yield names[np.searchsorted(ends, trials, side="right")]


@contextmanager
def open_store(path: Path, whole: xr.Dataset, subjects: Subjects) -> Iterator[BlockWriter]:
    """Make a new file, yield what writes its blocks, and complete it after the block.

    Parameters
    ----------
    path : Path
        The file (.nc) or folder (.zarr), such as `pfc_analysis.atomic.atomic_path` gives it.
    whole : xarray.Dataset
        The recording as it shall be: variables on `trial` are one value, broadcast.
    subjects : mapping
        Subjects and their numbers of trials.
    """
    store = _open_zarr if path.suffix == ".zarr" else _open_netcdf
    with (
        closing(BlockWriter(whole, subjects, path.parent)) as made,
        store(path, whole, made) as writer,
    ):
        yield writer
        writer.flush()


@contextmanager
def _open_zarr(path: Path, whole: xr.Dataset, writer: BlockWriter) -> Iterator[BlockWriter]:
    import zarr

    store = xr.backends.ZarrStore.open_group(
        path, mode="w-", zarr_format=2, consolidate_on_close=True, write_empty=True
    )
    marked = _with_checksums(whole, dict.fromkeys(map(str, whole.variables), 0))
    marked.dump_to_store(store, writer=writer, encoding=_encoding(whole))
    yield writer
    for name, found in writer.checksums.items():
        store.zarr_group[name].attrs[ATTRIBUTE] = format_checksum(found)
    zarr.consolidate_metadata(store.zarr_group.store, zarr_format=2)


@contextmanager
def _open_netcdf(path: Path, whole: xr.Dataset, writer: BlockWriter) -> Iterator[BlockWriter]:
    import h5netcdf

    marks = {str(name): _mark(number) for number, name in enumerate(whole.variables)}
    with hdf5_target(path, [word for mark in marks.values() for word in _words(mark)]) as target:
        with h5netcdf.File(target, "w") as file:
            marked = whole.copy()
            for name, mark in marks.items():
                marked[name].attrs[ATTRIBUTE] = mark
            store = xr.backends.H5NetCDFStore(file)
            marked.dump_to_store(store, writer=writer, encoding=_encoding(whole))
            yield writer
        texts: dict[bytes, bytes] = {}
        for name, found in writer.checksums.items():
            texts |= zip(_words(marks[name]), _words(format_checksum(found)), strict=True)
        target.replace_marks(texts)


def _mark(number: int) -> str:
    """Return a text that is as long as a checksum and is none."""
    letters = _LETTERS[number // len(_LETTERS)] + _LETTERS[number % len(_LETTERS)]
    return f"crc32:{letters}#{letters}#{letters}"


def _words(checksum: str) -> tuple[bytes, bytes]:
    """Cut a checksum as HDF5 moves its bytes: 8 at a time, some of which stay in unused places."""
    content = checksum.encode()
    return content[:8], content[8:]


def _with_checksums(whole: xr.Dataset, checksums: Mapping[str, int]) -> xr.Dataset:
    marked = whole.copy()
    for name, found in checksums.items():
        marked[name].attrs[ATTRIBUTE] = format_checksum(found)
    return marked


def _encoding(whole: xr.Dataset) -> dict[Any, dict[str, None]]:
    # Without this, xarray declares NaN (or an integer) as the fill value of every variable.
    return {name: {"_FillValue": None} for name in whole.variables}
