"""Column maps of tables with signals around a cue: which column holds what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pfc_analysis.recording.mapping.column_entries import CarriedColumn
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import COORDINATES, VARIABLES

NONE = "none"
"""Key of `CodedColumn.values` for trials that have no cue, or no choice."""

SESSION_LABEL = "session_label"
"""Variable with the session as the file names it."""


@dataclass(frozen=True)
class CodedColumn:
    """A column that codes a category.

    Parameters
    ----------
    column : str
        The column.
    values : mapping
        What its values mean: by label, the value or a tuple of values (numbers or text). The order
        of the labels gives the code in the recording; the key "none" is for trials without any,
        coded -1. {"CS+": 0, "CS-": 1}, for instance.

    Raises
    ------
    RecordingError
        If there is no label, or a value under two.
    """

    column: str
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        entries = [value for entry in self.entries.values() for value in entry]
        if not self.labels:
            raise map_fault(
                self.column, f"the labels {self.labels}", f"one or more beside {NONE!r}"
            )
        doubled = [value for number, value in enumerate(entries) if value in entries[:number]]
        if doubled:
            raise map_fault(self.column, f"{doubled[0]!r} under two labels", "each value once")

    @property
    def labels(self) -> list[str]:
        """What the values 0, 1, ... mean in the recording."""
        return [label for label in self.values if label != NONE]

    @property
    def entries(self) -> dict[str, tuple[Any, ...]]:
        """Values of the column by label, "none" among them."""
        return {
            label: tuple(entry) if isinstance(entry, (tuple, list)) else (entry,)
            for label, entry in self.values.items()
        }


@dataclass(frozen=True)
class TraceColumns:
    """Which columns of a table with one row a trial hold what, beside the samples.

    Parameters
    ----------
    subject : str
        Column with the animal's name.
    reward : str or mapping of str to float
        Column with the reward earned; or what every label of the cue brings.
    cue, choice : CodedColumn, optional
        Cue shown and choice made; at least one of them.
    session : str, optional
        Column with the session, as numbers or text; where there is none, each animal has a single
        session.
    trial : str, optional
        Column with the number of the trial in its session; where there is none, trials are counted
        in the order of the file.
    first_trial : int
        Number of a session's first trial in that column.
    others : mapping of str to CarriedColumn
        Columns to carry over, by their new names: numbers where all cells are numbers or empty,
        else text.

    Raises
    ------
    RecordingError
        If the map contradicts itself.
    """

    subject: str
    reward: str | Mapping[str, float]
    cue: CodedColumn | None = None
    choice: CodedColumn | None = None
    session: str | None = None
    trial: str | None = None
    first_trial: int = 1
    others: Mapping[str, CarriedColumn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.coded:
            raise map_fault("cue, choice", "neither", "one of them at least")
        if not isinstance(self.reward, str):
            labels = self.cue.labels if self.cue else []
            if sorted(self.reward) != sorted(labels):
                raise map_fault(
                    "reward", f"a reward for {list(self.reward)}", f"one for each cue of {labels}"
                )
        for name in self.others:
            if name in VARIABLES or name in COORDINATES or name == SESSION_LABEL:
                raise map_fault("others", f"{name!r}", "names outside the standard table")

    @property
    def coded(self) -> dict[str, CodedColumn]:
        """Coded columns, by the name of their variable."""
        named = {"cue": self.cue, "choice": self.choice}
        return {name: column for name, column in named.items() if column is not None}

    @property
    def wanted(self) -> list[str]:
        """Every column to be read, once."""
        optional = (self.session, self.trial, self.reward)
        single = [self.subject, *(name for name in optional if isinstance(name, str))]
        coded = [column.column for column in self.coded.values()]
        carried = [other.column for other in self.others.values()]
        return list(dict.fromkeys([*single, *coded, *carried]))


def map_fault(name: str, found: str, expected: str) -> RecordingError:
    """Build the error for a map of columns that contradicts itself."""
    return RecordingError(f"column map, {name}: found {found}, expected {expected}.")
