"""Rows of an array that is too large for memory, read block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray, NumberArray

BLOCK_VALUES = 2**23
"""Numbers that are read at once."""


class RowBlocks:
    """Stands in for an ndarray (row, column) whose values are read when rows are asked for.

    The last block that was read is kept, so that rows that are asked for in order are read once.

    Parameters
    ----------
    array : xarray.DataArray
        Two dimensions, of which the first counts rows; an array of dask.
    block_values : int
        Numbers to read at once.
    """

    def __init__(self, array: xr.DataArray, block_values: int = BLOCK_VALUES) -> None:
        self._array = array
        self._rows = max(1, block_values // array.shape[1])
        self._start, self._block = 0, np.empty((0, array.shape[1]), array.dtype)
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, 2
        self.size = array.size

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | IntArray) -> NumberArray:
        """Read rows; of an integer array, all at once."""
        if not isinstance(rows, slice):
            return np.asarray(self._array[rows].values)
        start, stop, step = rows.indices(len(self))
        if step != 1 or stop - start > self._rows:
            return np.asarray(self._array[rows].values)
        if start < self._start or stop > self._start + len(self._block):
            self._start = start
            self._block = np.asarray(self._array[start : start + self._rows].values)
        return self._block[start - self._start : stop - self._start]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NumberArray:
        """Read all rows, for what needs them together."""
        return np.asarray(self._array.values, dtype=dtype)

    def blocks(self) -> Iterator[tuple[int, NumberArray]]:
        """Read block after block; yield the first row of each, and its values."""
        for start in range(0, len(self), self._rows):
            yield start, self[start : start + self._rows]


def read_rows(array: xr.DataArray) -> NumberArray | RowBlocks:
    """Return the values of an array, or what reads them in blocks if it is an array of dask."""
    if array.chunks is not None and array.ndim == 2:
        return RowBlocks(array)
    return np.asarray(array.values)
