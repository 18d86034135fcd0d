"""Read CSV files cell by cell, and say what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.recording.schema import MISSING, RecordingError, did_you_mean


@dataclass(frozen=True)
class TextTable:
    """Cells of a CSV file as text, blanks around them removed.

    Attributes
    ----------
    path : Path
        The file.
    cells : pandas.DataFrame
        Text; the index is the line of the file, where no cell holds a line break.
    way_out : str
        Sentence that ends every error.
    """

    path: Path
    cells: pd.DataFrame
    way_out: str

    @classmethod
    def read(cls, path: Path, columns: tuple[str, ...], way_out: str) -> TextTable:
        """Read some columns of a file in Latin-1; raise if it lacks one, or has no rows."""
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file. {way_out}")
        try:
            cells = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="latin1")
        except ValueError as error:
            raise RecordingError(f"{path}: cannot be read as CSV ({error}). {way_out}") from error
        missing = [name for name in columns if name not in cells]
        if missing:
            raise RecordingError(
                f"{path}: no column {missing[0]!r}{did_you_mean(missing[0], list(cells))}, the "
                f"columns are {list(cells)[:12]}. {way_out}"
            )
        if not isinstance(cells.index, pd.RangeIndex) or cells.isna().any(axis=None):
            raise RecordingError(
                f"{path}: found a row with more or fewer cells than the header, which has "
                f"{cells.shape[1]}. {way_out}"
            )
        if len(cells) == 0:
            raise RecordingError(f"{path}: found 0 rows, expected at least one. {way_out}")
        cells.index = pd.RangeIndex(2, len(cells) + 2)
        return cls(path, cells[list(columns)].apply(lambda column: column.str.strip()), way_out)

    def take(self, rows: np.ndarray) -> TextTable:
        """Pick rows, by position and in this order."""
        return TextTable(self.path, self.cells.iloc[rows], self.way_out)

    def text(self, column: str) -> np.ndarray:
        """Cells of a column."""
        return self.cells[column].to_numpy(dtype=str)

    def numbers(self, column: str, lowest: int, among: np.ndarray | None = None) -> np.ndarray:
        """Read whole numbers of three digits at most; -1 in rows that are not asked for."""
        text = self.text(column)
        asked = np.ones(len(text), np.bool_) if among is None else among
        whole = self.cells[column].str.fullmatch(r"\d{1,3}").to_numpy(dtype=np.bool_)
        values = np.where(whole & asked, text, str(MISSING)).astype(np.int64)
        self.check(column, ~asked | (values >= lowest), f"a whole number from {lowest}")
        return values

    def check(self, column: str, holds: np.ndarray, expected: str) -> None:
        """Raise with the first cell that does not hold, by its line."""
        wrong = np.flatnonzero(~holds)
        if wrong.size:
            found = self.cells[column].iloc[wrong[0]]
            raise RecordingError(
                f"{self.path}, line {self.cells.index[wrong[0]]}, column {column!r}: found "
                f"{found!r} ({wrong.size} such cell(s)), expected {expected}. {self.way_out}"
            )
