"""Collect rows of an array until whole chunks of a Zarr array can be written."""

from __future__ import annotations

from typing import Any

import numpy as np


class ChunkBuffer:
    """Writes rows to an array on disk, whole chunks at a time.

    A chunk that is written in two parts would be compressed twice, and read in between.

    Parameters
    ----------
    target : array-like
        What can be assigned to by rows: a Zarr array, or a variable of a netCDF file.
    rows : int
        Rows of a chunk; 1 writes whatever comes at once.
    """

    def __init__(self, target: Any, rows: int) -> None:
        self._target, self._rows = target, rows
        self._written = self._held = 0
        self._chunk: np.ndarray | None = None

    def append(self, values: np.ndarray) -> None:
        """Add rows, and write those that fill chunks."""
        while len(values):
            if not self._held and len(values) >= self._rows:
                whole = len(values) // self._rows * self._rows
                self._write(values[:whole])
            else:
                whole = min(len(values), self._rows - self._held)
                self._hold(values[:whole])
            values = values[whole:]

    def flush(self) -> None:
        """Write the rows of the last chunk, which may be shorter."""
        if self._chunk is not None and self._held:
            held, self._held = self._held, 0
            self._write(self._chunk[:held])

    def _hold(self, values: np.ndarray) -> None:
        if self._chunk is None:
            self._chunk = np.empty((self._rows, *values.shape[1:]), values.dtype)
        self._chunk[self._held : self._held + len(values)] = values
        self._held += len(values)
        if self._held == self._rows:
            self.flush()

    def _write(self, values: np.ndarray) -> None:
        self._target[self._written : self._written + len(values)] = values
        self._written += len(values)
