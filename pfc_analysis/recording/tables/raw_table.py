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

from pfc_analysis.recording.neurons.neural_data import NeuralData
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.coded_column import CodedColumn, Columns
from pfc_analysis.recording.tables.column_values import EMPTY, NO, YES, distinct
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
        Those with one plain value a trial (booleans, numbers or text), each of shape (size,). A
        reader may give `Columns`, of which some are coded.
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
    row_numbers : numpy.ndarray, optional
        Number of each row in the file, counted from 0, where rows were left out.
    neural : NeuralData, optional
        What neurons did on the trials, where the column map asks for it.
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
    row_numbers: np.ndarray | None = None
    neural: NeuralData | None = None

    def __post_init__(self) -> None:
        columns = Columns(self.columns)
        object.__setattr__(self, "columns", columns)
        for name, values in columns.stored.items():
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

    def coded(self, name: str) -> CodedColumn:
        """Return a column as its different cells; raise as `column` does."""
        if name in self._columns:
            return self._columns.coded(name)
        return CodedColumn.of(self.column(name))

    def kind(self, name: str) -> str:
        """Return the kind of a column's values, as numpy names it; raise as `column` does."""
        if name in self._columns:
            return self._columns.stored[name].dtype.kind
        return self.column(name).dtype.kind

    def distinct(self, name: str) -> list[Any]:
        """Return the different values of a column in rising order, NaN last and once."""
        return distinct(self.coded(name).values)

    def missing(self, name: str) -> np.ndarray:
        """Say of each cell of a column whether it is empty, a word for that, or NaN."""
        return self.coded(name).missing()

    @property
    def _columns(self) -> Columns:
        assert isinstance(self.columns, Columns)
        return self.columns

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
        if self.kind(name) != "U":
            return self.column(name).astype(np.float64)
        coded = self.coded(name)
        cells = coded.values.tolist()
        words = pd.Series(cells, dtype=object)
        numbers = pd.to_numeric(words, errors="coerce").to_numpy(dtype=np.float64)
        holds = np.isfinite(numbers) | [cell.lower() in EMPTY for cell in cells]
        wrong = [cell for cell, fine in zip(cells, holds, strict=True) if not fine]
        if wrong and wrong[0].lstrip("+-").replace(",", "", 1).isdigit() and "," in wrong[0]:
            expected += " with a decimal point: write the table without decimal commas"
        self.check(name, holds[coded.codes], expected)
        return np.asarray(numbers[coded.codes])

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
        if self.kind(name) == "U":
            coded = self.coded(name)
            yes, no = ([c.lower() in words for c in coded.values] for words in (YES, NO))
            is_yes = np.array(yes, dtype=np.bool_)[coded.codes]
            is_no = np.array(no, dtype=np.bool_)[coded.codes]
        else:
            values = self.column(name)
            is_yes, is_no = values == 1, values == 0
        known = is_yes | is_no if not_asked is None else is_yes | is_no | not_asked
        way_out = way_out or f"{{ column = {format_toml_value(name)}, when = [VALUES] }}"
        self.check(name, known, f"0 or 1 (or a boolean, or yes and no); for others {way_out}")
        return is_yes.astype(np.int8)

    def matches(self, name: str, wanted: Iterable[Any]) -> np.ndarray:
        """Say of each value of a column whether it is one of those wanted."""
        return self.coded(name).matches(wanted)

    def words(self, name: str) -> CodedColumn:
        """Return a column as text: its cells as the file spells them, "" where there is none."""
        return self.coded(name).as_text()

    def take(self, rows: np.ndarray) -> RawTable:
        """Return the table with some of its rows; `rows` is boolean, on row."""
        before = np.arange(self.size) if self.row_numbers is None else self.row_numbers
        return replace(
            self,
            size=int(rows.sum()),
            columns=self._columns.take(rows),
            lines=None if self.lines is None else self.lines[rows],
            row_numbers=before[rows],
            neural=None if self.neural is None else self.neural.take(rows),
        )
