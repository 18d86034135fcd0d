"""Compare, list and write single values of columns."""

from __future__ import annotations

import json
from collections.abc import Iterable
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
