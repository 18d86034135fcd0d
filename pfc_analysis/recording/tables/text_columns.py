"""Decide whether a column of text holds booleans, numbers or text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pfc_analysis.recording.tables.coded_column import CodedColumn

EMPTY_NUMBER = ("", "nan", "na", "n/a", "null")
"""Words, in lower case, that mean an empty cell in a column of numbers."""

_EXACT = 2**53
"""Whole numbers up to here are exact as floating-point numbers."""


def typed_column(codes: np.ndarray, cells: Sequence[str]) -> CodedColumn:
    """Convert cells to booleans, integers or floating-point numbers if all are, else to text.

    Parameters
    ----------
    codes : integer array (row,)
        Index of each row's cell among the different ones.
    cells : sequence of str
        The different cells, in order of appearance. Blanks around them count for nothing.

    Returns
    -------
    CodedColumn
        With the words where the values do not tell how the file spells them: "12.10", "1e1",
        "True".
    """
    merge, words = pd.factorize(pd.Index([cell.strip() for cell in cells], dtype=object))
    if words.size < len(cells):  # cells that differ by blanks alone are the same from here on
        codes = merge[codes]
    codes = codes.astype(np.min_scalar_type(-max(words.size, 1)), copy=False)
    values = _typed(words)
    if values.dtype.kind == "U" or all(map(_spells, values.tolist(), words)):
        return CodedColumn(codes, values)
    return CodedColumn(codes, values, words.to_numpy(dtype=object))


def _spells(value: float, word: str) -> bool:
    """Say whether a number is written in the one way that Python writes it."""
    return repr(value) == word


def _typed(words: pd.Index) -> np.ndarray:
    """Convert different words to values, one for each."""
    if {word.lower() for word in words} <= {"true", "false"}:
        return np.array([word.lower() == "true" for word in words], dtype=np.bool_)
    empty = np.array([word.lower() in EMPTY_NUMBER for word in words], dtype=np.bool_)
    numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce").to_numpy()
    said = numbers[~empty].astype(np.float64)
    text = words.to_numpy(dtype=object).astype(str)
    if empty.all() or not np.isfinite(said).all() or _is_name(text[~empty]):
        return text
    if not empty.any() and (said == np.floor(said)).all() and abs(said).max() < _EXACT:
        integers = said.astype(np.int64)
        small = np.min_scalar_type(int(min(integers.min(), -1 - integers.max())))
        return integers.astype(small)
    exact = np.full(words.size, np.nan)
    exact[~empty] = text[~empty].astype(np.float64)
    return exact


def _is_name(words: np.ndarray) -> bool:
    """Say whether numbers are names: written with leading zeros, or with more than 15 digits."""
    unsigned = np.char.lstrip(words, "+-")
    digits = np.char.isdigit(unsigned)
    lengths = np.char.str_len(unsigned)
    zeros = digits & np.char.startswith(unsigned, "0") & (lengths > 1)
    return bool((zeros | (digits & (lengths > 15))).any())
