"""Find the delimiter of a table in text and the names of its columns, or see that it has none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pfc_analysis.recording.readers.text.text_cells import CellCodes
from pfc_analysis.recording.readers.text.text_rows import DELIMITERS, suggest_layout
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.text_layout import TextLayout


def first_line(data: bytes, encoding: str) -> str:
    """Find the header, which is the first line that is not blank."""
    start = 0
    while True:
        end = data.find(b"\n", start)
        line = data[start:] if end < 0 else data[start:end]
        if line.strip():
            return line.decode(encoding)
        if end < 0:
            raise ValueError("found no line that is not blank")
        start = end + 1


def find_delimiter(path: Path, header: str, data: bytes) -> str:
    """Find the delimiter that the header has most often, outside quotes."""
    outside = "".join(header.split('"')[::2])
    counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    if not counts[best]:
        said = suggest_layout(data)
        raise RecordingError(
            f"{path}: found the header {header[:80]!r}, which names one column, expected several, "
            f"parted by {', '.join(DELIMITERS.values())}.{' ' if said else ''}{said}"
        )
    return best


def column_names(path: Path, first: list[str], layout: TextLayout) -> list[str]:
    """Return the names of the columns; an empty name becomes column_1, column_2, ..."""
    if layout.names:
        return _given_names(path, first, layout.names)
    stripped = [name.strip().strip('"').strip() for name in first]
    names = [name or f"column_{at}" for at, name in enumerate(stripped, start=1)]
    numbers = [name for name in stripped if _is_number(name)]
    if len(numbers) * 2 > len(names) or (numbers and len(set(names)) < len(names)):
        raise _headerless(path, stripped)
    doubled = [name for at, name in enumerate(names) if name in names[:at]]
    if doubled:
        raise RecordingError(
            f"{path}: found the column {doubled[0]!r} {names.count(doubled[0])} times in the "
            "header, expected every name once. Rename one."
        )
    return names


def check_header(
    path: Path, names: list[str], cells: Sequence[CellCodes], lines: np.ndarray
) -> None:
    """Raise if the header looks like a row of trials, or comes again among them.

    Names of columns do not occur as values of these columns.
    """
    again = [column.rows_with(name) for name, column in zip(names, cells, strict=True)]
    rows = again[0]
    for other in again[1:]:
        rows = np.intersect1d(rows, other)
    words = [name for name, found in zip(names, again, strict=True) if found.size]
    if rows.size and not any(map(_is_number, names)) and len(set(names)) == len(names):
        raise RecordingError(
            f"{path}, line {lines[rows[0]]}: found the first line again ({rows.size} such "
            "row(s)), expected it once. If it is the header, several files were put into one: "
            "name the files one by one, or remove these lines and add a column of sessions. If "
            f"the file has no header, {_name_columns(len(names))}"
        )
    numbers = any(map(_is_number, names))
    texts = [word for word in words if not _is_number(word)]
    if (numbers and texts) or (len(words) > 1 and 2 * len(words) >= len(names)):
        raise _headerless(path, names)


def _headerless(path: Path, first: list[str]) -> RecordingError:
    return RecordingError(
        f"{path}: found {', '.join(map(repr, first[:6]))} in the first line, which look like the "
        f"cells of a trial, expected the names of the {len(first)} columns. If the file has no "
        f"header, {_name_columns(len(first))}"
    )


def _name_columns(count: int) -> str:
    shown = ", ".join(f'"{letter}"' for letter in "abc"[:count])
    more = ", ..." if count > 3 else ""
    return f"name its columns in the column map, such as names = [{shown}{more}] ({count} names)."


def _given_names(path: Path, first: list[str], names: tuple[str, ...]) -> list[str]:
    """Return the names that the column map gives, one for each column."""
    if len(names) != len(first) or len(set(names)) < len(names):
        raise RecordingError(
            f"{path}: found {len(first)} columns, and {len(names)} names in the column map "
            f"({', '.join(map(repr, names))}), expected one for each, and each once."
        )
    if [cell.strip().strip('"') for cell in first] == list(names):
        raise RecordingError(
            f"{path}: found the names of the column map in the first line, expected a file "
            "without a header. Leave `names` out."
        )
    return list(names)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
