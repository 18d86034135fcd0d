"""Entries of a column map: flags, columns that are copied, values by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from math import isfinite
from typing import Any

from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.column_values import is_same

NONE = "none"
"""Key of `choice_values` and `second_state_values` for trials that have none."""


@dataclass(frozen=True)
class CarriedColumn:
    """A column that is copied unchanged to the recording, under a new name.

    Parameters
    ----------
    column : str
        The column.
    long_name : str
        What it is, in a sentence.
    units : str, optional
        Its unit.
    values : mapping
        Of a column of codes, what they mean: by label, the value or several, as `choice_values`.
        The variable is then the index of the label, -1 under the key "none". Where it is left out,
        the column is copied unchanged.
    counted_from : int
        Of a column that counts, such as blocks of a session, the number that it begins with; the
        variable counts from 0.
    """

    column: str
    long_name: str
    units: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    counted_from: int = 0

    def __post_init__(self) -> None:
        for name in ("column", "long_name"):
            check_column_name(f"others, {name}", getattr(self, name))
        if type(self.counted_from) is not int:
            raise map_fault("others, counted_from", repr(self.counted_from), "a whole number")
        if self.counted_from and self.values:
            raise map_fault(f"others, {self.column!r}", "values and counted_from", "one of the two")
        if self.units is not None and not isinstance(self.units, str):
            raise map_fault("others, units", repr(self.units), "a text")
        check_coded_values(f"others, values of {self.column!r}", self.values)


@dataclass(frozen=True)
class FlagColumn:
    """A column of which some values mean yes.

    Parameters
    ----------
    column : str
        The column.
    when : tuple
        Values that say yes (numbers or text; NaN for empty cells); every other says no.
    """

    column: str
    when: tuple[Any, ...]

    def __post_init__(self) -> None:
        check_column_name("column", self.column)
        values = self.when if isinstance(self.when, (list, tuple)) else (self.when,)
        if not values:
            raise map_fault("when", "no value", "those that say yes")
        check_values("when", values)
        object.__setattr__(self, "when", tuple(values))


@dataclass(frozen=True)
class TransitionColumn:
    """A column that says whether a transition was common, uncommon or did not happen.

    Parameters
    ----------
    column : str
        The column.
    common, uncommon : tuple
        Values that say so (numbers or text); where the column says anything else, there was no
        transition.
    """

    column: str
    common: tuple[Any, ...]
    uncommon: tuple[Any, ...]

    def __post_init__(self) -> None:
        check_column_name("common_transition, column", self.column)
        for name in ("common", "uncommon"):
            values = getattr(self, name)
            values = values if isinstance(values, (list, tuple)) else (values,)
            if not values:
                raise map_fault(f"common_transition, {name}", "no value", "one or more")
            check_values(f"common_transition, {name}", values)
            object.__setattr__(self, name, tuple(values))
        both = [one for one in self.common if any(is_same(one, other) for other in self.uncommon)]
        if both:
            raise map_fault("common_transition", f"{both[0]!r} under both", "it under one")


Flag = str | FlagColumn | None


def labels_of(values: Mapping[str, Any]) -> list[str]:
    """Labels in the order of their codes, "none" left out."""
    return [label for label in values if label != NONE]


def values_of(values: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Values by label, as tuples."""
    return {
        label: tuple(entry) if isinstance(entry, (tuple, list)) else (entry,)
        for label, entry in values.items()
    }


def as_flag(name: str, value: Any) -> Flag:
    """Take a flag of a column map: the name of a column, or a mapping with `when`."""
    if isinstance(value, Mapping):
        built: FlagColumn = build_entry(FlagColumn, value, name)
        return built
    if value is None or isinstance(value, FlagColumn) or (isinstance(value, str) and value):
        return value
    raise map_fault(name, repr(value), "the name of a column, or { column = NAME, when = [..] }")


