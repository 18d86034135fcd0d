"""A table of trials as a file holds it, before a column map says what the columns mean.

Readers of all formats return such tables. From there on the way is the same for all: a column map
(`pfc_analysis.recording.mapping.column_map`) says what the columns mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.column_values import EMPTY, NO, YES, is_any, plain
from pfc_analysis.recording.tables.text_columns import Spelling
from pfc_analysis.toml_files import format_toml_value

KINDS = "biufU"
"""Kinds of numpy arrays that a column may be: booleans, numbers, text of fixed width."""


@dataclass(frozen=True)
class RawTable:
    """One table of trials: a CSV file, a session of NWB, a struct of MATLAB.

    Attributes
    ----------
    path : Path
        The file, or the folder where the format is one.
    size : int
        Number of rows, which are trials.
    columns : mapping of str to numpy.ndarray
        Those with one plain value a trial (booleans, numbers or text), each of shape (size,).
    place : str
        Where in the file the table lies, such as "ratdatas{3}" or "intervals/trials"; empty where
        the file is the table.
    lines : numpy.ndarray, optional
        Line of the file on which each row ends, where it has lines.
    unusable : mapping of str to str
        Columns that are there and cannot be used, and why: "a list of values per trial".
    constants : mapping of str to str or float
        What holds for the whole table: the name of the subject, a probability.
    about : mapping of str to str
        What the file says of its session: `session_start` (ISO 8601), `species`, `protocol`, ...
    notes : tuple of str
        How the reader read the file: its encoding, its delimiter.
    spelled : mapping of str to Spelling
        How the file spells columns of numbers or booleans, where their values do not tell.
    row_numbers : numpy.ndarray, optional
        Number of each row in the file, counted from 0, where rows were left out.
    """

    path: Path
    size: int
    columns: Mapping[str, np.ndarray]
    place: str = ""
    lines: np.ndarray | None = None
    unusable: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str | float] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    spelled: Mapping[str, Spelling] = field(default_factory=dict)
    row_numbers: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, values in self.columns.items():
            # A reader's own mistake, never the user's: what cannot be used goes into `unusable`.
            assert values.shape == (self.size,), name
            assert values.dtype.kind in KINDS, name

    @property
    def where(self) -> str:
        """File, and the place of the table in it."""
        return f"{self.path}, {self.place}" if self.place else f"{self.path}"

    def row(self, trial: int) -> str:
        """Say where a trial is, as somebody who opens the file finds it."""
        if self.lines is not None:
            return f"line {self.lines[trial]}"
        return f"trial {trial if self.row_numbers is None else self.row_numbers[trial]}"

    def column(self, name: str) -> np.ndarray:
        """Return the values of a column; a constant is repeated for every trial.

        Raises
        ------
        RecordingError
            If there is none, or it cannot be used; the message lists those that can.
        """
        if name in self.columns:
            return self.columns[name]
        if name in self.constants:
            return np.full(self.size, self.constants[name])
        if name in self.unusable:
            raise RecordingError(
                f"{self.where}, column {name!r}: found {self.unusable[name]}, expected one plain "
                "value per trial. Reduce it to that, and write it to the file as a column of its "
                "own."
            )
        known = [*self.columns, *self.constants]
        raise RecordingError(
            f"{self.where}: no column {name!r}{did_you_mean(name, known)}. It has "
            f"{', '.join(map(repr, known)) or 'none'}. Say in the column map which one is meant."
        )

    def fault(self, column: str, found: str, expected: str) -> RecordingError:
        """Return the error that says what is wrong with a column."""
        return RecordingError(
            f"{self.where}, column {column!r}: found {found}, expected {expected}."
        )

    def check(self, column: str, holds: np.ndarray, expected: str) -> None:
        """Raise over the first value of a column that does not hold, as the file has it."""
        wrong = np.flatnonzero(~holds)
        if wrong.size:
            value = self.column(column)[wrong[0]].item()
            found = f"{value!r} at {self.row(wrong[0])} ({wrong.size} such value(s))"
            raise self.fault(column, found, expected)

    def numbers(self, name: str, expected: str = "a finite number") -> np.ndarray:
        """Read a column as numbers, NaN for empty cells; raise at the first other word."""
        values = self.column(name)
        if values.dtype.kind != "U":
            return values.astype(np.float64)
        codes, cells = pd.factorize(values.astype(object))
        numbers = pd.to_numeric(pd.Series(cells), errors="coerce").to_numpy(dtype=np.float64)
        holds = np.isfinite(numbers) | [cell.lower() in EMPTY for cell in cells]
        wrong = [cell for cell, fine in zip(cells, holds, strict=True) if not fine]
        if wrong and wrong[0].lstrip("+-").replace(",", "", 1).isdigit() and "," in wrong[0]:
            expected += " with a decimal point: write the table without decimal commas"
        self.check(name, holds[codes], expected)
        return numbers[codes]

    def finite_numbers(self, name: str) -> np.ndarray:
        """Read a column as numbers; raise at the first empty cell or other word."""
        numbers = self.numbers(name)
        self.check(name, np.isfinite(numbers), "a finite number")
        return numbers

    def flags(
        self, name: str, not_asked: np.ndarray | None = None, way_out: str = ""
    ) -> np.ndarray:
        """Read a column as 0 and 1, from booleans, 0 and 1, or words for yes and no.

        Where `not_asked` is set, any value is allowed; `way_out` says in the error how else the
        column can be named in the column map.
        """
        values = self.column(name)
        if values.dtype.kind == "U":
            codes, cells = pd.factorize(values.astype(object))
            yes, no = ([c.lower() in words for c in cells] for words in (YES, NO))
            is_yes = np.array(yes, dtype=np.bool_)[codes]
            is_no = np.array(no, dtype=np.bool_)[codes]
        else:
            is_yes, is_no = values == 1, values == 0
        known = is_yes | is_no if not_asked is None else is_yes | is_no | not_asked
        way_out = way_out or f"{{ column = {format_toml_value(name)}, when = [VALUES] }}"
        self.check(name, known, f"0 or 1 (or a boolean, or yes and no); for others {way_out}")
        return is_yes.astype(np.int8)

    def matches(self, name: str, wanted: Iterable[Any]) -> np.ndarray:
        """Say of each value of a column whether it is one of those wanted."""
        spelling = self.spelled.get(name)
        return is_any(self.column(name), wanted, None if spelling is None else spelling.text())

    def words(self, name: str) -> np.ndarray:
        """Return a column as text: its cells as the file spells them, "" where there is none."""
        if name in self.spelled:
            return self.spelled[name].text()
        values = self.column(name)
        if values.dtype.kind == "U":
            return values
        codes, found = pd.factorize(values, use_na_sentinel=False)
        cells = ["" if value != value else str(plain(value)) for value in found]
        return np.array(cells, dtype=str)[codes] if cells else np.empty(0, dtype="U1")

    def take(self, rows: np.ndarray) -> RawTable:
        """Return the table with some of its rows; `rows` is boolean, on row."""
        before = np.arange(self.size) if self.row_numbers is None else self.row_numbers
        return replace(
            self,
            size=int(rows.sum()),
            columns={name: values[rows] for name, values in self.columns.items()},
            lines=None if self.lines is None else self.lines[rows],
            row_numbers=before[rows],
            spelled={name: spelling.take(rows) for name, spelling in self.spelled.items()},
        )
