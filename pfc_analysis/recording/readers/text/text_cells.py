"""Parse the cells of a table in text, block by block, into codes and different cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd

_BLOCK = 2**18
"""Rows that are parsed at once, which limits the memory that the text of their cells takes."""


@dataclass(frozen=True)
class CellCodes:
    """The cells of one column.

    Attributes
    ----------
    codes : integer array (row,)
        Index of each row's cell among the different ones.
    cells : list of str
        The different cells, in order of appearance.
    """

    codes: np.ndarray
    cells: Sequence[str]

    def rows_with(self, cell: str) -> np.ndarray:
        """Return the rows that hold a cell, as integers."""
        at = self.cells.index(cell) if cell in self.cells else -1
        return np.flatnonzero(self.codes == at)


class _Column:
    """A column while its blocks come in."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.parts: list[np.ndarray] = []

    def add(self, cells: np.ndarray) -> None:
        """Add the cells of a block, an object array."""
        codes, found = pd.factorize(cells)
        known = self.known
        place = np.array([known.setdefault(cell, len(known)) for cell in found], dtype=np.int64)
        # Few different cells need one byte a row.
        self.parts.append(place.astype(np.min_scalar_type(-max(len(known), 1)))[codes])

    def join(self) -> CellCodes:
        codes = np.concatenate(self.parts) if self.parts else np.empty(0, dtype=np.int8)
        return CellCodes(codes, list(self.known))


def parse_cells(
    data: bytes, delimiter: str, n_columns: int, *, encoding: str = "utf-8", skip_first: bool = True
) -> list[CellCodes]:
    """Parse the cells of a table whose rows are known to be even.

    Parameters
    ----------
    data : bytes
        The text. Blank lines are left out.
    delimiter : str
        What parts the cells of a row; cells may be in double quotes.
    n_columns : int
        Number of columns.
    encoding : str
        Of the text.
    skip_first : bool
        Whether the first row is the header, and left out.

    Returns
    -------
    list of CellCodes
        The columns.

    Raises
    ------
    ValueError
        If the text is no such table, or cannot be decoded.
    """
    columns = [_Column() for _ in range(n_columns)]
    with pd.read_csv(
        BytesIO(data),
        sep=delimiter,
        header=None,
        names=range(n_columns),
        index_col=False,
        dtype=object,
        na_filter=False,
        encoding=encoding,
        engine="c",
        chunksize=_BLOCK,
    ) as blocks:
        for number, block in enumerate(blocks):
            first = int(skip_first and number == 0)
            for at, column in enumerate(columns):
                column.add(block[at].to_numpy()[first:])
    return [column.join() for column in columns]
