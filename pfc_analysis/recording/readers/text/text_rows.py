"""Count the rows and cells of a table in text, and check that the rows are even."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import numpy as np

from pfc_analysis.recording.schema import RecordingError

DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons"}


def check_plain(path: Path, data: bytes, delimiter: str) -> np.ndarray:
    """Return the lines that are not blank in a file without quotes; check that they are even."""
    even = count_even_rows(data, delimiter)
    if even is not None:
        return np.arange(1, even + 1)
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
    _check_even(path, data, lines + 1, n_marks[lines] + 1)
    return lines + 1


def count_even_rows(data: bytes, delimiter: str) -> int | None:
    """Count the rows of a text without quotes where all lines have as many cells as the first.

    Parameters
    ----------
    data : bytes
        The text, with plain line ends.
    delimiter : str
        One character.

    Returns
    -------
    int or None
        Number of lines; None where one has more or fewer cells, or is blank, or there is one
        column only.
    """
    end = data.find(b"\n")
    n_marks = data.count(delimiter.encode(), 0, end if end >= 0 else len(data))
    if not n_marks:
        return None
    line = delimiter.encode() * n_marks + b"\n"
    marks = data.translate(None, delete=bytes(set(range(256)) - set(line)))
    if not data.endswith(b"\n"):
        marks += b"\n"
    size = len(marks) // len(line)
    return size if marks == line * size else None


def check_quoted(path: Path, text: str, delimiter: str) -> tuple[np.ndarray, list[str]]:
    """Return the lines on which rows end in a file with quotes, and the first row."""
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
    _check_even(path, text.encode(), np.array(lines), np.array(sizes))
    return np.array(lines, dtype=np.int64), header


def _check_even(path: Path, data: bytes, lines: np.ndarray, sizes: np.ndarray) -> None:
    """Check that every row has as many cells as the header."""
    uneven = np.flatnonzero(sizes != sizes[0])
    if not uneven.size:
        return
    first = uneven[0]
    cure = "Is there a delimiter in a cell (a decimal comma, for instance) that is not in quotes?"
    if first == len(lines) - 1 and sizes[first] < sizes[0]:
        cure = "The file ends inside its last row: get it again from its source."
    elif said := suggest_layout(data):
        cure = f"{said} {cure}"
    raise RecordingError(
        f"{path}, line {lines[first]}: found {sizes[first]} cell(s) ({uneven.size} such row(s)), "
        f"expected {sizes[0]}, as in the header. {cure}"
    )


def suggest_layout(data: bytes) -> str:
    """Say how to leave out the lines before a table, where even rows follow them; else nothing."""
    lines = data.split(b"\n")
    said = [at for at, line in enumerate(lines) if line.strip()]
    for delimiter in DELIMITERS:
        counts = [_outside_quotes(lines[at]).count(delimiter.encode()) for at in said]
        even = next((at for at in range(len(counts), 0, -1) if counts[at - 1] != counts[-1]), 0)
        # A header and two rows: what is shorter is no table.
        if not counts[-1] or counts[0] == counts[-1] or len(counts) - even < 3:
            continue
        skipped = said[even]
        before = [lines[at].lstrip() for at in said[:even]]
        mark = next((mark for mark in (b"#", b"%", b"//") if before[0].startswith(mark)), b"")
        comment = ""
        if mark and all(line.startswith(mark) for line in before):
            comment = f', or comment = "{mark.decode()}"'
        return (
            f"If the table begins at line {skipped + 1}, say in the column map: skip_lines = "
            f"{skipped}{comment}."
        )
    return ""


def _outside_quotes(line: bytes) -> bytes:
    return b"".join(line.split(b'"')[::2])
