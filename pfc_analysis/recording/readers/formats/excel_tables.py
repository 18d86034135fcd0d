"""Read tables of trials in Excel workbooks (.xlsx), by openpyxl (the extra excel)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pandas as pd

from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_picking import Candidate, pick_tables

_ZIP = b"PK\x03\x04"
_LARGEST = 2**30


def read_excel_tables(path: Path, sheet: str | None = None) -> list[RawTable]:
    """Read the sheets of a workbook.

    Parameters
    ----------
    path : Path
        The file; the first line of a sheet names its columns. Formulas count as the values that
        Excel saved for them; macros are not run.
    sheet : str, optional
        Name of the sheet.

    Returns
    -------
    list of RawTable
        One for each sheet with rows.

    Raises
    ------
    ModuleNotFoundError
        If openpyxl is not installed.
    RecordingError
        If the file is damaged, or sheets differ in their columns and none is asked for.
    """
    if find_spec("openpyxl") is None:
        raise ModuleNotFoundError(
            f"{path}: reading .xlsx needs the package openpyxl, which is not installed. Install it "
            "with: pip install 'pfc_analysis[excel]', or save the sheet as CSV."
        )
    import openpyxl

    try:
        _check_size(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheets = {one.title: list(one.iter_rows(values_only=True)) for one in book.worksheets}
        book.close()
    except RecordingError:
        raise
    # openpyxl reports damage as whatever its parsers raise.
    except Exception as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({type(error).__name__}: {error}), expected an Excel "
            "workbook. Open it in Excel, and save it again or as CSV."
        ) from error
    candidates = [
        Candidate(name, (table,))
        for name, rows in sheets.items()
        if (table := _table(path, name, rows)) is not None
    ]
    return pick_tables(path, candidates, sheet, f"the sheets {', '.join(map(repr, sheets))}")


def _check_size(path: Path) -> None:
    with ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > _LARGEST:
        raise RecordingError(
            f"{path}: found {size} bytes when unpacked, expected at most {_LARGEST}. Save the "
            "sheet as CSV."
        )


def _table(path: Path, name: str, rows: list[tuple[Any, ...]]) -> RawTable | None:
    """Make a table of the rows of a sheet, the first of which names the columns."""
    said = [row for row in rows if any(cell is not None for cell in row)]
    if len(said) < 2:
        return None
    names = [None if cell is None else str(cell).strip() for cell in said[0]]
    used = [at for at, cell in enumerate(names) if cell]
    frame = pd.DataFrame(
        {names[at]: pd.Series([row[at] for row in said[1:]], dtype=object) for at in used}
    )
    if frame.shape[1] < len(used):
        raise RecordingError(
            f"{path}, sheet {name!r}: found a column twice in {names}, expected every name once. "
            "Rename one."
        )
    dates = {n for n in frame if any(hasattr(cell, "isoformat") for cell in frame[n])}
    for column in dates:
        frame[column] = [c.isoformat() if hasattr(c, "isoformat") else c for c in frame[column]]
    table = table_of_frame(frame)
    return RawTable(path, table.size, table.columns, f"sheet {name!r}", unusable=table.unusable)


def _recognise(path: Path, head: bytes) -> bool:
    if not head.startswith(_ZIP):
        return False
    try:
        with ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (BadZipFile, OSError):
        return path.suffix.lower() == ".xlsx"


FORMAT = Format(
    name="excel",
    title="an Excel workbook",
    endings=(".xlsx", ".xlsm"),
    recognise=_recognise,
    read=read_excel_tables,
    isolated=True,
)
