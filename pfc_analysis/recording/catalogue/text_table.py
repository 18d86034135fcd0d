"""Read CSV files as text, and check their cells; errors name line and column."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.standard_variables import MISSING


@dataclass(frozen=True)
class TextTable:
    """Cells of a CSV file as text, blanks around them removed.

    Attributes
    ----------
    path : Path
        The file.
    cells : pandas.DataFrame
        Text; the index is the line of the file on which a row ends.
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
            with path.open(encoding="latin1", newline="") as file:
                reader = csv.reader(file)
                lines, rows = zip(*((reader.line_num, row) for row in reader if row), strict=True)
        except (ValueError, csv.Error) as error:
            raise RecordingError(f"{path}: cannot be read as CSV ({error}). {way_out}") from error
        header = [name.strip() for name in rows[0]]
        missing = [name for name in columns if header.count(name) != 1]
        if missing:
            raise RecordingError(
                f"{path}: no column {missing[0]!r}{did_you_mean(missing[0], header)}, or several; "
                f"the columns are {header[:12]}. {way_out}"
            )
        uneven = [line for line, row in zip(lines, rows, strict=True) if len(row) != len(header)]
        if uneven or len(rows) < 2:
            raise RecordingError(
                f"{path}: found {len(rows) - 1} row(s), {len(uneven)} of them with more or fewer "
                f"cells than the header has{f' (line {uneven[0]})' if uneven else ''}; expected "
                f"one row or more, of {len(header)} cells. {way_out}"
            )
        cells = pd.DataFrame(list(rows[1:]), index=list(lines[1:]), columns=header, dtype=str)
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
