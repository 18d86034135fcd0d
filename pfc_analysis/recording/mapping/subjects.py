"""Find the subject of every row: named by the caller, a column or the file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.column_values import EMPTY, plain
from pfc_analysis.recording.tables.raw_table import RawTable

STEM, FOLDER = "{stem}", "{folder}"
"""In the argument `subject`: the name of the file without its ending; that of its folder."""


def find_subjects(
    tables: Sequence[RawTable], columns: ColumnMap, subject: str | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each table, the index of each row's subject among its names, and the names."""
    column = columns.subject
    if subject is not None and column and any(column in table.columns for table in tables):
        raise RecordingError(
            f"subject: found {subject!r} beside the column {column!r} that the column map "
            "names, expected one of the two. Leave one out."
        )
    return [_subjects_of(table, None if subject else column, subject) for table in tables]


def _subjects_of(
    table: RawTable, column: str | None, subject: str | None
) -> tuple[np.ndarray, np.ndarray]:
    if column is None:
        name = subject_name(table, subject)
        if not name:
            raise RecordingError(
                f"{table.where}: found no name of the subject, expected one. Name the column that "
                "has it as subject in the column map, or pass the animal's name as `subject` "
                f"({STEM!r} for the name of the file, {FOLDER!r} for that of its folder)."
            )
        return np.zeros(table.size, dtype=np.int64), np.array([name], dtype=object)
    values = table.column(column)
    table.check(column, ~is_missing(values), "the name of the subject in every row")
    codes, names = pd.factorize(values if values.dtype.kind != "U" else values.astype(object))
    return codes, np.array([str(plain(name)) for name in names], dtype=object)


def subject_name(table: RawTable, subject: str | None = None) -> str:
    """Name of the subject of a whole table, as it is given or as the file says; or nothing."""
    if subject is None:
        return str(table.constants.get("subject", ""))
    folder = table.path.absolute().parent.name
    return subject.replace(STEM, table.path.stem).replace(FOLDER, folder)


def is_missing(values: np.ndarray) -> np.ndarray:
    """Say of each cell whether it is empty, or NaN."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind != "U":
        return np.zeros(values.shape, dtype=np.bool_)
    codes, cells = pd.factorize(values.astype(object))
    return np.array([cell.lower() in EMPTY for cell in cells], dtype=np.bool_)[codes]
