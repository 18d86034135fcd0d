"""Sum hidden states and their products in one pass over blocks of rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.row_products import sum_products

BLOCK_VALUES = 2**20
"""Number of values that are read at a time."""

SAMPLE_ROWS = 4096
"""Evenly spaced rows whose mean is subtracted before squares are summed, for precision."""


@dataclass(frozen=True)
class RowMoments:
    """Sums over the rows of each group (a session, or all), after subtraction of a `shift`.

    Attributes
    ----------
    count : float array (group,)
        Rows.
    total : float array (group, unit)
        Sums.
    square : float array (group, unit, unit)
        Sums of outer products.
    shift : float array (unit,)
        Subtracted from each row first.
    """

    count: FloatArray
    total: FloatArray
    square: FloatArray
    shift: FloatArray

    def pool(self, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Pool groups, each `weight` (..., group) times: number of rows, mean and covariance.

        Float arrays (...), (..., unit) and (..., unit, unit).
        """
        count = np.asarray(weight @ self.count)
        total = weight @ self.total
        mean = total / count[..., None]
        scatter = np.tensordot(weight, self.square, axes=1) - total[..., None] * mean[..., None, :]
        return count, self.shift + mean, scatter / (count[..., None, None] - 1)


def sum_rows(
    states: xr.DataArray, group: IntArray | None = None, block_values: int = BLOCK_VALUES
) -> tuple[RowMoments, int]:
    """Sum rows and their outer products.

    Parameters
    ----------
    states : xarray.DataArray
        On `unit` and any other dimensions. Rows that are NaN in all units are left out.
    group : integer array (trial,), optional
        Sessions of trials, counted from 0; by default all rows are one group.
    block_values : int
        Values to read at a time.

    Returns
    -------
    RowMoments, int
        The sums, and the number of rows left out. Groups without a row are left out.

    Raises
    ------
    AnalysisError
        If a row is infinite, or NaN in some units only.
    """
    n_units = states.sizes["unit"]
    n_groups = 1 if group is None else int(group.max()) + 1
    shift = _find_shift(states)
    count, total = np.zeros(n_groups), np.zeros((n_groups, n_units))
    square = np.zeros((n_groups, n_units, n_units))
    n_rows = 0
    for where, block in iterate_blocks(states, block_values, None if group is None else "trial"):
        label = None if group is None else _label_rows(group[where["trial"]], states, block)
        n_rows += block.size // n_units
        for index, rows in _split(block.reshape(-1, n_units), label):
            n_finite, row_total, row_square = _sum_finite(states, rows, shift)
            count[index] += n_finite
            total[index] += row_total
            square[index] += row_square
    kept = count > 0
    moments = RowMoments(count[kept], total[kept], square[kept], shift)
    return moments, n_rows - int(count.sum())


def iterate_blocks(
    states: xr.DataArray, block_values: int, along: Hashable | None = None
) -> Iterator[tuple[dict[Hashable, slice], NumberArray]]:
    """Read states in blocks: the place of each, and its values with `unit` last.

    Blocks are cut `along` a dimension, by default the longest; the others stay in their order.
    """
    dims = [dim for dim in states.dims if dim != "unit"]
    along = max(dims, key=lambda dim: states.sizes[dim]) if along is None else along
    length = states.sizes[along]
    step = max(1, block_values * length // states.size)
    # A chunk of a file is decompressed whole, so each is read once, and then cut.
    for begin, end in _list_chunks(states, along, length, step):
        part = states.isel({along: slice(begin, end)}).transpose(..., "unit")
        values, axis = part.values, part.dims.index(along)
        for start in range(0, end - begin, step):
            place = slice(start, min(start + step, end - begin))
            where = {along: slice(begin + place.start, begin + place.stop)}
            yield where, values[(slice(None),) * axis + (place,)]


def _list_chunks(
    states: xr.DataArray, along: Hashable, length: int, step: int
) -> Iterator[tuple[int, int]]:
    """List first and last row of what is read at once: chunks of a file that exceed a block."""
    chunks = dict(states.chunksizes).get(along) if states.chunks is not None else None
    if chunks is None or max(chunks) < step:
        ends = np.minimum(np.arange(step, length + step, step), length)
    else:
        ends = np.cumsum(chunks)
    yield from zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)


def _find_shift(states: xr.DataArray) -> FloatArray:
    """Average a sample of rows; squares around it lose no digits to a large mean."""
    dims = [dim for dim in states.dims if dim != "unit"]
    longest = max(dims, key=lambda dim: states.sizes[dim])
    n_rows = states.size // states.sizes["unit"]
    step = max(1, n_rows // SAMPLE_ROWS)
    sample = states.isel({longest: slice(None, None, step)}).transpose(..., "unit").values
    rows = np.asarray(sample, dtype=np.float64).reshape(-1, states.sizes["unit"])
    rows = rows[np.isfinite(rows).all(axis=1)]
    return rows.mean(axis=0) if len(rows) else np.zeros(states.sizes["unit"])


def _sum_finite(
    states: xr.DataArray, rows: NumberArray, shift: FloatArray
) -> tuple[int, FloatArray, FloatArray]:
    """Count rows (row, unit) that are not NaN, and sum them and their products minus `shift`."""
    total, square = sum_products(rows, shift)
    # Testing the sums for values that are not finite is faster than testing every value.
    if not np.isfinite(square.sum()):
        rows = rows[_find_finite(states, rows)]
        total, square = sum_products(rows, shift)
    return len(rows), total, square


def _find_finite(states: xr.DataArray, rows: NumberArray) -> BoolArray:
    """Find rows without NaN; raise an error if a row is infinite or NaN in some units only."""
    finite = np.asarray(np.isfinite(rows).all(axis=1), dtype=np.bool_)
    odd = rows[~finite]
    wrong = int(np.sum(~np.isnan(odd).all(axis=1)))
    if wrong:
        raise AnalysisError(
            f"{states.name or 'states'}: found {wrong} or more row(s) that are infinite, or NaN in "
            "some units only, expected finite numbers, or NaN in all units where a step was not "
            "reached; leave out those units or rows"
        )
    return finite


def _label_rows(group: IntArray, states: xr.DataArray, block: NumberArray) -> IntArray:
    """Find the group of each row of a block from the groups of its trials."""
    axis = [dim for dim in states.dims if dim != "unit"].index("trial")
    shape = [1] * (block.ndim - 1)
    shape[axis] = -1
    label = np.broadcast_to(group.reshape(shape), block.shape[:-1])
    return np.asarray(label.reshape(-1), dtype=np.int64)


def _split(rows: NumberArray, label: IntArray | None) -> Iterator[tuple[int, NumberArray]]:
    """Iterate over groups: the number of each, and its rows."""
    if label is None:
        yield 0, rows
        return
    order = np.argsort(label, kind="stable")
    label, rows = label[order], rows[order]
    starts = np.flatnonzero(np.diff(label, prepend=-1))
    for start, end in zip(starts, np.append(starts[1:], label.size), strict=True):
        yield int(label[start]), rows[start:end]
