"""Give a column the same type in all tables of a call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from pfc_analysis.recording.tables.coded_column import CodedColumn, Columns
from pfc_analysis.recording.tables.column_values import EMPTY
from pfc_analysis.recording.tables.raw_table import RawTable


def with_common_types(tables: Sequence[RawTable], names: Iterable[str]) -> list[RawTable]:
    """Give columns one type over all tables, so that a value means the same in all of them.

    A reader decides the type of a column from one file: a column of true and false is one of
    booleans in a file that holds no other word, and text in a file that does.

    Parameters
    ----------
    tables : sequence of RawTable
        The tables.
    names : iterable of str
        The columns.

    Returns
    -------
    list of RawTable
        The tables, in which a column that is text in one of them, or booleans in one and numbers
        in another, is text in all, as the files spell it. A column without any value is one of
        empty cells, whatever the others are.
    """
    found = list(tables)
    for name in dict.fromkeys(names):
        having = [at for at, table in enumerate(found) if name in table.columns]
        kinds = {at: _kind(found[at].coded(name).values) for at in having}
        said = {kind for kind in kinds.values() if kind != "empty"}
        if len(said) > 1:
            for at in having:
                found[at] = _with(found[at], name, found[at].words(name))
        elif said == {"number"}:
            for at in having:
                if kinds[at] == "empty":
                    found[at] = _with(found[at], name, np.full(found[at].size, np.nan))
    return found


def _kind(values: np.ndarray) -> str:
    """Return "text", "boolean", "number", or "empty" where none of the values is one."""
    kind = values.dtype.kind
    if kind == "U":
        return "empty" if all(cell.lower() in EMPTY for cell in values) else "text"
    if kind == "f" and np.isnan(values).all():
        return "empty"
    return "boolean" if kind == "b" else "number"


def _with(table: RawTable, name: str, column: np.ndarray | CodedColumn) -> RawTable:
    return replace(table, columns=Columns(table.columns).with_column(name, column))
