"""Read tables of trials in Excel workbooks (.xlsx), by openpyxl (the extra excel)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pandas as pd

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_picking import Candidate, pick_tables

_ZIP = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"

Row = tuple[int, list[Any]]
"""Number of a row in its sheet, and its cells."""


def read_excel_tables(path: Path, sheet: str | None = None) -> list[RawTable]:
    """Read the sheets of a workbook.

    Parameters
    ----------
    path : Path
        The file; the first row of a sheet that is not empty names its columns. Formulas count as
        the values that Excel saved for them; macros are not run. Dates become text (ISO 8601).
    sheet : str, optional
        Name of the sheet.

    Returns
    -------
    list of RawTable
        One for each sheet with rows.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If openpyxl is not installed.
    RecordingError
        If the file is damaged, or sheets differ in their columns and none is asked for; if a
        column has no name, a name comes twice, or a formula has no value.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file, expected an Excel workbook.")
    if find_spec("openpyxl") is None:
        raise ModuleNotFoundError(
            f"{path}: reading .xlsx needs the package openpyxl, which is not installed. Install it "
            "with: pip install 'pfc_analysis[excel]', or save the sheet as CSV."
        )
    try:
        sheets = _read_sheets(path, sheet)
    except RecordingError:
        raise
    # openpyxl reports damage as whatever its parsers raise.
    except Exception as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({type(error).__name__}: {error}), expected an Excel "
            "workbook. Open it in Excel, and save it again or as CSV."
        ) from error
    candidates = [
        Candidate(name, (_table(path, f"sheet {name!r}", rows),))
        for name, rows in sheets.items()
        if len(rows) > 1
    ]
    return pick_tables(path, candidates, sheet, f"the sheets {', '.join(map(repr, sheets))}")


def _read_sheets(path: Path, wanted: str | None) -> dict[str, list[Row]]:
    """Return the rows of each sheet that are not empty; of the one that is asked for, if it is."""
    import openpyxl

    with ZipFile(path) as archive:
        MemoryLimit.of(path).spend(sum(p.file_size for p in archive.infolist()), "the workbook")
    # Once the values that Excel saved for formulas, once the formulas.
    content = path.read_bytes()
    values, written = (
        openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=saved, keep_links=False)
        for saved in (True, False)
    )
    names = [one.title for one in values.worksheets]
    picked = [name for name in names if name == wanted] or names
    return {
        name: list(_rows(path, values[name], written[name]) if name in picked else ())
        for name in names
    }


def _rows(path: Path, values: Any, written: Any) -> Iterator[Row]:
    for sheet in (values, written):
        sheet.reset_dimensions()  # a file may claim a million empty rows
    pairs = zip_longest(values.iter_rows(), written.iter_rows(values_only=True))
    for number, (row, formulas) in enumerate(pairs, start=1):
        cells = [_value(cell) for cell in row or ()]
        for cell, formula in zip_longest(cells, formulas or ()):
            if cell is None and formula not in (None, ""):
                raise RecordingError(
                    f"{path}, sheet {values.title!r}, row {number}: found the formula "
                    f"{str(formula)[:60]!r} without a value, since the program that wrote the file "
                    "did not compute it. Open the file in Excel or LibreOffice and save it again, "
                    "or save the sheet as CSV."
                )
        if any(cell not in (None, "") for cell in cells):
            yield number, cells


def _value(cell: Any) -> Any:
    """Return the value of a cell: a date as text, and None where there is nothing."""
    value = cell.value
    if value is None:
        # A formula whose value is an empty text.
        return "" if cell.data_type == "str" else None
    if isinstance(value, str):
        return value.strip()
    return value.isoformat() if hasattr(value, "isoformat") else value


def _table(path: Path, place: str, rows: list[Row]) -> RawTable:
    """Make a table of the rows of a sheet, the first of which names the columns."""
    used = sorted({at for _, cells in rows for at, cell in enumerate(cells) if cell is not None})
    header, *trials = [
        [cells[at] if at < len(cells) and cells[at] != "" else None for at in used]
        for _, cells in rows
    ]
    names = _names(path, place, rows[0][0], header)
    columns = [pd.Series(values, dtype=object) for values in zip(*trials, strict=True)]
    frame = pd.DataFrame(dict(enumerate(columns))).set_axis(names, axis=1)
    return table_of_frame(frame, path=path, place=place)


def _names(path: Path, place: str, number: int, header: list[Any]) -> list[str]:
    odd = [cell for cell in header if not isinstance(cell, str)]
    if odd:
        found = "an empty cell" if odd[0] is None else repr(odd[0])
        raise RecordingError(
            f"{path}, {place}, row {number}: found {found} among the names of the {len(header)} "
            "columns, expected a name for each in the first row that is not empty. Write one above "
            "each column, and remove the rows above them."
        )
    return list(header)


def _recognise(path: Path, head: bytes) -> bool:
    if not head.startswith(_ZIP):
        return False
    try:
        with ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    # What a damaged list of contents makes the library raise.
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return path.suffix.lower() in FORMAT.endings


FORMAT = Format(
    name="excel",
    title="an Excel workbook",
    endings=(".xlsx", ".xlsm"),
    recognise=_recognise,
    read=read_excel_tables,
    isolated=True,
)
