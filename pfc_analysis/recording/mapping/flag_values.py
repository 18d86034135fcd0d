"""Check that the values that flags of a column map name are in the tables, and count them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.recording.mapping.column_entries import FlagColumn, TransitionColumn
from pfc_analysis.recording.mapping.column_map import FLAG_FIELDS, ColumnMap
from pfc_analysis.recording.tables.column_values import EMPTY, is_same
from pfc_analysis.recording.tables.raw_table import RawTable


def check_flag_values(tables: Sequence[RawTable], columns: ColumnMap) -> None:
    """Raise if a flag names a value that is in no table.

    A column of booleans, or of 0 and 1, may lack one of its two values.

    Raises
    ------
    RecordingError
        The message lists the values that there are.
    """
    for field in (*FLAG_FIELDS, "common_transition", "rows"):
        flag = getattr(columns, field)
        if isinstance(flag, FlagColumn):
            _check_values(tables, field, flag.column, {"when": flag.when})
        elif isinstance(flag, TransitionColumn) and field not in columns.confirmed:
            values = {"common": flag.common, "uncommon": flag.uncommon}
            _check_values(tables, field, flag.column, values)


def _check_values(
    tables: Sequence[RawTable], field: str, column: str, named: Mapping[str, Sequence[object]]
) -> None:
    there = [value for table in tables for value in _cells(table, column)]
    for key, wanted in ((key, value) for key, values in named.items() for value in values):
        if any(is_same(wanted, cell) for cell in there) or _may_be_absent(wanted, there):
            continue
        values = list(dict.fromkeys(c[0] if isinstance(c, tuple) else c for c in there))
        shown = ", ".join(map(repr, values[:12])) + (", ..." if len(values) > 12 else "")
        raise tables[0].fault(
            column,
            f"no cell with {wanted!r}, which {field} of the column map names in `{key}`",
            f"one of the values that there are: {shown or 'none'}. Name one of these, or "
            + (f"leave {field} out" if key == "when" else f'say confirmed = ["{field}"]'),
        )


def _cells(table: RawTable, name: str) -> list[object]:
    """Different cells of a column, with their spelling where the values do not tell."""
    coded = table.coded(name)
    return table.distinct(name) if coded.words is None else sorted(coded.cells())


def _may_be_absent(wanted: object, there: Sequence[object]) -> bool:
    """Say whether a value is one of two, of which the column holds only the other."""
    if isinstance(wanted, float) and np.isnan(wanted):
        return True  # a column without empty cells
    if isinstance(wanted, str) and wanted.lower() in EMPTY:
        return True
    two = (True, False)
    cells = [cell[1] if isinstance(cell, tuple) else cell for cell in there]
    return any(is_same(wanted, one) for one in two) and all(
        any(is_same(one, cell) for one in two) for cell in cells
    )


def describe_flags(columns: ColumnMap, recording: xr.Dataset) -> list[str]:
    """Say of each flag that lists values how many trials it marks."""
    said = []
    for field in FLAG_FIELDS:
        flag = getattr(columns, field)
        if isinstance(flag, FlagColumn):
            marked, size = int((recording[field] == 1).sum()), recording.sizes["trial"]
            values = ", ".join(map(repr, flag.when))
            said.append(f"{field}: {marked} of {size} trials, from {values} in {flag.column!r}")
    return said
