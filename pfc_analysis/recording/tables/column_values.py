"""Compare and list single values of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

EMPTY = ("", "nan", "na", "n/a", "null", "none")
"""Words, in lower case, that mean an empty cell."""

YES, NO = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")
"""Words, in lower case, that mean yes and no."""


def distinct(values: np.ndarray) -> list[Any]:
    """Different values of a column in rising order, NaN last and once."""
    if values.dtype.kind == "U":
        return sorted(pd.unique(values.astype(object)))
    found: np.ndarray = np.unique(pd.unique(values))  # many rows, few values: the first is fast
    return [plain(value) for value in found]


def plain(value: Any) -> Any:
    """Convert a numpy scalar to Python; whole numbers become integers."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_same(wanted: Any, cell: Any) -> bool:
    """Say whether a cell has the value that a column map names.

    Parameters
    ----------
    wanted : bool, number or str
        As the column map has it.
    cell : bool, number, str or tuple
        As the file has it; a tuple is its word and its value.

    Returns
    -------
    bool
        Whether they mean the same.
    """
    word, value = cell if isinstance(cell, tuple) else (None, cell)
    is_name = isinstance(wanted, str) and not _is_truth_word(wanted) and not isinstance(value, bool)
    if word is not None and is_name:
        # A name of digits is that name, and not another that is the same number.
        return wanted == word or (wanted == "" and _is_nan(value))
    return _key(wanted) == _key(value) or _is_empty_cell(wanted, value)


def _is_empty_cell(wanted: Any, value: Any) -> bool:
    """Say whether both stand for an empty cell; a word such as "NA" stands also for itself."""
    if _is_nan(value):
        return _is_nan(wanted) or (isinstance(wanted, str) and wanted.lower() in EMPTY)
    return _is_nan(wanted) and isinstance(value, str) and value.lower() in EMPTY


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))


def _is_truth_word(word: str) -> bool:
    return word.lower() in ("true", "false")


def _key(value: Any) -> Any:
    """Return what tells values apart: a number for all that mean a number."""
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None if _is_nan(value) else value
    if _is_truth_word(value):
        return float(value.lower() == "true")
    # Only what Python itself would write is that number: "007" and "1.10" are names.
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        if repr(number) == value and number == number:
            return number
    return value
