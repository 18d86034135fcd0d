"""Column maps of tables of trials: which column holds what, and how it is coded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pfc_analysis.recording.mapping.column_entries import (
    CarriedColumn,
    Flag,
    FlagColumn,
    as_flag,
    labels_of,
    map_fault,
    values_of,
)
from pfc_analysis.recording.standard_variables import COORDINATES
from pfc_analysis.recording.tables.text_layout import TextLayout

LABEL = "{label}"
"""Placeholder for a label in the name of a column, where each label has its own column."""

ARM_FLAGS = ("baited", "automatic_reward")
"""Fields with a column of flags for each label."""

FLAGS = ("forced", "stimulated")
"""Fields with one column of flags."""

_PER_LABEL = ("reward_probability", *ARM_FLAGS)
_PLAIN = ("subject", "session", "new_session", "trial", "choice", "second_state", "volatility")
_FLAG_FIELDS = (*FLAGS, "invalid", "regime", "common_transition")
_REWARD_KEYS = ("rewarded", "unrewarded")


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Which columns of a table of trials hold what, and how they are coded.

    Parameters
    ----------
    choice : str
        Column with the choice.
    reward : str or tuple of str
        Column with the reward earned, or one for each label, in their order.
    subject, session : str, optional
        Columns that name subject and session. Without `session`, `new_session` tells sessions
        apart, else a subject has one session in a table.
    new_session : str, optional
        Column of flags, 1 on the first trial of a session.
    trial : str, optional
        Column with the number of the trial; a number left out stays a gap.
    choice_values : mapping
        What its values mean: by label, the value or several (numbers or text). The order of the
        labels gives the code in the recording, and names the arms; the key "none" is for trials
        without a choice. {"left": 0, "right": 1, "none": 2}, for instance. Where it is left out,
        the values are looked at (`pfc_analysis.recording.mapping.codings`).
    reward_values : mapping
        "rewarded" and "unrewarded", and the value or values that say so: `reward` is then 1 or 0.
        Where it is left out, the numbers are kept as they are.
    reward_probability, baited, automatic_reward : tuple of str
        A column for each label, or one name with "{label}" in it: the probability of reward; 1
        where a reward stood ready; 1 where reward was given free.
    second_state : str, optional
        Column with the second-stage state that was reached.
    second_state_values : mapping
        As `choice_values`.
    common_transition : str or FlagColumn, optional
        Column with 1 where the transition was the common one.
    common_second_state : mapping
        For each label of the choice, the second state that is common for it; `common_transition`
        follows from it.
    forced, stimulated, invalid : str or FlagColumn, optional
        The choice was instructed; the brain was stimulated; the trial does not count.
    regime : str or FlagColumn, optional
        1 where the better side is exchanged again and again.
    volatility : str, optional
        Column with the hazard of reversal.
    others : mapping of str to CarriedColumn
        Columns to carry over, by their new names.
    rows : FlagColumn, optional
        Rows that are trials: those on which `column` has one of the values `when`. Rows of
        practice, instructions or events are then left out.
    names : tuple of str
        Names of the columns of a text file without a header, in their order.
    skip_lines : int
        Lines of a text file before its header.
    comment : str
        Lines of a text file that begin with this text are left out.

    Raises
    ------
    RecordingError
        If the map contradicts itself.
    """

    choice: str
    reward: str | tuple[str, ...]
    subject: str | None = None
    session: str | None = None
    new_session: str | None = None
    trial: str | None = None
    choice_values: Mapping[str, Any] = field(default_factory=dict)
    reward_values: Mapping[str, Any] = field(default_factory=dict)
    reward_probability: str | tuple[str, ...] = ()
    baited: str | tuple[str, ...] = ()
    automatic_reward: str | tuple[str, ...] = ()
    second_state: str | None = None
    second_state_values: Mapping[str, Any] = field(default_factory=dict)
    common_transition: Flag = None
    common_second_state: Mapping[str, str] = field(default_factory=dict)
    forced: Flag = None
    stimulated: Flag = None
    invalid: Flag = None
    regime: Flag = None
    volatility: str | None = None
    others: Mapping[str, CarriedColumn] = field(default_factory=dict)
    rows: FlagColumn | None = None
    names: tuple[str, ...] = ()
    skip_lines: int = 0
    comment: str = ""

    def __post_init__(self) -> None:
        for name in _PLAIN:
            value = getattr(self, name)
            if not (value is None or (isinstance(value, str) and value)):
                raise map_fault(name, repr(value), "the name of a column")
        for name in _FLAG_FIELDS:
            object.__setattr__(self, name, as_flag(name, getattr(self, name)))
        self._check_layout()
        for name in ("choice_values", "second_state_values"):
            self._check_values(name)
        self._check_rewards()
        self._check_per_label()
        self._check_states()
        if self.session and self.new_session:
            raise map_fault("new_session", "it beside session", "one of the two")
        for name in self.others:
            if name in _OWN or name in COORDINATES:
                raise map_fault("others", f"{name!r}", f"other names than {', '.join(_OWN)}")

    def _check_layout(self) -> None:
        rows = as_flag("rows", self.rows)
        if isinstance(rows, str):
            raise map_fault("rows", repr(rows), "{ column = NAME, when = [VALUES] }")
        object.__setattr__(self, "rows", rows)
        named = self.names
        if not isinstance(named, (list, tuple)) or not all(isinstance(n, str) and n for n in named):
            raise map_fault("names", repr(named), "a list of the names of the columns")
        object.__setattr__(self, "names", tuple(named))
        skipped = self.skip_lines
        if not isinstance(skipped, int) or isinstance(skipped, bool) or skipped < 0:
            raise map_fault("skip_lines", repr(skipped), "a number of lines, 0 or more")
        if not isinstance(self.comment, str):
            raise map_fault("comment", repr(self.comment), 'a text such as "#"')

    @property
    def layout(self) -> TextLayout:
        """How the table lies in a text file."""
        return TextLayout(self.names, self.skip_lines, self.comment)

    def _check_values(self, name: str) -> None:
        entries = getattr(self, name)
        if not isinstance(entries, Mapping):
            raise map_fault(name, repr(entries), "a value or several for each label")
        labels = labels_of(entries)
        values = [value for entry in values_of(entries).values() for value in entry]
        if entries and len(labels) < 2:
            raise map_fault(name, f"the labels {labels}", "two or more beside 'none'")
        doubled = [value for at, value in enumerate(values) if value in values[:at]]
        if doubled:
            raise map_fault(name, f"{doubled[0]!r} under two labels", "one for each")

    def _check_rewards(self) -> None:
        if not self.reward:
            labels = f" of {self.labels}" if self.labels else ""
            raise map_fault("reward", "no column", f"one, or one for each{labels or ' label'}")
        unknown = [key for key in self.reward_values if key not in _REWARD_KEYS]
        if unknown or (self.reward_values and len(self.reward_values) < 2):
            raise map_fault("reward_values", f"{list(self.reward_values)}", f"{list(_REWARD_KEYS)}")
        rewarded, unrewarded = (values_of(self.reward_values).get(k, ()) for k in _REWARD_KEYS)
        both = [value for value in rewarded if value in unrewarded]
        if both:
            raise map_fault("reward_values", f"{both[0]!r} under both", "it under one")

    def _check_per_label(self) -> None:
        expected = f"one column for each of {self.labels}" if self.labels else "choice_values with"
        for name in ("reward", *_PER_LABEL):
            columns = getattr(self, name)
            if isinstance(columns, str):
                if name != "reward" and LABEL not in columns:
                    raise map_fault(name, repr(columns), expected)
                continue
            if not all(isinstance(column, str) for column in columns):
                raise map_fault(name, repr(columns), expected)
            object.__setattr__(self, name, tuple(columns))
            if columns and not self.labels:
                raise map_fault(
                    name, f"{len(columns)} columns and no choice_values", "to know their order"
                )
            if columns and len(columns) != len(self.labels):
                raise map_fault(name, repr(tuple(columns)), expected)

    def _check_states(self) -> None:
        if not self.second_state and (self.second_state_values or self.common_second_state):
            raise map_fault("second_state", "no column", "one, since its values are described")
        if not self.common_second_state:
            return
        if self.common_transition:
            raise map_fault("common_second_state", "it beside common_transition", "one of the two")
        states = labels_of(self.second_state_values)
        wrong = [state for state in self.common_second_state.values() if state not in states]
        if not states or wrong or set(self.common_second_state) != set(self.labels):
            raise map_fault(
                "common_second_state",
                f"{dict(self.common_second_state)}",
                f"one of second_state_values {states} for each of choice_values {self.labels}",
            )

    @property
    def labels(self) -> list[str]:
        """What the values 0, 1, ... of `choice` mean in the recording."""
        return labels_of(self.choice_values)

    @property
    def wanted(self) -> list[str]:
        """Every column that is named, once."""
        return list(dict.fromkeys(name for _, names in self.named() for name in names))

    def named(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each field with the columns that it names, "{label}" filled in where known."""
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.name in _NO_COLUMNS:
                continue
            if entry.name == "others":
                yield entry.name, [other.column for other in value.values()]
            elif isinstance(value, FlagColumn):
                yield entry.name, [value.column]
            elif isinstance(value, str) and LABEL in value and entry.name in _ARRAYS:
                yield entry.name, [value.replace(LABEL, label) for label in self.labels]
            elif isinstance(value, str):
                yield entry.name, [value]
            elif isinstance(value, tuple):
                yield entry.name, list(value)

    def columns_of(self, name: str) -> list[str]:
        """Return the columns of a field, of which there may be one for each label."""
        return dict(self.named()).get(name, [])


_ARRAYS = ("reward", *_PER_LABEL)
_NO_COLUMNS = ("names", "comment")
_OWN = ("choice", "reward", *_PER_LABEL, "second_state", *_FLAG_FIELDS, "volatility")
