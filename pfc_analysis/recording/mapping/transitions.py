"""Read second-stage states and transitions of the two-step task from the columns of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.recording.mapping.column_entries import (
    Flag,
    FlagColumn,
    TransitionColumn,
    labels_of,
)
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.subjects import subject_names
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.column_values import EMPTY, is_same
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.toml_files import format_toml_value

COMMON, UNCOMMON = 1, 0


def read_transition(table: RawTable, flag: Flag | TransitionColumn, none: np.ndarray) -> np.ndarray:
    """Read whether transitions were common.

    Parameters
    ----------
    table : RawTable
        The trials.
    flag : str, FlagColumn or TransitionColumn
        Field `common_transition` of the column map.
    none : boolean array (trial,)
        Where nothing was chosen, so that the cell may say anything.

    Returns
    -------
    integer array (trial,)
        1 common, 0 uncommon, -1 none.

    Raises
    ------
    RecordingError
        If a cell says neither, or a flag leaves open which values mean uncommon.
    """
    if isinstance(flag, TransitionColumn):
        found = np.full(table.size, MISSING, dtype=np.int8)
        found[table.matches(flag.column, flag.uncommon)] = UNCOMMON
        found[table.matches(flag.column, flag.common)] = COMMON
    elif isinstance(flag, FlagColumn):
        found = _from_flag(table, flag)
    else:
        assert flag is not None
        found = _from_column(table, flag, none)
    return np.where(none, MISSING, found).astype(np.int8)


def _from_column(table: RawTable, name: str, none: np.ndarray) -> np.ndarray:
    """Read 0 and 1 (or words for no and yes); an empty cell is no transition."""
    empty = _empty_cells(table, name)
    way_out = (
        f"{{ column = {format_toml_value(name)}, common = [VALUES], uncommon = [VALUES] }}, where "
        "all other values mean that there was no transition"
    )
    flags = table.flags(name, not_asked=none | empty, way_out=way_out)
    return np.where(empty, MISSING, flags)


def _from_flag(table: RawTable, flag: FlagColumn) -> np.ndarray:
    """Read the values that say common; another says uncommon, an empty cell no transition."""
    common = table.matches(flag.column, flag.when)
    empty = _empty_cells(table, flag.column) & ~common
    return np.where(empty, MISSING, common)


def check_uncommon(tables: list[RawTable], flag: Flag | TransitionColumn) -> None:
    """Raise unless at most one value, over all tables, is left to mean an uncommon transition."""
    if not isinstance(flag, FlagColumn):
        return
    rest: dict[Any, None] = {}
    for table in tables:
        for value in table.distinct(flag.column):
            empty = value != value or (isinstance(value, str) and value.lower() in EMPTY)
            if not empty and not any(is_same(one, value) for one in flag.when):
                rest[value] = None
    none = [value for value in rest if value in (-1, "-1")]
    if len(rest) > 1 or none:
        other = [value for value in rest if value not in none] or list(rest)
        given = {"column": flag.column, "common": list(flag.when), "uncommon": list(other[:1])}
        raise tables[0].fault(
            flag.column,
            f"beside {', '.join(map(repr, flag.when))} the values {', '.join(map(repr, rest))}",
            "one other value, which means uncommon (-1 may mean that, or no transition). Say in "
            "the column map which values mean what; where the column says anything else, there "
            f"was no transition:\n  common_transition = {format_toml_value(given)}",
        )


def _empty_cells(table: RawTable, name: str) -> np.ndarray:
    return table.matches(name, [float("nan"), *EMPTY])


def common_states(table: RawTable, columns: ColumnMap, subject: str | None) -> np.ndarray:
    """Return the state that is common for each choice.

    Returns
    -------
    integer array (trial, label)
        Index into the labels of `second_state`.

    Raises
    ------
    RecordingError
        If `common_second_state` lacks a subject (or a value of `common_second_state_by`).
    """
    states = labels_of(columns.second_state_values)

    def codes(common: Any) -> list[int]:
        return [states.index(common[label]) for label in columns.labels]

    given = columns.common_second_state
    if not columns.common_by_case:
        return np.tile(codes(given), (table.size, 1))
    by = columns.common_second_state_by
    cases = table.words(by) if by else subject_names(table, columns, subject)
    different, at = cases.values.tolist(), cases.codes
    unknown = [case for case in sorted(different) if case not in given]
    if unknown:
        what = f"column {by!r}" if by else "subject"
        raise RecordingError(
            f"{table.where}, {what}: found {unknown[0]!r}, for which common_second_state of the "
            f"column map has no entry, expected one of {', '.join(map(repr, given))}. Add "
            f"{format_toml_value({unknown[0]: dict(next(iter(given.values())))})} with the states "
            "that are common there."
        )
    return np.array([codes(given[case]) for case in different])[at]
