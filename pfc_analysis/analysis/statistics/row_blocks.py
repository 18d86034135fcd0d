"""Cut arrays into blocks of rows that fit in a core's cache, so that memory is read only once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pfc_analysis.analysis.arrays import NumberArray

CACHE_VALUES = 3 * 2**14
"""Values of a block, 384 KiB in float64."""


def cut_rows(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Cut rows into blocks of about `CACHE_VALUES` values; the last block may be smaller."""
    step = max(1, CACHE_VALUES // n_columns)
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def is_finite(values: NumberArray) -> bool:
    """Test whether all values are finite."""
    if values.dtype.kind != "f":
        return True
    flat = values if values.ndim == 1 else values.ravel("K")  # copies only if not contiguous
    with np.errstate(over="ignore"):
        # A finite sum of squares is a faster test than all values, unless it overflows.
        return bool(np.isfinite(flat @ flat)) or bool(np.isfinite(flat).all())
