"""Choose the rows of tables that are trials, and name the columns that nothing used."""

from __future__ import annotations

from collections.abc import Sequence

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable

_MOST = 30
"""Number of columns that a sentence lists at most."""


def choose_rows(tables: Sequence[RawTable], columns: ColumnMap) -> tuple[list[RawTable], list[str]]:
    """Keep the rows that `rows` of the column map chooses.

    Returns
    -------
    list of RawTable
        The tables with these rows; tables without any are left out.
    list of str
        Sentences for `assumed`.

    Raises
    ------
    RecordingError
        If no row is left.
    """
    if columns.rows is None:
        return list(tables), []
    name, when = columns.rows.column, columns.rows.when
    chosen = [table.matches(name, when) for table in tables]
    kept = [t.take(rows) for t, rows in zip(tables, chosen, strict=True) if rows.any()]
    if not kept:
        raise RecordingError(
            f"{tables[0].where}, column {name!r}: found no row with one of "
            f"{', '.join(map(repr, when))}, expected at least 1, as `rows` of the column map says."
        )
    size, left = sum(table.size for table in tables), sum(table.size for table in kept)
    values = ", ".join(map(repr, when))
    said = [f"rows: {left} of {size} rows are trials, those with {values} in column {name!r}"]
    empty = [t.path.name for t, rows in zip(tables, chosen, strict=True) if not rows.any()]
    if empty:
        said.append(f"rows: no row is a trial in {', '.join(empty[:_MOST])}")
    return kept, said


def describe_unused(tables: Sequence[RawTable], columns: ColumnMap) -> list[str]:
    """Name the columns that the column map does not use."""
    used = set(columns.wanted)
    there = dict.fromkeys(
        name for table in tables for name in (*table.columns, *table.unusable) if name not in used
    )
    if not there:
        return []
    more = f" and {len(there) - _MOST} more" if len(there) > _MOST else ""
    return [f"columns that are not used: {', '.join(map(repr, list(there)[:_MOST]))}{more}"]
