"""Say what the columns of a trials table mean, and turn them into variables of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from pfc_analysis.recording.readers.nwb_tables import TrialsTable
from pfc_analysis.recording.schema import (
    COORDINATES,
    MISSING,
    VARIABLES,
    RecordingError,
    did_you_mean,
)

NONE = "none"
"""Key of `TrialColumns.choice_values` for trials without a choice."""

Variables = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]


@dataclass(frozen=True)
class CarriedColumn:
    """A column that is carried over as it is, under a name of its own.

    Parameters
    ----------
    column : str
        The column.
    long_name : str
        What it is, in a sentence.
    units : str, optional
        Its unit.
    """

    column: str
    long_name: str
    units: str | None = None


@dataclass(frozen=True)
class TrialColumns:
    """Which columns of a trials table hold what, and how choices are coded.

    Parameters
    ----------
    choice : str
        Column with the choice.
    choice_values : mapping
        What its values mean: by label, the value or a tuple of values (numbers or text). The
        order of the labels gives the code in the recording, and names the arms; the key "none"
        is for trials without a choice. {"left": 0, "right": 1, "none": 2}, for instance.
    reward : str or tuple of str
        Column with the reward earned, or one for each label, in their order.
    reward_probability, baited, automatic_reward : tuple of str
        A column for each label: the probability of reward; 1 where a reward stood ready; 1 where
        reward was given free. Nothing where the table does not have them.
    forced, stimulated, invalid : str, optional
        Columns of 0 and 1 (or booleans): the choice was instructed; the brain was stimulated;
        the trial does not count.
    others : mapping of str to CarriedColumn
        Columns to carry over, by their new names.

    Raises
    ------
    RecordingError
        If the map contradicts itself.
    """

    choice: str
    choice_values: Mapping[str, Any]
    reward: str | tuple[str, ...]
    reward_probability: tuple[str, ...] = ()
    baited: tuple[str, ...] = ()
    automatic_reward: tuple[str, ...] = ()
    forced: str | None = None
    stimulated: str | None = None
    invalid: str | None = None
    others: Mapping[str, CarriedColumn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels, values = self.labels, [v for entry in self.values.values() for v in entry]
        if len(labels) < 2:
            raise _map_fault("choice_values", f"the labels {labels}", "two or more beside 'none'")
        doubled = [v for number, v in enumerate(values) if v in values[:number]]
        if doubled:
            raise _map_fault("choice_values", f"{doubled[0]!r} under two labels", "one for each")
        for name in ("reward", "reward_probability", "baited", "automatic_reward"):
            columns = getattr(self, name)
            if isinstance(columns, str) and name == "reward":
                continue
            allowed = (len(labels),) if name == "reward" else (0, len(labels))
            if isinstance(columns, str) or len(columns) not in allowed:
                raise _map_fault(name, repr(columns), f"one column for each of {labels}")
            object.__setattr__(self, name, tuple(columns))
        if not self.reward:
            raise _map_fault("reward", "no column", f"one, or one for each of {labels}")
        for name in self.others:
            if name in _OWN or name in COORDINATES:
                raise _map_fault("others", f"{name!r}", f"other names than {', '.join(_OWN)}")

    @property
    def labels(self) -> list[str]:
        """What the values 0, 1, ... of `choice` mean in the recording."""
        return [label for label in self.choice_values if label != NONE]

    @property
    def values(self) -> dict[str, tuple[Any, ...]]:
        """Values of the column by label, "none" among them."""
        return {
            label: tuple(entry) if isinstance(entry, (tuple, list)) else (entry,)
            for label, entry in self.choice_values.items()
        }

    @property
    def wanted(self) -> list[str]:
        """Every column to be read, once."""
        several = [self.reward_probability, self.baited, self.automatic_reward]
        rewards = (self.reward,) if isinstance(self.reward, str) else self.reward
        flags = [name for name in (self.forced, self.stimulated, self.invalid) if name]
        carried = [other.column for other in self.others.values()]
        arms = [name for columns in several for name in columns]
        return list(dict.fromkeys([self.choice, *rewards, *arms, *flags, *carried]))


_ARM_FLAGS = ("baited", "automatic_reward")
_FLAGS = ("forced", "stimulated")
_OWN = ("choice", "reward", "reward_probability", "invalid", *_ARM_FLAGS, *_FLAGS)


def as_columns(columns: TrialColumns | Mapping[str, Any]) -> TrialColumns:
    """Take a column map, or a mapping with its fields.

    Parameters
    ----------
    columns : TrialColumns or mapping
        In a mapping, an entry of `others` may be a mapping too, with `column`, `long_name` and
        `units`.

    Returns
    -------
    TrialColumns
        The column map.

    Raises
    ------
    RecordingError
        If a field is unknown or lacking, or the map contradicts itself.
    """
    if isinstance(columns, TrialColumns):
        return columns
    others = {
        name: other if isinstance(other, CarriedColumn) else _build(CarriedColumn, other)
        for name, other in columns.get("others", {}).items()
    }
    built: TrialColumns = _build(TrialColumns, {**columns, "others": others})
    return built


def _build(kind: type[Any], entries: Mapping[str, Any]) -> Any:
    known = [field.name for field in fields(kind)]
    for name in entries:
        if name not in known:
            raise _map_fault(
                str(name), f"an unknown field{did_you_mean(name, known)}", f"some of {known}"
            )
    try:
        return kind(**entries)
    except TypeError as error:
        raise _map_fault(kind.__name__, f"{sorted(entries)}", f"all it takes: {error}") from error


def _map_fault(name: str, found: str, expected: str) -> RecordingError:
    return RecordingError(f"column map, {name}: found {found}, expected {expected}.")


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
    for name in _ARM_FLAGS:
        if getattr(columns, name):
            flags = [_flag(table, column) for column in getattr(columns, name)]
            found[name] = (on_arm, np.stack(flags, axis=1), {})
    for name in _FLAGS:
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
    _check(table, columns.choice, values, known, f"one of {expected}, as the column map says")
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
        _check(table, name, values, (values == 0) | (choice == arm), expected)
        if columns.automatic_reward:
            free = columns.automatic_reward[arm]
            earned = (values == 0) | (_flag(table, free) == 0)
            _check(
                table, name, values, earned, f"0 where {free!r} is 1: what is free is not earned"
            )
        reward += values
    return reward


def _numbers(table: TrialsTable, name: str) -> np.ndarray:
    values = table.columns[name]
    if values.dtype.kind == "U":
        raise table.fault(name, f"text, {str(values[0])!r} at trial 0", "numbers or booleans")
    numbers = values.astype(np.float64)
    _check(table, name, values, np.isfinite(numbers), "a finite number")
    return numbers


def _probability(table: TrialsTable, name: str) -> np.ndarray:
    values = _numbers(table, name)
    _check(table, name, values, (values >= 0) & (values <= 1), "a probability, 0 to 1")
    return values


def _flag(table: TrialsTable, name: str) -> np.ndarray:
    values = _numbers(table, name)
    _check(table, name, values, np.isin(values, (0, 1)), "0 or 1 (or a boolean)")
    return values.astype(np.int8)


def _check(
    table: TrialsTable, name: str, values: np.ndarray, holds: np.ndarray, expected: str
) -> None:
    if not holds.all():
        at = int(np.flatnonzero(~holds)[0])
        found = f"{values[at].item()!r} at trial {at} ({int((~holds).sum())} such value(s))"
        raise table.fault(name, found, expected)


def _as_stored(values: np.ndarray) -> np.ndarray:
    """Booleans as 0 and 1: netCDF has none."""
    return values.astype(np.int8) if values.dtype.kind == "b" else values


def _attributes(name: str, other: CarriedColumn) -> dict[str, Any]:
    if name in VARIABLES:  # a standard name brings its own description
        return {}
    units = {} if other.units is None else {"units": other.units}
    return {"long_name": other.long_name, **units}
