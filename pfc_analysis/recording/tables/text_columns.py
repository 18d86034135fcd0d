"""Decide whether a column of text holds booleans, numbers or text."""

from __future__ import annotations

import numpy as np
import pandas as pd

EMPTY_NUMBER = ("", "nan", "na", "n/a", "null")
"""Words, in lower case, that mean an empty cell in a column of numbers."""

_EXACT = 2**53
"""Whole numbers up to here are exact as floating-point numbers."""


def typed_column(cells: np.ndarray) -> np.ndarray:
    """Convert cells to booleans, integers or floating-point numbers if all are, else to text."""
    codes, found = pd.factorize(cells)
    del cells
    words = pd.Index([cell.strip() for cell in found])
    # Cells that differ by blanks alone are the same from here on.
    merge, words = pd.factorize(words)
    codes = merge[codes]
    if {word.lower() for word in words} <= {"true", "false"}:
        return np.array([word.lower() == "true" for word in words], dtype=np.bool_)[codes]
    empty = np.array([word.lower() in EMPTY_NUMBER for word in words], dtype=np.bool_)
    numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce").to_numpy()
    said = numbers[~empty].astype(np.float64)
    text = words.to_numpy(dtype=object).astype(str)
    if empty.all() or not np.isfinite(said).all() or _is_name(text[~empty]):
        return text[codes]
    if not empty.any() and (said == np.floor(said)).all() and abs(said).max() < _EXACT:
        integers = said.astype(np.int64)
        small = np.min_scalar_type(int(min(integers.min(), -1 - integers.max())))
        return integers.astype(small)[codes]
    exact = np.full(words.size, np.nan)
    exact[~empty] = text[~empty].astype(np.float64)
    return exact[codes]


def _is_name(words: np.ndarray) -> bool:
    """Say whether numbers are names: written with leading zeros, or with more than 15 digits."""
    unsigned = np.char.lstrip(words, "+-")
    digits = np.char.isdigit(unsigned)
    lengths = np.char.str_len(unsigned)
    zeros = digits & np.char.startswith(unsigned, "0") & (lengths > 1)
    return bool((zeros | (digits & (lengths > 15))).any())
