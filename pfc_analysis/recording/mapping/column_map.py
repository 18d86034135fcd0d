"""Column maps of tables of trials: which column holds what, and how it is coded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pfc_analysis.recording.mapping.column_entries import (
    CarriedColumn,
    Flag,
    FlagColumn,
    TransitionColumn,
    as_flag,
    as_transition,
    check_coded_values,
    check_reward_values,
    labels_of,
    map_fault,
)
from pfc_analysis.recording.neurons.neural_entries import (
    CountArray,
    SignalCut,
    Window,
    as_counts,
    as_signal,
    as_units,
    as_windows,
    check_together,
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
_PLAIN = (
    "subject",
    "session",
    "new_session",
    "trial",
    "choice",
    "second_state",
    "volatility",
    "reversal_number",
    "cued_trial",
    "common_second_state_by",
)
FLAG_FIELDS = (*FLAGS, "invalid", "regime", "correct")
"""All fields with one column of flags."""

CONFIRMED = ("common_transition", "reward", "subject")
"""Fields whose unusual values can be confirmed."""


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
        Of several amounts, each amount as the key: {"1": "large", "0.5": "small", "0": "none"}.
        Where it is left out, the numbers are kept as they are.
    reward_probability, baited, automatic_reward : tuple of str
        A column for each label, or one name with "{label}" in it: the probability of reward; 1
        where a reward stood ready; 1 where reward was given free.
    second_state : str, optional
        Column with the second-stage state that was reached.
    second_state_values : mapping
        As `choice_values`.
    common_transition : str, FlagColumn or TransitionColumn, optional
        Column with 1 where the transition was the common one; or the values that say common and
        uncommon, all others saying that there was no transition.
    common_second_state : mapping
        For each label of the choice, the second state that is common for it; `common_transition`
        follows from it. Where it differs between subjects: for each subject such a mapping.
    common_second_state_by : str, optional
        Column whose values are the keys of `common_second_state`, instead of the subjects.
    forced, stimulated, invalid : str or FlagColumn, optional
        The choice was instructed; the brain was stimulated; the trial does not count.
    regime : str or FlagColumn, optional
        1 where the better side is exchanged again and again.
    volatility : str, optional
        Column with the hazard of reversal.
    correct : str or FlagColumn, optional
        The option that pays more was chosen.
    reversal_number : str, optional
        Column with the number of reversals so far; where nothing is to be discriminated, it is
        empty or -1.
    cued_trial : str, optional
        Column that names the earlier trial of the session that was cued, by its number in the
        column `trial`, which is then needed; empty or -1 where no cue was shown.
    first_discrimination : int, optional
        The number that this column has on a subject's first discrimination, before its first
        reversal. Where it is left out, the numbers must start at 0.
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
    windows : mapping
        By name, [event, start, end]: spikes of the file's units are counted from `start` to `end`
        seconds after the time in the column `event`. {"outcome": ["outcome_time", 0.0, 0.6]}, for
        instance. Beside `counts`: the windows of the array in their order, each with the name of
        its event.
    counts : str, CountArray or mapping, optional
        Array of spike counts beside the trials, and its dimensions where their lengths do not
        tell them: { array = "X", dims = ["unit", "trial", "window"] }.
    units : mapping
        By name, the column or array with one value for each unit: { area = "location" }.
    signal : SignalCut or mapping, optional
        A trace to be cut around an event: { series = "acquisition/photometry", event =
        "cue_time", start = -1.0, end = 3.0 }, and `column` of a series with several.
    confirmed : tuple of str
        Fields whose unusual values you have checked, so that no error asks about them:
        "common_transition", "reward", "subject".

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
    common_transition: Flag | TransitionColumn = None
    common_second_state: Mapping[str, Any] = field(default_factory=dict)
    common_second_state_by: str | None = None
    forced: Flag = None
    stimulated: Flag = None
    invalid: Flag = None
    regime: Flag = None
    volatility: str | None = None
    correct: Flag = None
    reversal_number: str | None = None
    cued_trial: str | None = None
    first_discrimination: int | None = None
    others: Mapping[str, CarriedColumn] = field(default_factory=dict)
    rows: FlagColumn | None = None
    names: tuple[str, ...] = ()
    skip_lines: int = 0
    comment: str = ""
    windows: Mapping[str, Window] = field(default_factory=dict)
    counts: CountArray | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    signal: SignalCut | None = None
    confirmed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in _PLAIN:
            value = getattr(self, name)
            if not (value is None or (isinstance(value, str) and value)):
                raise map_fault(name, repr(value), "the name of a column")
        for name in FLAG_FIELDS:
            object.__setattr__(self, name, as_flag(name, getattr(self, name)))
        object.__setattr__(self, "common_transition", as_transition(self.common_transition))
        for name, take in _NEURAL.items():
            object.__setattr__(self, name, take(getattr(self, name)))
        check_together(self.windows, self.counts, self.units)
        self._check_layout()
        for name in ("choice_values", "second_state_values"):
            self._check_values(name)
        self._check_rewards()
        self._check_per_label()
        self._check_states()
        if self.cued_trial and not self.trial:
            raise map_fault(
                "cued_trial",
                "it without trial",
                "trial as well: the column whose numbers name the trial that was cued",
            )
        if self.session and self.new_session:
            raise map_fault("new_session", "it beside session", "one of the two")
        if not isinstance(self.others, Mapping):
            raise map_fault("others", repr(self.others), "a table of columns by their new names")
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
        given = self.confirmed
        if not isinstance(given, (list, tuple)) or not set(given) <= set(CONFIRMED):
            raise map_fault("confirmed", repr(given), f"some of {', '.join(CONFIRMED)}")
        object.__setattr__(self, "confirmed", tuple(given))
        first = self.first_discrimination
        if first is not None and (isinstance(first, bool) or not isinstance(first, int)):
            raise map_fault("first_discrimination", repr(first), "a whole number, such as 0 or 1")
        if first is not None and self.reversal_number is None:
            raise map_fault("first_discrimination", "it without reversal_number", "both")

    @property
    def layout(self) -> TextLayout:
        """How the table lies in a text file."""
        return TextLayout(self.names, self.skip_lines, self.comment)

    def _check_values(self, name: str) -> None:
        entries = getattr(self, name)
        check_coded_values(name, entries)
        labels = labels_of(entries)
        if entries and len(labels) < 2:
            raise map_fault(name, f"the labels {labels}", "two or more beside 'none'")

    def _check_rewards(self) -> None:
        if not self.reward:
            labels = f" of {self.labels}" if self.labels else ""
            raise map_fault("reward", "no column", f"one, or one for each{labels or ' label'}")
        named = (self.reward,) if isinstance(self.reward, str) else self.reward
        if not isinstance(named, (list, tuple)) or not all(isinstance(n, str) and n for n in named):
            raise map_fault("reward", repr(self.reward), "the name of a column, or one a label")
        check_reward_values(self.reward_values)

    def _check_per_label(self) -> None:
        expected = f"one column for each of {self.labels}" if self.labels else "choice_values with"
        for name in ("reward", *_PER_LABEL):
            columns = getattr(self, name)
            if isinstance(columns, str):
                if name != "reward" and LABEL not in columns:
                    raise map_fault(name, repr(columns), expected)
                continue
            if not isinstance(columns, (list, tuple)) or not all(
                isinstance(column, str) and column for column in columns
            ):
                raise map_fault(name, repr(columns), expected)
            object.__setattr__(self, name, tuple(columns))
            if columns and not self.labels:
                raise map_fault(
                    name, f"{len(columns)} columns and no choice_values", "to know their order"
                )
            if columns and len(columns) != len(self.labels):
                raise map_fault(name, repr(tuple(columns)), expected)

    def _check_states(self) -> None:
        common = self.common_second_state
        if not isinstance(common, Mapping):
            raise map_fault("common_second_state", repr(common), "a state for each label")
        if not self.second_state and (self.second_state_values or common):
            raise map_fault("second_state", "no column", "one, since its values are described")
        if self.common_second_state_by and not common:
            raise map_fault("common_second_state_by", "it alone", "common_second_state as well")
        if not common:
            return
        if self.common_transition:
            raise map_fault("common_second_state", "it beside common_transition", "one of the two")
        by_case = [isinstance(value, Mapping) for value in common.values()]
        if any(by_case) != all(by_case) or (self.common_second_state_by and not all(by_case)):
            raise map_fault(
                "common_second_state",
                f"{dict(common)}",
                "a state for each label, or such a mapping for each subject (or each value of "
                "the column common_second_state_by)",
            )
        for states in common.values() if all(by_case) else (common,):
            self._check_common(states)

    def _check_common(self, common: Mapping[str, Any]) -> None:
        states = labels_of(self.second_state_values)
        given = {"choice_values": self.labels, "second_state_values": states}
        lacking = [name for name, labels in given.items() if not labels]
        if lacking:
            raise map_fault(
                "common_second_state",
                f"it without {' and '.join(lacking)}",
                "them as well: they say what its labels mean, such as choice_values = "
                '{ left = 0, right = 1 } and second_state_values = { A = "a", B = "b" }',
            )
        wrong = [state for state in common.values() if state not in states]
        if wrong or set(common) != set(self.labels):
            raise map_fault(
                "common_second_state",
                f"{dict(common)}",
                f"one of second_state_values {states} for each of choice_values {self.labels}",
            )

    @property
    def common_by_case(self) -> bool:
        """Whether the common second state differs between subjects, or values of a column."""
        return any(isinstance(value, Mapping) for value in self.common_second_state.values())

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
            elif entry.name == "windows":
                yield entry.name, [] if self.counts else [one.event for one in value.values()]
            elif isinstance(value, SignalCut):
                yield entry.name, [value.event]
            elif isinstance(value, (FlagColumn, TransitionColumn)):
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
_NO_COLUMNS = ("names", "comment", "confirmed", "counts", "units")
_NEURAL: dict[str, Callable[[Any], Any]] = {
    "windows": as_windows,
    "counts": as_counts,
    "units": as_units,
    "signal": as_signal,
}
_OWN = (
    *("choice", "reward", *_PER_LABEL, "second_state", "common_transition", *FLAG_FIELDS),
    *("volatility", "reversal_number", "cued_trial"),
)
