"""Make tables of MATLAB matrices that have a session in each row and a trial in each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import as_plain
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Item, Source

_FEWEST = 5
"""Fewest trials of a session: arrays with fewer columns are split into a column for each."""


def matrix_tables(
    path: Path, items: Mapping[str, Item], constants: Mapping[str, str | float]
) -> list[RawTable]:
    """Make a table of each row of matrices of one shape.

    Parameters
    ----------
    path : Path
        The file.
    items : mapping of str to Item
        Its variables.
    constants : mapping
        Its single values.

    Returns
    -------
    list of RawTable
        One for each row, which is a session; empty where there are no two matrices of one shape.
        Trials at the end of a row that are NaN in some matrix are the filling of shorter
        sessions where they are NaN in all, and left out.

    Raises
    ------
    RecordingError
        If rows and columns could both be sessions.
    """
    shapes = Counter(
        item.shape for item in items.values() if isinstance(item, Source) and _is_matrix(item)
    )
    shape, count = max(shapes.items(), key=lambda pair: pair[1], default=((), 0))
    if count < 2:
        return []
    values = {
        name: as_plain(item.read())
        for name, item in items.items()
        if isinstance(item, Source) and item.shape == shape
    }
    matrices = {n: v for n, v in values.items() if isinstance(v, np.ndarray)}
    empty = np.all([np.isnan(v) for v in matrices.values() if v.dtype.kind == "f"] or [False], 0)
    empty = np.broadcast_to(empty, shape)
    _check_direction(path, list(matrices), shape, empty)
    note = (
        f"{', '.join(matrices)}: the {shape[0]} rows of these matrices are sessions, their "
        f"{shape[1]} columns trials; columns that are NaN at the end of a row are left out"
    )
    tables = []
    for row in range(shape[0]):
        filled = np.flatnonzero(~empty[row])
        size = int(filled[-1]) + 1 if filled.size else 0
        columns = {name: matrix[row, :size] for name, matrix in matrices.items()}
        if size:
            place = f"row {row + 1}"
            tables.append(
                RawTable(path, size, columns, place, constants=dict(constants), notes=(note,))
            )
    return tables


def _is_matrix(item: Source) -> bool:
    return len(item.shape) == 2 and min(item.shape) > 1


def _check_direction(
    path: Path, names: list[str], shape: tuple[int, ...], empty: np.ndarray
) -> None:
    """Raise unless rows are sessions: sessions are filled up with NaN at their ends."""
    by_row = _are_ends(empty)
    by_column = _are_ends(empty.T)
    if shape[1] >= _FEWEST and by_row and (empty.any() or shape[0] <= shape[1]):
        return
    if empty.any() and by_column and not by_row:
        why = "and NaN at the ends of columns, so that columns seem to be sessions"
    else:
        why = "of which it is not clear whether rows or columns are sessions"
    raise RecordingError(
        f"{path}: found matrices {', '.join(names)} of {shape[0]} x {shape[1]}, {why}, expected a "
        "session in each row and a trial in each column. Turn them (choices = choices.') and save "
        "them again, or save the table of trials as CSV."
    )


def _are_ends(empty: np.ndarray) -> bool:
    """Say whether empty cells lie at the ends of rows alone."""
    return bool(np.all(np.diff(empty.astype(np.int8), axis=1) >= 0))
