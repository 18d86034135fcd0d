"""Turn the columns of a trials table into variables of a recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.recording.readers.nwb_columns import (
    ARM_FLAGS,
    FLAGS,
    NONE,
    CarriedColumn,
    TrialColumns,
)
from pfc_analysis.recording.readers.nwb_tables import TrialsTable
from pfc_analysis.recording.schema import MISSING, VARIABLES

Variables = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
"""Dimensions, values and attributes, by name."""


def to_variables(table: TrialsTable, columns: TrialColumns) -> Variables:
    """Turn the columns of a table into variables of a recording.

    Parameters
    ----------
    table : TrialsTable
        With the columns that `columns.wanted` lists.
    columns : TrialColumns
        What they mean.

    Returns
    -------
    dict
        Dimensions, values and attributes by name: `choice` (-1 where there is none), `reward`,
        `invalid` (1 where there is no choice), and what else the map names.

    Raises
    ------
    RecordingError
        If a value is not what the map says; the message names file, column, trial and value.
    """
    on_trial, on_arm = ("trial",), ("trial", "arm")
    choice = _choice(table, columns)
    invalid = choice == MISSING
    if columns.invalid:
        invalid = invalid | (_flag(table, columns.invalid) == 1)
        choice = np.where(invalid, MISSING, choice).astype(np.int8)
    found: Variables = {
        "choice": (on_trial, choice, {"labels": columns.labels}),
        "reward": (on_trial, _reward(table, columns, choice), {}),
        "invalid": (on_trial, invalid.astype(np.int8), {}),
    }
    if columns.reward_probability:
        arms = [_probability(table, name) for name in columns.reward_probability]
        found["reward_probability"] = (on_arm, np.stack(arms, axis=1), {})
    for name in ARM_FLAGS:
        if getattr(columns, name):
            flags = [_flag(table, column) for column in getattr(columns, name)]
            found[name] = (on_arm, np.stack(flags, axis=1), {})
    for name in FLAGS:
        if getattr(columns, name):
            found[name] = (on_trial, _flag(table, getattr(columns, name)), {})
    for name, other in columns.others.items():
        found[name] = (on_trial, _as_stored(table.columns[other.column]), _attributes(name, other))
    return found


def _choice(table: TrialsTable, columns: TrialColumns) -> np.ndarray:
    values = table.columns[columns.choice]
    choice = np.full(table.size, MISSING, dtype=np.int8)
    known = np.zeros(table.size, dtype=np.bool_)
    for label, wanted in columns.values.items():
        here = _is_any(values, wanted)
        known |= here
        choice[here] = MISSING if label == NONE else columns.labels.index(label)
    expected = "; ".join(
        f"{', '.join(map(repr, wanted))} ({label})" for label, wanted in columns.values.items()
    )
    _check(table, columns.choice, known, f"one of {expected}, as the column map says")
    return choice


def _is_any(values: np.ndarray, wanted: tuple[Any, ...]) -> np.ndarray:
    """Where the values are one of those wanted, text among text and numbers among numbers."""
    is_text = values.dtype.kind == "U"
    fitting = [value for value in wanted if isinstance(value, str) == is_text]
    here = np.isin(values, fitting) if fitting else np.zeros(values.shape, dtype=np.bool_)
    if values.dtype.kind == "f" and any(value != value for value in fitting):
        here |= np.isnan(values)
    return here


def _reward(table: TrialsTable, columns: TrialColumns, choice: np.ndarray) -> np.ndarray:
    """Reward earned: from one column, or from that of the arm chosen, the others being 0."""
    if isinstance(columns.reward, str):
        return _numbers(table, columns.reward)
    reward = np.zeros(table.size)
    for arm, (name, label) in enumerate(zip(columns.reward, columns.labels, strict=True)):
        values = _numbers(table, name)
        expected = f"0 where the choice is not {label}: what is earned is earned by choosing"
        _check(table, name, (values == 0) | (choice == arm), expected)
        if columns.automatic_reward:
            free = columns.automatic_reward[arm]
            earned = (values == 0) | (_flag(table, free) == 0)
            _check(table, name, earned, f"0 where {free!r} is 1: what is free is not earned")
        reward += values
    return reward


def _numbers(table: TrialsTable, name: str) -> np.ndarray:
    values = table.columns[name]
    if values.dtype.kind == "U":
        raise table.fault(name, f"text, {str(values[0])!r} at trial 0", "numbers or booleans")
    numbers = values.astype(np.float64)
    _check(table, name, np.isfinite(numbers), "a finite number")
    return numbers


def _probability(table: TrialsTable, name: str) -> np.ndarray:
    values = _numbers(table, name)
    _check(table, name, (values >= 0) & (values <= 1), "a probability, 0 to 1")
    return values


def _flag(table: TrialsTable, name: str) -> np.ndarray:
    values = _numbers(table, name)
    _check(table, name, np.isin(values, (0, 1)), "0 or 1 (or a boolean)")
    return values.astype(np.int8)


def _check(table: TrialsTable, name: str, holds: np.ndarray, expected: str) -> None:
    """Raise on the first value that does not hold, shown as the file has it."""
    if not holds.all():
        at = int(np.flatnonzero(~holds)[0])
        value = table.columns[name][at].item()
        found = f"{value!r} at trial {at} ({int((~holds).sum())} such value(s))"
        raise table.fault(name, found, expected)


def _as_stored(values: np.ndarray) -> np.ndarray:
    """Booleans as 0 and 1: netCDF has none."""
    return values.astype(np.int8) if values.dtype.kind == "b" else values


def _attributes(name: str, other: CarriedColumn) -> dict[str, Any]:
    if name in VARIABLES:  # a standard name brings its own description
        return {}
    units = {} if other.units is None else {"units": other.units}
    return {"long_name": other.long_name, **units}
