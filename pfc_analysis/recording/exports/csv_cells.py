"""Convert numbers to CSV cells and back, without losing a bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_INFINITE = {"inf": "INF", "-inf": "-INF", "nan": ""}
"""As XML Schema writes them, whose numbers CSV on the Web takes; no number is an empty cell."""


def to_cells(values: np.ndarray) -> list[str]:
    """Write a one-dimensional array as text, with the fewest digits that restore each number.

    Parameters
    ----------
    values : numpy.ndarray
        Booleans (1 and 0), numbers (NaN is an empty cell) or text.

    Returns
    -------
    list of str
        One cell a value.
    """
    if values.dtype.kind == "U":
        found: list[str] = values.tolist()
        return found
    if values.dtype.kind == "f":
        return [_INFINITE.get(text, text) for text in _shortest(values)]
    if values.dtype.kind == "b":
        values = values.astype(np.int8)
    return list(map(str, values.tolist()))


def _shortest(values: np.ndarray) -> list[str]:
    exact = list(map(repr, values.astype(np.float64).tolist()))
    if values.dtype.itemsize == 8:
        return exact
    # Digits enough for this dtype; read by way of a double, a few might fall to a neighbour.
    short: list[str] = values.astype(str).tolist()
    back = np.array(short).astype(np.float64).astype(values.dtype)
    same = (back == values) | np.isnan(values)
    return [few if good else all_ for few, all_, good in zip(short, exact, same, strict=True)]


def from_cells(cells: Sequence[str], dtype: np.dtype[Any]) -> tuple[np.ndarray, int | None, str]:
    """Read cells as an array of a given dtype.

    Parameters
    ----------
    cells : sequence of str
        As `to_cells` writes them.
    dtype : numpy.dtype
        What they were.

    Returns
    -------
    values : numpy.ndarray
        The array; empty where a cell cannot be read.
    wrong : int or None
        The first cell that cannot be read.
    expected : str
        What was expected there.
    """
    if dtype.kind == "U":
        return np.array(cells, dtype=str), None, "text"
    if dtype.kind == "f":
        read: Callable[[str], Any] = _to_float
        expected = "a number, or nothing"
    elif dtype.kind == "b":
        read, expected = {"0": False, "1": True, "true": True, "false": False}.__getitem__, "0 or 1"
    else:
        limits = np.iinfo(dtype)
        read, expected = (
            _to_whole(limits.min, limits.max),
            (f"a whole number from {limits.min} to {limits.max}"),
        )
    try:
        return np.array([read(cell) for cell in cells], dtype=dtype), None, expected
    except (ValueError, KeyError):
        return np.empty(0, dtype), _first_wrong(cells, read), expected


def _to_float(cell: str) -> float:
    return float(cell) if cell else np.nan


def _to_whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(cell: str) -> int:
        value = int(cell)
        if not lowest <= value <= highest:
            raise ValueError(cell)
        return value

    return read


def _first_wrong(cells: Sequence[str], read: Callable[[str], Any]) -> int:
    for number, cell in enumerate(cells):
        try:
            read(cell)
        except (ValueError, KeyError):
            return number
    raise AssertionError("every cell can be read")
