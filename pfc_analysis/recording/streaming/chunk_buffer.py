"""Collect rows of an array until whole chunks of a Zarr array can be written."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

IN_MEMORY = 2**24
"""Bytes of rows that are collected in memory; more are collected in a file without a name."""


class ChunkBuffer:
    """Writes rows to an array on disk, whole chunks at a time.

    A chunk that is written in two parts would be compressed twice, and read in between.

    Parameters
    ----------
    target : array-like
        What can be assigned to: a Zarr array, or a variable of a netCDF file.
    chunks : sequence of int
        Shape of a chunk; the first is its rows. 1 row writes whatever comes at once.
    folder : Path
        Where large parts are collected: on the disk that is written to.
    """

    def __init__(self, target: Any, chunks: Sequence[int], folder: Path) -> None:
        self._target, self._folder = target, folder
        self._rows, *self._widths = chunks
        self._written = self._held = 0
        self._file: Any = None

    def append(self, values: np.ndarray) -> None:
        """Add rows, and write those that fill chunks."""
        while len(values):
            if not self._held and len(values) >= self._rows:
                taken = len(values) // self._rows * self._rows
                self._target[self._written : self._written + taken] = values[:taken]
                self._written += taken
            else:
                taken = min(len(values), self._rows - self._held)
                self._hold(values[:taken])
            values = values[taken:]

    def flush(self) -> None:
        """Write the rows of the last chunks, which may be shorter."""
        rows = slice(self._written, self._written + self._held)
        if self._held:
            for columns, start, row_bytes, shape in self._parts():
                self._file.seek(start)
                content = self._file.read(self._held * row_bytes)
                part = np.frombuffer(content, self._dtype).reshape(self._held, *shape)
                self._target[(rows, *columns)] = part
        self._written, self._held = rows.stop, 0

    def _hold(self, values: np.ndarray) -> None:
        if self._file is None:
            self._shape, self._dtype = values.shape[1:], values.dtype
            size = self._rows * values[0].nbytes
            is_small = size <= IN_MEMORY
            self._file = io.BytesIO() if is_small else TemporaryFile(dir=self._folder)  # noqa: SIM115
        for columns, start, row_bytes, _ in self._parts():
            self._file.seek(start + self._held * row_bytes)
            self._file.write(values[(slice(None), *columns)].tobytes())
        self._held += len(values)
        if self._held == self._rows:
            self.flush()

    def _parts(self) -> Iterator[tuple[tuple[slice, ...], int, int, list[int]]]:
        """Yield, of each column of chunks, its place, its first byte, and its bytes and shape."""
        cuts = [
            [slice(start, min(start + width, size)) for start in range(0, size, width)]
            for size, width in zip(self._shape, self._widths, strict=True)
        ]
        start = 0
        for columns in product(*cuts):
            shape = [cut.stop - cut.start for cut in columns]
            row_bytes = int(np.prod(shape, dtype=np.int64)) * self._dtype.itemsize
            yield columns, start, row_bytes, shape
            start += self._rows * row_bytes

    def close(self) -> None:
        """Let go of what was collected."""
        if self._file is not None:
            self._file.close()
