"""Hold a column as its different cells, and the index of each row among them.

A table of ten million trials has a few different choices, subjects and outcomes. What a cell means
is decided once for each different cell, not once for each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.tables.column_values import EMPTY, is_same, plain


@dataclass(frozen=True)
class CodedColumn:
    """A column as its different cells.

    Attributes
    ----------
    codes : integer array (row,)
        Index of each row's cell among the different ones, which are in order of appearance.
    values : ndarray (cell,)
        Value of each different cell: booleans, numbers or text.
    words : object array (cell,), optional
        How the file spells the cells, where their values do not tell: "12.10", "1e1", "True". Two
        spellings of one number are two cells.
    """

    codes: np.ndarray
    values: np.ndarray
    words: np.ndarray | None = None

    @classmethod
    def of(cls, values: np.ndarray) -> CodedColumn:
        """Find the different values of a column."""
        if values.dtype.kind != "U":
            return cls(*pd.factorize(values, use_na_sentinel=False))
        codes, found = pd.factorize(values.astype(object))
        return cls(codes, found.astype(values.dtype))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return self.values.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the column, not of its different cells."""
        return self.codes.shape

    def decode(self) -> np.ndarray:
        """Return the values, on row."""
        return self.values[self.codes]

    def take(self, rows: np.ndarray) -> CodedColumn:
        """Return some of the rows, given as a boolean array."""
        codes, left = pd.factorize(self.codes[rows])
        words = None if self.words is None else self.words[left]
        return CodedColumn(codes, self.values[left], words)

    def matches(self, wanted: Iterable[Any]) -> np.ndarray:
        """Say of each row whether its cell is one of those wanted.

        Parameters
        ----------
        wanted : iterable
            Booleans, numbers or text; True, "true" and 1 mean the same, as do 2 and "2"; NaN and
            "" mean an empty cell.

        Returns
        -------
        boolean array (row,)
            Whether it is.
        """
        wanted = list(wanted)
        holds = [any(is_same(one, cell) for one in wanted) for cell in self.cells()]
        return np.array(holds, dtype=np.bool_)[self.codes]

    def cells(self) -> list[Any]:
        """List the different cells: values, or tuples of word and value where both count."""
        values = [plain(value) for value in self.values]
        return values if self.words is None else list(zip(self.words, values, strict=True))

    def missing(self) -> np.ndarray:
        """Say of each row whether its cell is empty, a word for that, or NaN."""
        if self.values.dtype.kind == "U":
            empty = np.array([cell.lower() in EMPTY for cell in self.values], dtype=np.bool_)
        else:
            empty = self.values != self.values
        return np.asarray(empty[self.codes])

    def as_text(self) -> CodedColumn:
        """Return the column as text, as the file spells it; "" where there is no value."""
        if self.words is not None:
            return CodedColumn(self.codes, self.words.astype(str))
        if self.values.dtype.kind == "U":
            return self
        cells = ["" if value != value else str(plain(value)) for value in self.values]
        return CodedColumn(self.codes, np.array(cells, dtype=str))


class Columns(Mapping[str, np.ndarray]):
    """Columns of a table by name; the values of a coded one are made where they are asked for.

    Parameters
    ----------
    stored : mapping of str to ndarray or CodedColumn
        The columns.
    """

    def __init__(self, stored: Mapping[str, np.ndarray | CodedColumn]) -> None:
        if isinstance(stored, Columns):
            stored = stored.stored
        self.stored: dict[str, np.ndarray | CodedColumn] = dict(stored)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the values of a column, on row."""
        column = self.stored[name]
        return column.decode() if isinstance(column, CodedColumn) else column

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.stored)

    def __len__(self) -> int:
        """Count the columns."""
        return len(self.stored)

    def coded(self, name: str) -> CodedColumn:
        """Return a column as its different cells."""
        column = self.stored[name]
        return column if isinstance(column, CodedColumn) else CodedColumn.of(column)

    def take(self, rows: np.ndarray) -> Columns:
        """Return some of the rows, given as a boolean array."""
        return Columns(
            {
                name: column.take(rows) if isinstance(column, CodedColumn) else column[rows]
                for name, column in self.stored.items()
            }
        )

    def with_column(self, name: str, column: np.ndarray | CodedColumn) -> Columns:
        """Return the columns with one of them replaced."""
        return Columns({**self.stored, name: column})
