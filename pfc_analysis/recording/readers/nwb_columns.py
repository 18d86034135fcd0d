"""Say what the columns of a trials table mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pfc_analysis.recording.schema import (
    COORDINATES,
    RecordingError,
    did_you_mean,
)

NONE = "none"
"""Key of `TrialColumns.choice_values` for trials without a choice."""


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


ARM_FLAGS = ("baited", "automatic_reward")
"""Fields with a column of 0 and 1 for each label."""

FLAGS = ("forced", "stimulated")
"""Fields with one column of 0 and 1."""

_OWN = ("choice", "reward", "reward_probability", "invalid", *ARM_FLAGS, *FLAGS)


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
