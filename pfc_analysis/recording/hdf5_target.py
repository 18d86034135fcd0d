"""Let HDF5 write to a disk that may run full, without a crash of the process.

Where a write fails, HDF5 cannot close its file any more, and the process ends with a segmentation
fault, soon or at its end. So HDF5 writes to an object that never fails: it keeps what does not fit
in memory, until HDF5 has closed its file, and then reports the error.
"""

from __future__ import annotations

import io
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xarray as xr

_LARGEST_METADATA = 2**16
"""Bytes that HDF5 writes at once of attributes; more at once are values of variables."""


@contextmanager
def hdf5_target(path: Path, marks: Sequence[bytes] = ()) -> Iterator[_Target]:
    """Yield an object to which h5py can write a new file; close the file within the block.

    Parameters
    ----------
    path : Path
        The file.
    marks : sequence of bytes
        Texts in attributes that `_Target.replace_marks` is to replace when the file is closed.

    Raises
    ------
    OSError
        After the block, if the disk took less than all of it.
    """
    with path.open("wb+", buffering=0) as file:
        target = _Target(file, marks)
        yield target
        if target.error is not None:
            raise target.error


def write_netcdf(
    dataset: xr.Dataset, path: Path, encoding: Mapping[Hashable, Any] | None = None
) -> None:
    """Write a dataset as a new netCDF-4 file.

    Parameters
    ----------
    dataset : xarray.Dataset
        Any dataset that netCDF can hold.
    path : Path
        The file, such as `pfc_analysis.atomic.atomic_path` gives it.
    encoding : mapping, optional
        As in `xarray.Dataset.to_netcdf`.

    Raises
    ------
    OSError
        If the disk is full, or cannot be written to.
    """
    import h5netcdf

    with hdf5_target(path) as target, h5netcdf.File(target, "w") as file:
        dataset.dump_to_store(xr.backends.H5NetCDFStore(file), encoding=encoding)


class _Target(io.RawIOBase):
    """A file that keeps in memory what the disk does not take.

    HDF5 writes an attribute when it is made, and at another place if it is changed. So an attribute
    whose value is known only when all data are written is first given a mark of the same length.
    This object remembers where each mark was written, to replace it there.
    """

    def __init__(self, file: io.FileIO, marks: Sequence[bytes] = ()) -> None:
        self.file = file
        self.marks, self.places = marks, dict[bytes, set[int]]()
        self.error: OSError | None = None
        self.kept: list[tuple[int, bytes]] = []
        self.position = 0
        self.size = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = start + offset
        return self.position

    def truncate(self, size: int | None = None) -> int:
        self.size = self.position if size is None else size
        if self.error is None:
            try:
                self.file.truncate(self.size)
            except OSError as error:
                self.error = error
        return self.size

    def write(self, data: Any) -> int:
        content = memoryview(data).cast("B")
        if self.marks and len(content) <= _LARGEST_METADATA:
            self._find_marks(bytes(content))
        if self.error is None:
            try:
                self._write_through(content)
            except OSError as error:
                self.error = error
        if self.error is not None:
            self.kept.append((self.position, bytes(content)))
        self.position += len(content)
        self.size = max(self.size, self.position)
        return len(content)

    def _find_marks(self, content: bytes) -> None:
        for mark in self.marks:
            at = content.find(mark)
            while at >= 0:
                self.places.setdefault(mark, set()).add(self.position + at)
                at = content.find(mark, at + 1)

    def replace_marks(self, texts: Mapping[bytes, bytes]) -> None:
        """Write a text of the same length in place of each mark; HDF5 has closed its file."""
        if self.error is not None:
            return
        for mark, text in texts.items():
            found = [at for at in self.places.get(mark, ()) if self._holds(mark, at)]
            assert found, mark
            assert len(mark) == len(text), (mark, text)
            for at in found:
                self.file.seek(at)
                self.file.write(text)

    def _holds(self, mark: bytes, at: int) -> bool:
        self.file.seek(at)
        return self.file.read(len(mark)) == mark

    def _write_through(self, content: memoryview) -> None:
        self.file.seek(self.position)
        done = 0
        while done < len(content):
            done += self.file.write(content[done:])

    def readinto(self, buffer: Any) -> int:
        wanted = memoryview(buffer).cast("B")
        length = min(len(wanted), max(self.size - self.position, 0))
        self.file.seek(self.position)
        content = bytearray(self.file.read(length).ljust(length, b"\0"))
        for start, piece in self.kept:
            first = max(start, self.position)
            last = min(start + len(piece), self.position + length)
            if first < last:
                inside = slice(first - self.position, last - self.position)
                content[inside] = piece[first - start : last - start]
        wanted[:length] = content
        self.position += length
        return length
