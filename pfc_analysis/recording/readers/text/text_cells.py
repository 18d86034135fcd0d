"""Parse the cells of a table in text, block by block, into codes and different cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
import pandas as pd

_BLOCK = 2**15
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


@dataclass
class _Blocks:
    """The blocks of a column: codes, and the different cells of the block in order."""

    codes: list[np.ndarray] = field(default_factory=list)
    cells: list[np.ndarray] = field(default_factory=list)

    def add(self, column: np.ndarray) -> None:
        """Add the cells of a block, an object array."""
        codes, cells = pd.factorize(column)
        self.codes.append(codes.astype(np.min_scalar_type(-max(cells.size, 1))))
        self.cells.append(cells)

    def join(self) -> CellCodes:
        place, cells = pd.factorize(np.concatenate(self.cells))
        place = place.astype(np.min_scalar_type(-max(cells.size, 1)))
        own = np.split(place, np.cumsum([part.size for part in self.cells])[:-1])
        codes = [own_place[part] for own_place, part in zip(own, self.codes, strict=True)]
        return CellCodes(np.concatenate(codes), cells.tolist())


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
    columns = [_Blocks() for _ in range(n_columns)]
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
        low_memory=False,
        chunksize=_BLOCK,
    ) as blocks:
        for number, block in enumerate(blocks):
            for at, column in enumerate(columns):
                column.add(block[at].to_numpy()[int(skip_first and number == 0) :])
    return [column.join() for column in columns]
