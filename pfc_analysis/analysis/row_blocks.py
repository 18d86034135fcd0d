"""Rows of an array that is too large for memory, read block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray, NumberArray

BLOCK_VALUES = 2**23
"""Numbers that are read at once."""


class Rows(Protocol):
    """Two-dimensional array whose rows are asked for: an ndarray, or a reader of a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of rows and columns."""

    def __getitem__(self, rows: Any, /) -> Any:
        """Return rows, of a slice or an integer array."""


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
        self._array, self._block_values = array, block_values
        self._rows = max(1, block_values // array.shape[1])
        self._start, self._block = 0, np.empty((0, array.shape[1]), array.dtype)
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, 2
        self.size = array.size

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | IntArray) -> NumberArray:
        """Read rows; of an integer array, all at once."""
        if not isinstance(rows, slice):
            first, last = (int(rows.min()), int(rows.max())) if len(rows) else (0, -1)
            if last - first < 2 * len(rows):  # close together, so that all between them are read
                return self[first : last + 1][rows - first]
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

    def select_columns(self, columns: IntArray) -> RowBlocks:
        """Return a reader of some columns."""
        return RowBlocks(self._array[:, columns], self._block_values)

    def blocks(self) -> Iterator[tuple[int, NumberArray]]:
        """Read block after block; yield the first row of each, and its values."""
        for start in range(0, len(self), self._rows):
            yield start, self[start : start + self._rows]


class RowSubset:
    """Some rows of an array, in a given order, that are read when they are asked for.

    Parameters
    ----------
    source : ndarray (row, column), RowBlocks or the like
    rows : integer array (row,)
    """

    def __init__(self, source: Rows, rows: IntArray) -> None:
        self._source, self._rows = source, rows
        self.shape = (rows.size, source.shape[1])

    def __getitem__(self, rows: slice | IntArray) -> NumberArray:
        """Read rows by their number in the subset."""
        return np.asarray(self._source[self._rows[rows]])


def select_rows(array: Rows, rows: IntArray) -> Rows:
    """Select rows: at once in memory, or when they are asked for."""
    return array[rows] if isinstance(array, np.ndarray) else RowSubset(array, rows)


def iterate_rows(array: Rows) -> Iterator[tuple[int, NumberArray]]:
    """Iterate over blocks of rows: the first row of each, and its values.

    An array in memory is one block.
    """
    if isinstance(array, RowBlocks):
        yield from array.blocks()
    else:
        yield 0, np.asarray(array)


def as_slice(rows: IntArray) -> slice | IntArray:
    """Turn rows that follow each other into a slice, which is read without a copy."""
    if not rows.size or (np.diff(rows) != 1).any():
        return rows
    return slice(int(rows[0]), int(rows[-1]) + 1)


def read_rows(array: xr.DataArray) -> NumberArray | RowBlocks:
    """Return the values of an array, or what reads them in blocks if it is an array of dask."""
    if array.chunks is not None and array.ndim == 2:
        return RowBlocks(array)
    return np.asarray(array.values)
