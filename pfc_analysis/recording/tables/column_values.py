"""Read columns as numbers or flags, and raise where a value is neither."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.tables.raw_table import RawTable

EMPTY = ("", "nan", "na", "n/a", "null", "none")
"""Words, in small letters, that stand for an empty cell."""

YES, NO = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")
"""Words, in small letters, that a column of flags may hold."""


def distinct(values: np.ndarray) -> list[Any]:
    """Different values of a column in rising order, NaN last and once."""
    if values.dtype.kind == "U":
        return sorted(pd.unique(values.astype(object)))
    found: np.ndarray = np.unique(values)
    return [plain(value) for value in found]


def plain(value: Any) -> Any:
    """Convert a numpy scalar to Python; whole numbers become integers."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_any(values: np.ndarray, wanted: Iterable[Any]) -> np.ndarray:
    """Say of each value whether it is one of those wanted; text equals text, numbers numbers."""
    is_text = values.dtype.kind == "U"
    here = np.zeros(values.shape, dtype=np.bool_)
    for value in wanted:
        if isinstance(value, float) and np.isnan(value):
            here |= (values == "") if is_text else np.isnan(values.astype(np.float64))
        elif isinstance(value, str) == is_text:
            here |= values == value
    return here


def read_numbers(table: RawTable, name: str, expected: str = "a finite number") -> np.ndarray:
    """Read numbers of a column, NaN for empty cells; raise at the first other word."""
    values = table.column(name)
    if values.dtype.kind != "U":
        return values.astype(np.float64)
    codes, cells = pd.factorize(values.astype(object))
    numbers = pd.to_numeric(pd.Series(cells), errors="coerce").to_numpy(dtype=np.float64)
    holds = np.isfinite(numbers) | [cell.lower() in EMPTY for cell in cells]
    wrong = [cell for cell, fine in zip(cells, holds, strict=True) if not fine]
    if wrong and wrong[0].lstrip("+-").replace(",", "", 1).isdigit() and "," in wrong[0]:
        expected += " with a decimal point: write the table without decimal commas"
    table.check(name, holds[codes], expected)
    return numbers[codes]


def read_finite(table: RawTable, name: str) -> np.ndarray:
    """Read numbers of a column; raise at the first missing one."""
    numbers = read_numbers(table, name)
    table.check(name, np.isfinite(numbers), "a finite number")
    return numbers


def read_flags(table: RawTable, name: str, not_asked: np.ndarray | None = None) -> np.ndarray:
    """Read flags as 0 and 1: booleans, 0 and 1, or words for yes and no.

    Where `not_asked` is set, any value will do.
    """
    values = table.column(name)
    if values.dtype.kind == "U":
        codes, cells = pd.factorize(values.astype(object))
        yes, no = ([c.lower() in words for c in cells] for words in (YES, NO))
        is_yes, is_no = np.array(yes, dtype=np.bool_)[codes], np.array(no, dtype=np.bool_)[codes]
    else:
        is_yes, is_no = values == 1, values == 0
    known = is_yes | is_no if not_asked is None else is_yes | is_no | not_asked
    way_out = f"{{ column = {as_toml(name)}, when = [VALUES] }}"
    table.check(name, known, f"0 or 1 (or a boolean, or yes and no); for others {way_out}")
    return is_yes.astype(np.int8)


def as_toml(value: Any) -> str:
    """Write a value in TOML, on one line."""
    if isinstance(value, dict):
        pairs = (f"{_key(name)} = {as_toml(entry)}" for name, entry in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)
