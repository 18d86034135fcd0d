"""Read tables of trials in text: CSV, with commas, tabs or semicolons."""

from __future__ import annotations

import csv
import gzip
import zlib
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

_GZIP = b"\x1f\x8b"
_LARGEST_UNPACKED = 2**28
_MOST_PACKED = 100
"""A table in text that gzip packed is at most so many times larger, above 256 MiB."""

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def read_text_tables(path: Path, *, layout: TextLayout | None = None) -> list[RawTable]:
    """Read the table in a text file.

    Parameters
    ----------
    path : Path
        A file in UTF-8, UTF-16 (with its mark) or Latin-1, perhaps packed by gzip, whose first
        line names the columns, which commas, tabs or semicolons part; cells may be in double
        quotes.
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
    layout = layout or TextLayout()
    data, encoding, notes = _decoded(path, read_bytes(path))
    data, said = _cut_lines(path, data, layout)
    notes += said
    header_line = _first_line(path, data, encoding)
    delimiter = _delimiter(path, header_line, data)
    if b'"' in data:
        lines, header = _check_quoted(path, data.decode(encoding), delimiter)
    else:
        lines = _check_plain(path, data, delimiter)
        header = header_line.split(delimiter)
    names = _names(path, header, layout)
    has_header = not layout.names
    cells = _parse(path, data, encoding, delimiter, lines.size, len(names), has_header)
    lines = lines[1:] if has_header else lines
    if not lines.size:
        raise RecordingError(f"{path}: found a header and no row, expected one row per trial.")
    columns: dict[str, np.ndarray] = {}
    spelled: dict[str, Spelling] = {}
    for at, name in enumerate(names):
        columns[name], spelling = typed_column(cells.pop(at))
        if spelling is not None:
            spelled[name] = spelling
    notes = [*notes, f"columns are separated by {DELIMITERS[delimiter]}"]
    return [RawTable(path, lines.size, columns, lines=lines, notes=tuple(notes), spelled=spelled)]


def _recognise(path: Path, head: bytes) -> bool:
    if head.startswith(_GZIP):
        return _is_packed_text(path)
    if not head or name_unread(path, head):
        return False
    return head.startswith(_BYTE_ORDER_MARKS) or b"\0" not in head


def _is_packed_text(path: Path) -> bool:
    """Say whether a file that gzip packed holds text, and is not a packed NIfTI or archive."""
    try:
        with gzip.open(path) as file:
            head = file.read(4096)
    except (OSError, EOFError, zlib.error):
        return path.name.lower().endswith((".csv.gz", ".tsv.gz", ".txt.gz"))
    return b"\0" not in head or head.startswith(_BYTE_ORDER_MARKS)


FORMAT = Format(
    name="text",
    title="a text file",
    endings=(".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"),
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
        data, notes = _from_utf16(path, data), ["read as UTF-16"]
    else:
        notes = []
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
        return data, "utf-8", notes
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data, "latin-1", ["read as Latin-1, since it is not UTF-8"]
    return data, "utf-8", notes


def _from_utf16(path: Path, data: bytes) -> bytes:
    """Convert what Excel calls Unicode text to UTF-8."""
    try:
        return data.decode("utf-16").encode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise RecordingError(
            f"{path}: cannot be read as UTF-16, with whose mark it begins ({error}). Save it again "
            "as 'CSV UTF-8'."
        ) from error


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked where gzip packed it.

    Raises
    ------
    RecordingError
        If it is cut off, or holds more than a table in text can.
    """
    with path.open("rb") as raw:
        if raw.read(2) != _GZIP:
            raw.seek(0)
            return raw.read()
    most = max(_LARGEST_UNPACKED, path.stat().st_size * _MOST_PACKED)
    try:
        with gzip.open(path) as file:
            data = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({error}), expected a text file packed by gzip. Get it "
            "again from its source."
        ) from error
    if len(data) > most:
        raise RecordingError(
            f"{path}: found more than {most} bytes in a packed file of {path.stat().st_size}, "
            "expected a table in text. Unpack it, and name the file that comes out."
        )
    return data


def _cut_lines(path: Path, data: bytes, layout: TextLayout) -> tuple[bytes, list[str]]:
    """Empty the lines before the header and the comments, so that lines keep their numbers."""
    if not layout.skip_lines and not layout.comment:
        return data, []
    lines = data.split(b"\n")
    if layout.skip_lines >= len(lines):
        raise RecordingError(
            f"{path}: found {len(lines)} line(s), expected more than skip_lines = "
            f"{layout.skip_lines} of the column map."
        )
    said = []
    if layout.skip_lines:
        lines[: layout.skip_lines] = [b""] * layout.skip_lines
        said.append(f"the first {layout.skip_lines} line(s) are skipped")
    if layout.comment:
        mark = layout.comment.encode("utf-8")
        at = [number for number, line in enumerate(lines) if line.lstrip().startswith(mark)]
        for number in at:
            lines[number] = b""
        said.append(f"{len(at)} line(s) that begin with {layout.comment!r} are left out")
    cut = b"\n".join(lines)
    if not cut.strip():
        raise RecordingError(f"{path}: found no line that is neither skipped nor a comment.")
    return cut, said


