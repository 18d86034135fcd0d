"""Read tables of trials in text: CSV, with commas, tabs or semicolons."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.text.text_bytes import (
    BYTE_ORDER_MARKS,
    cut_lines,
    decode,
    is_packed,
    is_packed_text,
    read_bytes,
)
from pfc_analysis.recording.readers.text.text_cells import CellCodes, parse_cells
from pfc_analysis.recording.readers.text.text_header import (
    check_header,
    column_names,
    find_delimiter,
    first_line,
)
from pfc_analysis.recording.readers.text.text_rows import DELIMITERS, check_plain, check_quoted
from pfc_analysis.recording.readers.unread_files import name_unread
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.coded_column import Columns
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.text_columns import typed_column
from pfc_analysis.recording.tables.text_layout import TextLayout


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
    data, encoding, notes = decode(path, read_bytes(path))
    data, said = cut_lines(path, data, encoding, layout)
    header_line = first_line(data, encoding)
    delimiter = find_delimiter(path, header_line, data)
    notes += [*said, f"columns are separated by {DELIMITERS[delimiter]}"]
    if b'"' in data:
        lines, header = check_quoted(path, data.decode(encoding), delimiter)
    else:
        lines = check_plain(path, data, delimiter)
        header = header_line.split(delimiter)
    names = column_names(path, header, layout)
    has_header = not layout.names
    cells = _parse(path, data, encoding, delimiter, lines.size, len(names), has_header)
    lines = lines[1:] if has_header else lines
    if not lines.size:
        raise RecordingError(f"{path}: found a header and no row, expected one row per trial.")
    if has_header:
        check_header(path, names, cells, lines)
    columns = {
        name: typed_column(one.codes, one.cells) for name, one in zip(names, cells, strict=True)
    }
    return [RawTable(path, lines.size, Columns(columns), lines=lines, notes=tuple(notes))]


def _recognise(path: Path, head: bytes) -> bool:
    if is_packed(head):
        return is_packed_text(path)
    if not head or name_unread(path, head):
        return False
    return head.startswith(BYTE_ORDER_MARKS) or b"\0" not in head


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


def _parse(
    path: Path,
    data: bytes,
    encoding: str,
    delimiter: str,
    n_lines: int,
    n_columns: int,
    has_header: bool,
) -> list[CellCodes]:
    """Cells as text, by column."""
    try:
        cells = parse_cells(data, delimiter, n_columns, encoding=encoding, skip_first=has_header)
    except (pd.errors.ParserError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read as a table in text ({error}).") from error
    n_found = cells[0].codes.size + int(has_header)
    if n_found != n_lines:
        raise RecordingError(
            f"{path}: found {n_found} row(s) where its lines make {n_lines}, expected one a "
            "line. Are there quotes inside cells?"
        )
    return cells
