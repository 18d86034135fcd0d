"""Read CSV tables with one row per trial and one column per sample, and check their cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.schema import RecordingError, did_you_mean

_ABSENT = ("", "na", "nan", "null")
"""Words, in lower case, that mean an empty cell."""


@dataclass(frozen=True)
class TraceTable:
    """Cells of a CSV file, as text; reads columns and says what is wrong with them.

    Attributes
    ----------
    path : Path
        The file.
    cells : pandas.DataFrame
        Text, one row a trial; the index is the line of the file.
    """

    path: Path
    cells: pd.DataFrame

    def fault(self, column: str, found: str, expected: str) -> RecordingError:
        """Build the error that names file and column."""
        return RecordingError(
            f"{self.path}, column {column!r}: found {found}, expected {expected}."
        )

    def text(self, column: str) -> np.ndarray:
        """Cells of a column, blanks around them removed."""
        self.require([column])
        return self.cells[column].str.strip().to_numpy(dtype=object)

    def require(self, columns: Collection[str]) -> None:
        """Raise if any column is not there."""
        known = [str(name) for name in self.cells.columns]
        missing = [name for name in columns if name not in known]
        if missing:
            shown = ", ".join(known[:12]) + (f", ... ({len(known)})" if len(known) > 12 else "")
            raise RecordingError(
                f"{self.path}: no column {missing[0]!r}{did_you_mean(missing[0], known)}, the "
                f"columns are {shown}. Say in the column map what they are called."
            )

    def numbers(self, column: str, absent: bool = False) -> np.ndarray:
        """Read a column of finite numbers; NaN in empty cells, where these are allowed."""
        text = self.text(column)
        values = _to_numbers(text)
        allowed = np.isfinite(values)
        if absent:
            allowed |= _is_absent(text)
        expected = "a finite number" + (", or nothing" if absent else "")
        self.check(column, text, allowed, expected)
        return values

    def codes(self, column: str, values: dict[str, tuple[Any, ...]], order: list[str]) -> Any:
        """Index of each cell among labels in `order`; -1 for a label that is not among them."""
        text = self.text(column)
        numbers = _to_numbers(text)
        found = np.full(len(text), -2)
        for label, entries in values.items():
            for entry in entries:
                same = text == entry if isinstance(entry, str) else numbers == entry
                found[same] = order.index(label) if label in order else -1
        known = [entry for entries in values.values() for entry in entries]
        self.check(column, text, found > -2, f"one of {known}")
        return found.astype(np.int8)

    def as_found(self, column: str) -> np.ndarray:
        """Read a column as whole numbers if all are, as numbers with NaN for none, or as text."""
        text = self.text(column)
        values = _to_numbers(text)
        if not (np.isfinite(values) | _is_absent(text)).all() or not np.isfinite(values).any():
            return text.astype(str)
        whole = np.isfinite(values).all() and bool((values == np.round(values)).all())
        return values.astype(np.int64) if whole else values

    def check(self, column: str, text: np.ndarray, holds: np.ndarray, expected: str) -> None:
        """Raise with the first cell that does not hold, by its line in an editor."""
        wrong = np.flatnonzero(~holds)
        if wrong.size:
            line = int(self.cells.index[wrong[0]])
            found = f"{str(text[wrong[0]])!r} on line {line} ({wrong.size} such value(s))"
            raise self.fault(column, found, expected)

    def samples(self, pattern: re.Pattern[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read the columns of samples.

        Parameters
        ----------
        pattern : re.Pattern
            Matches the name of such a column whole; its first group is the number of the sample.

        Returns
        -------
        number : integer array (time,)
            Numbers of the samples, one by one.
        value : float array (trial, time)
            NaN where a cell says that it has no value.
        absent : boolean array (trial,)
            Whether any has none.
        """
        numbers = self._sample_numbers(pattern)
        text = self.cells[list(numbers)].apply(lambda column: column.str.strip()).to_numpy()
        values = _to_numbers(text.ravel()).reshape(text.shape)
        blank = _is_absent(text.ravel()).reshape(text.shape)
        wrong = np.argwhere(~(np.isfinite(values) | blank))
        if len(wrong):
            row, at = wrong[0]
            found = (
                f"{text[row, at]!r} on line {self.cells.index[row]} ({len(wrong)} such value(s))"
            )
            raise self.fault(list(numbers)[at], found, "a finite number")
        return np.array(list(numbers.values())), values, np.asarray(blank.any(axis=1))

    def _sample_numbers(self, pattern: re.Pattern[str]) -> dict[str, int]:
        """Numbers of the samples, by column, in order; one by one."""
        matches = {str(name): pattern.fullmatch(str(name)) for name in self.cells.columns}
        numbers = {name: int(match[1]) for name, match in matches.items() if match}
        ordered = dict(sorted(numbers.items(), key=lambda item: item[1]))
        found = list(ordered.values())
        if len(found) < 2:
            raise RecordingError(
                f"{self.path}: {len(found)} column(s) of samples match {pattern.pattern!r}, "
                f"expected two or more; the columns are "
                f"{', '.join(map(str, self.cells.columns[:12]))}. Pass what theirs begin with as "
                "`samples`."
            )
        gaps = [number for number, after in pairwise(found) if after != number + 1]
        if gaps:
            raise RecordingError(
                f"{self.path}: after sample {gaps[0]} comes sample "
                f"{found[found.index(gaps[0]) + 1]}, expected {gaps[0] + 1}: samples are evenly "
                "spaced in time, so none may lack."
            )
        return ordered


def read_trace_table(path: str | Path) -> TraceTable:
    """Read a CSV file as text.

    Parameters
    ----------
    path : str or Path
        The file; its first line names the columns.

    Returns
    -------
    TraceTable
        Its cells.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is no CSV file, has no rows, rows of unequal length, or two columns of a name.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, expected a CSV file of traces.")
    if path.is_dir():
        raise RecordingError(f"{path}: found a folder, expected a CSV file.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, row) for row in reader if row]
    except (ValueError, OSError, csv.Error) as error:
        raise RecordingError(
            f"{path}: cannot be read as CSV ({path.stat().st_size} bytes; {error})."
        ) from error
    if len(rows) < 2:
        raise RecordingError(
            f"{path}: found {'a header and 0 rows' if rows else 'an empty file'}, expected a "
            "header and one row a trial."
        )
    header = [name.strip() for name in rows[0][1]]
    doubled = [name for name in header if header.count(name) > 1]
    if doubled:
        raise RecordingError(f"{path}: found two columns {doubled[0]!r}, expected each once.")
    uneven = [(line, len(row)) for line, row in rows[1:] if len(row) != len(header)]
    if uneven:
        raise RecordingError(
            f"{path}, line {uneven[0][0]}: found {uneven[0][1]} cells ({len(uneven)} row(s) of "
            f"another length than the header), expected {len(header)}."
        )
    lines, cells = zip(*rows[1:], strict=True)
    return TraceTable(path, pd.DataFrame(list(cells), index=list(lines), columns=header, dtype=str))


def _is_absent(text: np.ndarray) -> np.ndarray:
    return np.isin(pd.Series(text).str.lower().to_numpy(dtype=str), _ABSENT)


def _to_numbers(text: np.ndarray) -> np.ndarray:
    """Read numbers from text, NaN where it is none."""
    values = pd.to_numeric(pd.Series(text), errors="coerce")
    return np.asarray(values, dtype=np.float64)
