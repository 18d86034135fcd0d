"""Read the cells of an exported table exactly as they were written, and the lines of its rows."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.recording.readers.text.text_cells import CellCodes, parse_cells
from pfc_analysis.recording.readers.text.text_rows import count_even_rows
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.spreadsheet_cells import plain_cell

OTHER_WAY = (
    "A table without its metadata, or changed in its columns, is read like any other: "
    "pfc_analysis.load with a column map."
)


@dataclass(frozen=True)
class ExportedCells:
    """Columns of a file as different cells and codes.

    Attributes
    ----------
    path : Path
        The file.
    content : bytes
        All of it.
    columns : mapping of str to CellCodes
        By header.
    lines : integer array (row,)
        Line on which each row ends.
    """

    path: Path
    content: bytes
    columns: Mapping[str, CellCodes]
    lines: np.ndarray

    def without_quotes(self) -> ExportedCells:
        """Take off the apostrophes in front of text that a spreadsheet would calculate."""
        columns = {
            name: CellCodes(one.codes, list(map(plain_cell, one.cells)))
            for name, one in self.columns.items()
        }
        return replace(self, columns=columns)

    def fault(self, column: str, cell: int, expected: str) -> RecordingError:
        """Return the error over a cell, given by its index among the different ones."""
        own = self.columns[column]
        row = int(np.argmax(own.codes == cell))
        return RecordingError(
            f"{self.path}, line {self.lines[row]}, column {column!r}: found "
            f"{own.cells[cell]!r}, expected {expected}."
        )


def read_exported_cells(path: Path, delimiter: str, wanted: Sequence[str]) -> ExportedCells:
    """Read the cells of a table whose columns are known.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    delimiter : str
        What parts its cells.
    wanted : sequence of str
        Headers of the columns, in any order.

    Returns
    -------
    ExportedCells
        With one row or more.

    Raises
    ------
    RecordingError
        If it is no CSV, its columns are others, a row is uneven or there is none.
    """
    content = path.read_bytes()
    data = content.removeprefix(codecs.BOM_UTF8)
    try:
        # Most tables have neither quotes nor odd line ends: their rows are counted by numpy.
        is_plain = not any(mark in data for mark in (b'"', b"\r", b"\0"))
        size = count_even_rows(data, delimiter) if is_plain else None
        if size is None or size < 2:
            header, lines, sizes = _measure_rows(data.decode("utf-8"), delimiter)
        else:
            header = data[: data.index(b"\n")].decode("utf-8").split(delimiter)
            lines, sizes = np.arange(2, size + 1), np.empty(0)
        _check(path, header, wanted, lines, sizes)
        if b"\0" in data:  # which ends a cell for pandas
            cells = _split(data.decode("utf-8"), delimiter)
        else:
            cells = parse_cells(data, delimiter, len(header))
    except RecordingError:
        raise
    except (ValueError, csv.Error) as error:
        raise RecordingError(f"{path}: cannot be read as CSV ({error}). {OTHER_WAY}") from error
    return ExportedCells(path, content, dict(zip(header, cells, strict=True)), lines)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, the header first, each with the line on which it ends."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for row in reader:
        if row:
            yield reader.line_num, row


def _measure_rows(text: str, delimiter: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the header, and for each row the line on which it ends and its number of cells."""
    rows = _rows(text, delimiter)
    _, header = next(rows, (0, []))
    found = np.array([(line, len(row)) for line, row in rows], dtype=np.int64).reshape(-1, 2)
    return header, found[:, 0], found[:, 1]


def _split(text: str, delimiter: str) -> list[CellCodes]:
    rows = _rows(text, delimiter)
    next(rows)
    columns = zip(*(row for _, row in rows), strict=True)
    coded = [pd.factorize(pd.Index(column, dtype=object)) for column in columns]
    return [CellCodes(codes, list(found)) for codes, found in coded]


def _check(
    path: Path, header: list[str], wanted: Sequence[str], lines: np.ndarray, sizes: np.ndarray
) -> None:
    """Raise if columns are missing, or a row has more or fewer cells than the header."""
    if sorted(header) != sorted(wanted):
        missing = [name for name in wanted if name not in header]
        more = [name for name in header if name not in wanted]
        raise RecordingError(
            f"{path}: the columns are not those of its metadata, missing {missing}, more {more}, "
            f"or one twice. {OTHER_WAY}"
        )
    uneven = lines[: sizes.size][sizes != len(header)]
    if uneven.size or not lines.size:
        raise RecordingError(
            f"{path}: found {lines.size} row(s), {uneven.size} of them with more or fewer cells "
            f"than the header{f' (line {uneven[0]})' if uneven.size else ''}; expected one row or "
            f"more, of {len(header)} cells."
        )