def _first_line(path: Path, data: bytes, encoding: str) -> str:
    """Find the header, which is the first line that is not blank."""
    return next(line for line in data.split(b"\n") if line.strip()).decode(encoding)


def _delimiter(path: Path, header: str, data: bytes) -> str:
    """Find the delimiter that the header has most often, outside quotes."""
    outside = "".join(header.split('"')[::2])
    counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    if not counts[best]:
        raise RecordingError(
            f"{path}: found the header {header[:80]!r}, which names one column, expected several, "
            f"parted by {', '.join(DELIMITERS.values())}.{_preamble(data)}"
        )
    return best


def _preamble(data: bytes) -> str:
    """Say how many lines to skip, where lines before the table have no delimiter."""
    lines = data.split(b"\n")
    said = [line for line in lines if line.strip()]
    for delimiter in DELIMITERS:
        mark = delimiter.encode("ascii")
        count = said[-1].count(mark)
        first = next((at for at, line in enumerate(lines) if line.count(mark) == count), 0)
        if count and first:
            return (
                f" If the table begins at line {first + 1}, say in the column map: skip_lines = "
                f"{first}."
            )
    return ""


def _check_plain(path: Path, data: bytes, delimiter: str) -> np.ndarray:
    """Return the lines that are not blank in a file without quotes; check that they are even."""
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
    return lines + 1


def _check_quoted(path: Path, text: str, delimiter: str) -> tuple[np.ndarray, list[str]]:
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
    _check_even(path, np.array(lines), np.array(sizes))
    return np.array(lines, dtype=np.int64), header


def _check_even(path: Path, lines: np.ndarray, sizes: np.ndarray) -> None:
    """Check that every row has as many cells as the header."""
    uneven = np.flatnonzero(sizes != sizes[0])
    if not uneven.size:
        return
    first = uneven[0]
    cure = "Is there a delimiter in a cell (a decimal comma, for instance) that is not in quotes?"
    before = np.flatnonzero(sizes != sizes[-1])  # lines before the last even block
    if first == len(lines) - 1 and sizes[first] < sizes[0]:
        cure = "The file ends inside its last row: get it again from its source."
    elif sizes[-1] > 1 and sizes[0] != sizes[-1] and before[-1] < len(lines) - 2:
        skipped = int(lines[before[-1] + 1]) - 1
        cure = (
            f"If the table begins at line {skipped + 1}, say in the column map: skip_lines = "
            f"{skipped}. {cure}"
        )
    raise RecordingError(
        f"{path}, line {lines[first]}: found {sizes[first]} cell(s) ({uneven.size} such row(s)), "
        f"expected {sizes[0]}, as in the header. {cure}"
    )


def _names(path: Path, header: list[str], layout: TextLayout) -> list[str]:
    """Return the names of the columns; an empty name becomes column_1, column_2, ..."""
    if layout.names:
        return _given_names(path, header, layout.names)
    stripped = [name.strip().strip('"').strip() for name in header]
    names = [name or f"column_{at}" for at, name in enumerate(stripped, start=1)]
    numbers = [name for name in stripped if _is_number(name)]
    if len(numbers) * 2 > len(names) or (numbers and len(set(names)) < len(names)):
        shown = ", ".join(f'"{chr(97 + at % 26)}"' for at in range(min(len(names), 3)))
        raise RecordingError(
            f"{path}: found {', '.join(map(repr, stripped[:6]))} in the first line, which look "
            f"like the cells of a trial, expected the names of the {len(names)} columns. If the "
            f"file has no header, name its columns in the column map, such as names = [{shown}"
            f"{', ...' if len(names) > 3 else ''}] ({len(names)} names)."
        )
    doubled = [name for at, name in enumerate(names) if name in names[:at]]
    if doubled:
        raise RecordingError(
            f"{path}: found the column {doubled[0]!r} {names.count(doubled[0])} times in the "
            "header, expected every name once. Rename one."
        )
    return names


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


def _parse(
    path: Path,
    data: bytes,
    encoding: str,
    delimiter: str,
    n_lines: int,
    n_columns: int,
    has_header: bool,
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
    if len(frame) != n_lines:
        raise RecordingError(
            f"{path}: found {len(frame)} row(s) where its lines make {n_lines}, expected one a "
            "line. Are there quotes inside cells?"
        )
    return {at: frame[at].to_numpy()[int(has_header) :] for at in range(n_columns)}
