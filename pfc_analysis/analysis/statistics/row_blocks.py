"""Cut arrays into blocks of rows that fit in a core's cache, so that memory is read only once."""

from __future__ import annotations

from collections.abc import Iterator

CACHE_VALUES = 3 * 2**14
"""Values of a block, 384 KiB in float64."""


def cut_rows(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Cut rows into blocks of about `CACHE_VALUES` values; the last block may be smaller."""
    step = max(1, CACHE_VALUES // n_columns)
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))
