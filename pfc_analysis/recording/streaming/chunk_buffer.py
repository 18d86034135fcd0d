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
        self._start = 0
        self._parts: list[np.ndarray] = []

    def append(self, values: np.ndarray) -> None:
        """Add rows, and write those that fill chunks."""
        self._parts.append(values)
        ready = sum(map(len, self._parts)) // self._rows * self._rows
        if ready:
            self._write(ready)

    def flush(self) -> None:
        """Write the rows of the last chunk, which may be shorter."""
        if self._parts:
            self._write(sum(map(len, self._parts)))

    def _write(self, n_rows: int) -> None:
        whole = self._parts[0] if len(self._parts) == 1 else np.concatenate(self._parts)
        self._target[self._start : self._start + n_rows] = whole[:n_rows]
        self._start += n_rows
        self._parts = [whole[n_rows:].copy()] if n_rows < len(whole) else []