def as_transition(value: Any) -> Flag | TransitionColumn:
    """Take `common_transition` of a column map: a flag, or a mapping of common and uncommon."""
    if isinstance(value, TransitionColumn):
        return value
    if isinstance(value, Mapping) and {"common", "uncommon"} & set(value):
        built: TransitionColumn = build_entry(TransitionColumn, value, "common_transition")
        return built
    return as_flag("common_transition", value)


def build_entry(kind: type[Any], entries: Any, where: str) -> Any:
    """Build a dataclass of a column map from a mapping; raise over unknown and missing fields."""
    known = [entry.name for entry in fields(kind)]
    if not isinstance(entries, Mapping):
        raise map_fault(where, repr(entries), f"a table of {', '.join(known)}")
    for name in entries:
        if name not in known:
            raise map_fault(
                str(name), f"an unknown field{did_you_mean(name, known)}", f"some of {known}"
            )
    needed = [
        entry.name
        for entry in fields(kind)
        if entry.default is MISSING and entry.default_factory is MISSING
    ]
    lacking = [name for name in needed if name not in entries]
    if lacking:
        raise map_fault(where, f"only {sorted(entries)}", f"also {', '.join(lacking)}")
    return kind(**entries)


_AMOUNTS = (
    "values that say rewarded and unrewarded: { rewarded = .., unrewarded = .. }; or the values "
    'of each of several amounts: { "1" = .., "0.5" = .., "0" = .. }'
)


def reward_amounts(entries: Mapping[str, Any]) -> dict[float, tuple[Any, ...]]:
    """Return the values of the column by the amount of reward that they mean."""
    named = {"rewarded": 1.0, "unrewarded": 0.0}
    return {
        named[key] if key in named else float(key): values
        for key, values in values_of(entries).items()
    }


def check_reward_values(entries: Any) -> None:
    """Raise unless `reward_values` gives two amounts or more, and each value once."""
    if not isinstance(entries, Mapping):
        raise map_fault("reward_values", repr(entries), _AMOUNTS)
    if not entries:
        return
    keys = set(map(str, entries))
    if keys != {"rewarded", "unrewarded"} and not (len(keys) > 1 and all(map(_is_amount, keys))):
        raise map_fault("reward_values", f"{list(entries)}", _AMOUNTS)
    if len(reward_amounts(entries)) < len(entries):
        raise map_fault("reward_values", f"{list(entries)}", "each amount once")
    for key, values in values_of(entries).items():
        check_values(f"reward_values, {key}", values)
    every = [(key, one) for key, values in values_of(entries).items() for one in values]
    for at, (key, value) in enumerate(every):
        if any(is_same(value, other) for before, other in every[:at] if before != key):
            raise map_fault("reward_values", f"{value!r} under both", "it under one")


def _is_amount(key: str) -> bool:
    try:
        return isfinite(float(key))
    except ValueError:
        return False


def check_coded_values(name: str, entries: Any) -> None:
    """Raise unless a coding gives each value one label that is text."""
    if not isinstance(entries, Mapping):
        raise map_fault(name, repr(entries), "a value or several for each label")
    values = [value for entry in values_of(entries).values() for value in entry]
    if not all(isinstance(label, str) and label for label in entries):
        raise map_fault(name, f"the labels {list(entries)}", "labels that are text")
    check_values(name, values)
    doubled = [one for at, one in enumerate(values) if any(is_same(one, v) for v in values[:at])]
    if doubled:
        raise map_fault(name, f"{doubled[0]!r} under two labels", "one for each")


def check_column_name(field: str, value: Any) -> None:
    """Raise unless a value is a text that is not empty."""
    if not (isinstance(value, str) and value):
        raise map_fault(field, repr(value), "a text that is not empty, such as a column's name")


def check_values(field: str, values: Any) -> None:
    """Raise unless all values are booleans, numbers or text."""
    for value in values:
        if not isinstance(value, (bool, int, float, str)):
            raise map_fault(field, f"{value!r} ({type(value).__name__})", "numbers or text")


def map_fault(name: str, found: str, expected: str) -> RecordingError:
    """Return the error that says what is wrong with a field of a column map."""
    return RecordingError(f"column map, {name}: found {found}, expected {expected}.")
