"""Read tables of trials in text: CSV, with commas, tabs or semicolons."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.unread_files import name_unread
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.text_columns import Spelling, typed_column
from pfc_analysis.recording.tables.text_layout import TextLayout

DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons"}

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def read_text_tables(path: Path, *, layout: TextLayout | None = None) -> list[RawTable]:
    """Read the table in a text file.

    Parameters
    ----------
    path : Path
        A file in UTF-8 or Latin-1 whose first line names the columns, which commas, tabs or
        semicolons part; cells may be in double quotes.
    layout : TextLayout, optional
        Names of the columns, lines to skip and comments, where the file needs them.

    Returns
    -------
    list of RawTable
        The table. A column of true and false is one of booleans, one of numbers one of integers
        where it can be; one that holds anything else, or numbers with zeros in front (names such
        as 007), is text. Blanks around cells are removed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is empty, not text, ends inside a row, or is no table; the message names the line.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file, expected a table in text.")
    data, encoding, notes = _decoded(path, path.read_bytes())
    header_line = _first_line(path, data, encoding)
    delimiter = _delimiter(path, header_line)
    if b'"' in data:
        lines, header = _check_quoted(path, data.decode(encoding), delimiter)
    else:
        lines = _check_plain(path, data, delimiter)
        header = header_line.split(delimiter)
    names = _names(path, header)
    if not lines.size:
        raise RecordingError(f"{path}: found a header and no row, expected one row per trial.")
    cells = _parse(path, data, encoding, delimiter, lines.size, len(names))
    columns: dict[str, np.ndarray] = {}
    spelled: dict[str, Spelling] = {}
    for at, name in enumerate(names):
        columns[name], spelling = typed_column(cells.pop(at))
        if spelling is not None:
            spelled[name] = spelling
    notes = [*notes, f"columns are separated by {DELIMITERS[delimiter]}"]
    return [RawTable(path, lines.size, columns, lines=lines, notes=tuple(notes), spelled=spelled)]


def _recognise(path: Path, head: bytes) -> bool:
    if not head or name_unread(path, head):
        return False
    return head.startswith(_BYTE_ORDER_MARKS) or b"\0" not in head


FORMAT = Format(
    name="text",
    title="a text file",
    endings=(".csv", ".tsv", ".txt"),
    recognise=_recognise,
    read=read_text_tables,
    has_one_table=True,
    takes_layout=True,
    rank=3,
)


def _decoded(path: Path, data: bytes) -> tuple[bytes, str, list[str]]:
    """Return the bytes with plain line ends, their encoding, and what was assumed about it."""
    if not data.strip():
        raise RecordingError(f"{path}: found an empty file, expected a table with a header.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RecordingError(
            f"{path}: found UTF-16, expected UTF-8 (or Latin-1). Save it again as 'CSV UTF-8'."
        )
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise RecordingError(
            f"{path}, line {line}: found a byte of value 0, expected text. Is it a table in text, "
            "and whole?"
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data.isascii():
        return data, "utf-8", []
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data, "latin-1", ["read as Latin-1, since it is not UTF-8"]
    return data, "utf-8", []


def _first_line(path: Path, data: bytes, encoding: str) -> str:
    """Find the header, which is the first line that is not blank."""
    return next(line for line in data.split(b"\n", 100) if line.strip()).decode(encoding)


def _delimiter(path: Path, header: str) -> str:
    """Find the delimiter that the header has most often, outside quotes."""
    outside = "".join(header.split('"')[::2])
    counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    if not counts[best]:
        raise RecordingError(
            f"{path}: found the header {header[:80]!r}, which names one column, expected several, "
            f"parted by {', '.join(DELIMITERS.values())}."
        )
    return best


def _check_plain(path: Path, data: bytes, delimiter: str) -> np.ndarray:
    """Return the lines of the rows in a file without quotes; check that rows are equally long."""
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    if not ends.size or ends[-1] != raw.size - 1:
        ends = np.append(ends, raw.size)
    marks = np.flatnonzero(raw == ord(delimiter))
    n_marks = np.diff(np.searchsorted(marks, ends), prepend=0)
    blank = n_marks == 0
    starts = np.append(0, ends[:-1] + 1)
    for at in np.flatnonzero(blank):
        blank[at] = not data[starts[at] : ends[at]].strip()
    lines = np.flatnonzero(~blank)
    _check_even(path, lines + 1, n_marks[lines] + 1)
    return lines[1:] + 1


def _check_quoted(path: Path, text: str, delimiter: str) -> tuple[np.ndarray, list[str]]:
    """Return the lines on which rows end in a file with quotes, and the header."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[int] = []
    sizes: list[int] = []
    header: list[str] = []
    try:
        for row in reader:
            if len(row) > 1 or "".join(row).strip():
                header = header or row
                lines.append(reader.line_num)
                sizes.append(len(row))
    except csv.Error as error:
        raise RecordingError(
            f"{path}, line {reader.line_num}: {error}, expected quotes in pairs around a cell, and "
            'doubled ("") inside. Does the file end inside a row?'
        ) from error
    _check_even(path, np.array(lines), np.array(sizes))
    return np.array(lines[1:], dtype=np.int64), header


def _check_even(path: Path, lines: np.ndarray, sizes: np.ndarray) -> None:
    """Check that every row has as many cells as the header."""
    uneven = np.flatnonzero(sizes != sizes[0])
    if not uneven.size:
        return
    first = uneven[0]
    cure = "Is there a delimiter in a cell (a decimal comma, for instance) that is not in quotes?"
    if first == len(lines) - 1 and sizes[first] < sizes[0]:
        cure = "The file ends inside its last row: get it again from its source."
    raise RecordingError(
        f"{path}, line {lines[first]}: found {sizes[first]} cell(s) ({uneven.size} such row(s)), "
        f"expected {sizes[0]}, as in the header. {cure}"
    )


def _names(path: Path, header: list[str]) -> list[str]:
    """Return the names of the columns; an empty name becomes column_1, column_2, ..."""
    stripped = [name.strip().strip('"').strip() for name in header]
    names = [name or f"column_{at}" for at, name in enumerate(stripped, start=1)]
    doubled = [name for at, name in enumerate(names) if name in names[:at]]
    if doubled:
        raise RecordingError(
            f"{path}: found the column {doubled[0]!r} {names.count(doubled[0])} times in the "
            "header, expected every name once. Rename one."
        )
    return names


def _parse(
    path: Path, data: bytes, encoding: str, delimiter: str, n_rows: int, n_columns: int
) -> dict[int, np.ndarray]:
    """Cells as text, by column; pandas holds one object for equal cells."""
    try:
        frame = pd.read_csv(
            BytesIO(data),
            sep=delimiter,
            header=None,
            names=range(n_columns),
            index_col=False,
            dtype=object,
            na_filter=False,
            encoding=encoding,
            engine="c",
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read as a table in text ({error}).") from error
    if len(frame) != n_rows + 1:
        raise RecordingError(
            f"{path}: found {len(frame) - 1} row(s) where its lines make {n_rows}, expected one a "
            "line. Are there quotes inside cells?"
        )
    return {at: frame[at].to_numpy()[1:] for at in range(n_columns)}
