"""Turn the columns of a table into variables of a recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.recording.mapping.column_entries import (
    NONE,
    CarriedColumn,
    Flag,
    FlagColumn,
    labels_of,
    reward_amounts,
    values_of,
)
from pfc_analysis.recording.mapping.column_map import ARM_FLAGS, FLAGS, ColumnMap
from pfc_analysis.recording.mapping.cue_columns import read_cue_ages
from pfc_analysis.recording.mapping.transitions import common_states, read_transition
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import INTEGER, MISSING, VARIABLES
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.shape_hints import with_hints

Variables = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
"""Dimensions, values and attributes, by name."""

_TRIAL, _ARM = ("trial",), ("trial", "arm")
_AMOUNT = (
    "a finite number (for other codings, in the column map: reward_values = { rewarded = VALUE, "
    "unrewarded = VALUE })"
)


def to_variables(table: RawTable, columns: ColumnMap, subject: str | None = None) -> Variables:
    """Turn the columns of a table into variables of a recording.

    Parameters
    ----------
    table : RawTable
        The trials.
    columns : ColumnMap
        What its columns mean; `choice_values`, and `second_state_values` where there is such a
        column, are filled in.
    subject : str, optional
        Name of the subject, where no column has it.

    Returns
    -------
    dict
        Dimensions, values and attributes by name: `choice` (-1 where there is none), `reward` (0
        where the cell is empty and nothing was chosen), `invalid` (1 where there is no choice),
        and what else the map names.

    Raises
    ------
    RecordingError
        If a value is not what the map says; the message names file, column, line and value.
    """
    try:
        return _read_variables(table, columns, subject)
    except RecordingError as error:
        # A table whose rows are not trials fails here, by a value that no trial has.
        raise RecordingError(with_hints(str(error), table)) from error


def _read_variables(table: RawTable, columns: ColumnMap, subject: str | None) -> Variables:
    choice = _codes(table, columns.choice, columns.choice_values)
    invalid = choice == MISSING
    if columns.invalid is not None:
        invalid = invalid | (_flag(table, columns.invalid) == 1)
        choice = np.where(invalid, MISSING, choice).astype(choice.dtype)
    found: Variables = {
        "choice": (_TRIAL, choice, {"labels": columns.labels}),
        "reward": (_TRIAL, _reward(table, columns, choice), {}),
        "invalid": (_TRIAL, invalid.astype(np.int8), {}),
    }
    found |= _per_label(table, columns)
    found |= _second_stage(table, columns, choice, subject)
    for name in (*FLAGS, "regime"):
        if getattr(columns, name) is not None:
            found[name] = (_TRIAL, _flag(table, getattr(columns, name)), {})
    found |= _discriminations(table, columns, invalid)
    if columns.volatility:
        found["volatility"] = (_TRIAL, _probability(table, columns.volatility), {})
    if columns.cued_trial:  # `assemble` turns ages into trials of the session
        found["cued_trial"] = (_TRIAL, read_cue_ages(table, columns), {})
    for name, other in columns.others.items():
        found[name] = (_TRIAL, _carried(table, name, other), _attributes(name, other))
    return found


def _codes(table: RawTable, name: str, entries: Any) -> np.ndarray:
    """Index into the labels, -1 for none."""
    labels = labels_of(entries)
    codes = np.full(table.size, MISSING, dtype=np.min_scalar_type(-len(labels) - 1))
    known = np.zeros(table.size, dtype=np.bool_)
    for label, wanted in values_of(entries).items():
        here = table.matches(name, wanted)
        known |= here
        codes[here] = MISSING if label == NONE else labels.index(label)
    expected = "; ".join(
        f"{', '.join(map(repr, wanted))} ({label})" for label, wanted in values_of(entries).items()
    )
    if not known.all() and (table.missing(name) & ~known).any():
        expected += (
            "; where a cell may be empty because nothing was chosen, add none = [nan] to the values"
        )
    expected = f"one of {expected}, as the column map says"
    if known.any():
        expected += (
            "; if these rows are no trials, say which rows are: rows = { column = COLUMN, when = "
            "[VALUES] }"
        )
    table.check(name, known, expected)
    return codes


def _reward(table: RawTable, columns: ColumnMap, choice: np.ndarray) -> np.ndarray:
    """Reward earned: from one column, or from that of the arm chosen, the others being 0."""
    names = columns.columns_of("reward")
    if len(names) == 1:
        return _earned(table, names[0], columns, choice)
    reward = np.zeros(table.size)
    free_of = columns.columns_of("automatic_reward")
    for arm, (name, label) in enumerate(zip(names, columns.labels, strict=True)):
        values = _earned(table, name, columns, choice)
        expected = f"0 where the choice is not {label}: what is earned is earned by choosing"
        table.check(name, (values == 0) | (choice == arm), expected)
        if free_of:
            earned = (values == 0) | (table.flags(free_of[arm]) == 0)
            table.check(name, earned, f"0 where {free_of[arm]!r} is 1: what is free is not earned")
        reward += values
    return reward


def _earned(table: RawTable, name: str, columns: ColumnMap, choice: np.ndarray) -> np.ndarray:
    """Rewards of one column; a cell may be empty only where nothing was chosen."""
    if columns.reward_values:
        amounts = reward_amounts(columns.reward_values)
        numbers = np.full(table.size, np.nan)
        for amount, values in amounts.items():
            numbers[table.matches(name, values)] = amount
        said = values_of(columns.reward_values)
        listed = "; ".join(f"{', '.join(map(repr, v))} ({key})" for key, v in said.items())
        table.check(
            name,
            np.isfinite(numbers) | (choice == MISSING),
            f"one of {listed}, as the column map says",
        )
    else:
        numbers = table.numbers(name, _AMOUNT)
        empty = np.isnan(numbers) & (choice == MISSING)
        table.check(name, np.isfinite(numbers) | empty, "a finite number where a choice was made")
    return np.where(np.isnan(numbers), 0.0, numbers)


def _per_label(table: RawTable, columns: ColumnMap) -> Variables:
    """Read what there is for each label, side by side on `arm`."""
    found: Variables = {}
    names = columns.columns_of("reward_probability")
    if names:
        arms = [_probability(table, name) for name in names]
        found["reward_probability"] = (_ARM, np.stack(arms, axis=1), {})
    for field in ARM_FLAGS:
        names = columns.columns_of(field)
        if names:
            flags = [table.flags(name) for name in names]
            found[field] = (_ARM, np.stack(flags, axis=1), {})
    return found


def _second_stage(
    table: RawTable, columns: ColumnMap, choice: np.ndarray, subject: str | None
) -> Variables:
    """Second state and transition, -1 where there was no choice."""
    found: Variables = {}
    none = choice == MISSING
    if columns.second_state:
        state = _codes(table, columns.second_state, columns.second_state_values)
        state = np.where(none, MISSING, state).astype(state.dtype)
        states = labels_of(columns.second_state_values)
        found["second_state"] = (_TRIAL, state, {"labels": states})
        none = none | (state == MISSING)
        if columns.common_second_state:
            common_of = common_states(table, columns, subject)
            common = state == common_of[np.arange(table.size), choice]
            marked = np.where(none, MISSING, common).astype(np.int8)
            found["common_transition"] = (_TRIAL, marked, {})
    if columns.common_transition is not None:
        common = read_transition(table, columns.common_transition, none)
        found["common_transition"] = (_TRIAL, common, {})
    return found


def _discriminations(table: RawTable, columns: ColumnMap, invalid: np.ndarray) -> Variables:
    """Read which choices were correct, and the number of reversals so far."""
    found: Variables = {}
    if columns.correct is not None:
        if isinstance(columns.correct, FlagColumn):
            correct = _flag(table, columns.correct)
        else:
            correct = table.flags(columns.correct, not_asked=invalid)
        found["correct"] = (_TRIAL, np.where(invalid, MISSING, correct).astype(np.int8), {})
    if columns.reversal_number:
        number = table.numbers(columns.reversal_number)
        number = np.where(np.isnan(number), MISSING, number)
        whole = (number == np.floor(number)) & (number >= MISSING) & (number < 2**31)
        table.check(
            columns.reversal_number,
            whole,
            "the number of reversals so far: a whole number, 0 or more (-1 or empty where nothing "
            "is to be discriminated)",
        )
        found["reversal_number"] = (_TRIAL, number.astype(np.int32), {})
    return found


def _probability(table: RawTable, name: str) -> np.ndarray:
    values = table.finite_numbers(name)
    table.check(name, (values >= 0) & (values <= 1), "a probability, 0 to 1")
    return values


def _flag(table: RawTable, flag: Flag) -> np.ndarray:
    assert flag is not None
    if isinstance(flag, FlagColumn):
        return table.matches(flag.column, flag.when).astype(np.int8)
    return table.flags(flag)


def _carried(table: RawTable, name: str, other: CarriedColumn) -> np.ndarray:
    """Return a column as it is, or the codes of its labels where the map says what it means."""
    if other.values:
        return _codes(table, other.column, other.values)
    if other.counted_from:
        return _counted(table, other)
    values = _as_stored(table.column(other.column))
    spec = VARIABLES.get(name)
    # MATLAB keeps whole numbers as doubles.
    if spec is not None and spec.kind == INTEGER and values.dtype.kind == "f":
        table.check(other.column, values == np.rint(values), "a whole number")
        return values.astype(np.int32)
    return values


def _counted(table: RawTable, other: CarriedColumn) -> np.ndarray:
    """Return a column that counts from another number, counted from 0."""
    values = table.numbers(other.column)
    whole = (values == np.floor(values)) & (values >= other.counted_from) & (values < 2**31)
    first = other.counted_from
    table.check(other.column, whole, f"a whole number, counted from {first} (counted_from)")
    return (values - first).astype(np.int32)


def _as_stored(values: np.ndarray) -> np.ndarray:
    """Booleans as 0 and 1: netCDF has none."""
    return values.astype(np.int8) if values.dtype.kind == "b" else values


def _attributes(name: str, other: CarriedColumn) -> dict[str, Any]:
    labels = {"labels": labels_of(other.values)} if other.values else {}
    if name in VARIABLES:  # a standard name brings its own description
        return labels
    units = {} if other.units is None else {"units": other.units}
    return {"long_name": other.long_name, **units, **labels}
