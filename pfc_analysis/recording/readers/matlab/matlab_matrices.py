"""Make tables of MATLAB matrices that have a session in each row and a trial in each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pfc_analysis.recording.readers.matlab.matlab_columns import Constants
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import as_plain
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Item, Letters, Source, is_outcome

_FEWEST = 5
"""Fewest trials of a session: arrays with fewer columns are split into a column for each."""


def matrix_tables(
    path: Path,
    place: str,
    items: Mapping[str, Item],
    constants: Constants,
    *,
    any_names: bool = False,
) -> list[RawTable]:
    """Make a table of each row of matrices of one shape.

    Parameters
    ----------
    path : Path
        The file.
    place : str
        The struct in which the matrices lie; empty where they lie in none.
    items : mapping of str to Item
        What lies there.
    constants : mapping of str to str or float
        Single values that hold for all of it.
    any_names : bool
        Whether matrices count of which none is named like a choice or an outcome.

    Returns
    -------
    list of RawTable
        One for each row, which is a session; empty where there are no two matrices of one shape,
        or where vectors beside them are the trials. Trials at the end of a row that are NaN in
        every matrix of numbers fill up shorter sessions, and are left out. A vector with one
        value for each row gives a constant of that session.

    Raises
    ------
    RecordingError
        If rows and columns could both be sessions.
    """
    shape, found = _alike(items)
    named = any(map(is_outcome, found)) and max(shape) >= _FEWEST
    if not found or not (named or any_names) or _vectors_are_trials(items):
        return []
    values = {name: as_plain(source.read()) for name, source in found.items()}
    matrices = {n: v for n, v in values.items() if isinstance(v, np.ndarray)}
    empty = np.broadcast_to(
        np.all([np.isnan(v) for v in matrices.values() if v.dtype.kind == "f"] or [False], 0), shape
    )
    _check_direction(path, list(matrices), shape, empty)
    sizes = [int(np.append(0, np.flatnonzero(~row) + 1)[-1]) for row in empty]
    note = _note(list(matrices), shape, sizes)
    own = _of_each_row(items, shape[0])
    return [
        RawTable(
            path,
            size,
            {name: matrix[row, :size] for name, matrix in matrices.items()},
            f"{place}, row {row + 1}" if place else f"row {row + 1}",
            constants=constants | {name: cells[row] for name, cells in own.items()},
            notes=(note,),
        )
        for row, size in enumerate(sizes)
        if size
    ]


def _alike(items: Mapping[str, Item]) -> tuple[tuple[int, ...], dict[str, Source]]:
    """Return the commonest shape of matrices, and those of it, if there are two or more."""
    matrices = {
        name: item
        for name, item in items.items()
        if isinstance(item, Source) and len(item.shape) == 2 and min(item.shape) > 1
    }
    shapes = Counter(item.shape for item in matrices.values())
    shape, count = max(shapes.items(), key=lambda pair: pair[1], default=((), 0))
    return shape, {n: m for n, m in matrices.items() if m.shape == shape} if count > 1 else {}


def _vectors_are_trials(items: Mapping[str, Item]) -> bool:
    """Say whether what was chosen and earned is in vectors beside the matrices."""
    return any(
        is_outcome(name)
        for name, item in items.items()
        if isinstance(item, (Source, Letters)) and item.length is not None
    )


def _of_each_row(items: Mapping[str, Item], rows: int) -> dict[str, list[str | float]]:
    """Return vectors with one value for each row, such as the names of the animals."""
    found: dict[str, list[str | float]] = {}
    for name, item in items.items():
        if not isinstance(item, (Source, Letters)) or item.length != rows:
            continue
        read = item.rows if isinstance(item, Letters) else item.read().reshape(-1)
        values = as_plain(np.array(read, dtype=object if isinstance(item, Letters) else None))
        if isinstance(values, np.ndarray):
            is_text = values.dtype.kind == "U"
            found[name] = [v.strip() if is_text else float(v) for v in values.tolist()]
    return found


def _note(names: list[str], shape: tuple[int, ...], sizes: list[int]) -> str:
    """Say how matrices were read."""
    note = (
        f"{', '.join(names)}: the {shape[0]} rows of these matrices are sessions, their "
        f"{shape[1]} columns trials"
    )
    if min(sizes) < shape[1]:
        note += "; trials at the end of a row that are NaN in all of them are left out"
    if 0 in sizes:
        empty = [str(row) for row, size in enumerate(sizes, start=1) if not size]
        note += f"; row(s) {', '.join(empty)} hold nothing else and are left out"
    return note


def _check_direction(
    path: Path, names: list[str], shape: tuple[int, ...], empty: np.ndarray
) -> None:
    """Raise unless rows are sessions: there are fewer sessions than trials, or their ends tell.

    Sessions that are shorter than others are filled up with NaN at their ends. Missed trials can
    be NaN, too: where these lie in the midst of rows and of columns, the ends do not tell.
    """
    by_row, by_column = _are_ends(empty), _are_ends(empty.T)
    rows_are_sessions = by_row if by_row != by_column else shape[0] < shape[1]
    if shape[1] >= _FEWEST and rows_are_sessions:
        return
    if by_column and not by_row:
        why = "with NaN at the ends of columns, so that columns seem to be sessions"
    elif shape[0] > shape[1]:
        why = "of which rows may be trials and columns sessions, since there are fewer columns"
    else:
        why = "of which it is not clear whether rows or columns are sessions"
    turned = "; ".join(f"{name} = {name}.'" for name in names[:4])
    raise RecordingError(
        f"{path}: found matrices {', '.join(names)} of {shape[0]} x {shape[1]}, {why}, expected a "
        "session in each row, fewer of them than trials, and a trial in each column. If columns "
        f"are sessions, turn them ({turned}) and save them again; else save each session as a "
        "struct of vectors, or the table of trials as CSV."
    )


def _are_ends(empty: np.ndarray) -> bool:
    """Say whether empty cells lie at the ends of rows alone."""
    return bool(np.all(np.diff(empty.astype(np.int8), axis=1) >= 0))
