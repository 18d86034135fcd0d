"""Entries of a column map: flags, columns that are copied, values by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from pfc_analysis.recording.schema import RecordingError, did_you_mean

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
    """

    column: str
    long_name: str
    units: str | None = None


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
        values = self.when if isinstance(self.when, (list, tuple)) else (self.when,)
        if not values:
            raise map_fault("when", "no value", "those that say yes")
        object.__setattr__(self, "when", tuple(values))


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
        built: FlagColumn = build_entry(FlagColumn, value)
        return built
    if value is None or isinstance(value, FlagColumn) or (isinstance(value, str) and value):
        return value
    raise map_fault(name, repr(value), "the name of a column, or { column = NAME, when = [..] }")


def build_entry(kind: type[Any], entries: Any) -> Any:
    """Build a dataclass of a column map from a mapping; raise over unknown and missing fields."""
    if not isinstance(entries, Mapping):
        raise map_fault(kind.__name__, repr(entries), "a table of its fields")
    known = [entry.name for entry in fields(kind)]
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
        raise map_fault(kind.__name__, f"only {sorted(entries)}", f"also {', '.join(lacking)}")
    return kind(**entries)


def map_fault(name: str, found: str, expected: str) -> RecordingError:
    """Return the error that says what is wrong with a field of a column map."""
    return RecordingError(f"column map, {name}: found {found}, expected {expected}.")
