"""Blocks of rows that a core's cache holds: read once from memory, whatever is computed of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pfc_analysis.analysis.arrays import NumberArray

CACHE_VALUES = 3 * 2**14
"""Values of a block, 384 KiB in float64."""


def cut_rows(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Cut rows into blocks of about `CACHE_VALUES` values, the last one with what is left."""
    step = max(1, CACHE_VALUES // n_columns)
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def is_finite(values: NumberArray) -> bool:
    """Whether no value is NaN or infinite."""
    if values.dtype.kind != "f":
        return True
    flat = values if values.ndim == 1 else values.ravel("K")  # which copies what has gaps
    with np.errstate(over="ignore"):
        # A sum of squares tells sooner than the values, unless it overflows.
        return bool(np.isfinite(flat @ flat)) or bool(np.isfinite(flat).all())
