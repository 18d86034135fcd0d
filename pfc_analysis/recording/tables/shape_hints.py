"""Recognise tables whose rows are not trials, and say what to do about them."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from pfc_analysis.recording.tables.raw_table import RawTable

_NUMBERED = re.compile(r"^(.*?)[_. ]?(\d+)$")
_JSPSYCH = {"trial_type", "trial_index", "time_elapsed"}
_PYCONTROL = {"time", "type", "subtype", "content"}
_STAGE = re.compile(
    r"(trial.?)?(stage|step|phase|level)(.?(number|num|no|nr|id|index))?", re.IGNORECASE
)
_CORRECT_SIDE = re.compile(
    r"correct.?(side|choice|response|port|option)|(side|port).?correct", re.I
)


def hints_of(table: RawTable) -> list[str]:
    """Say what shape a table seems to have, where its rows are not trials as they are.

    Parameters
    ----------
    table : RawTable
        The table.

    Returns
    -------
    list of str
        Sentences, each with what to do; none for a table of trials.
    """
    names = [*table.columns, *table.unusable]
    found = [
        _jspsych(names),
        _pycontrol(names),
        _wide(table, names),
        _two_rows(table),
        _correct_side(names),
    ]
    return [hint for hint in found if hint]


def _jspsych(names: list[str]) -> str:
    if not set(names) >= _JSPSYCH:
        return ""
    return (
        "This looks like data of jsPsych, in which every screen is a row. Say in the column map "
        'which rows are trials: rows = { column = "task", when = ["choice"] }, with a column '
        "and values of yours."
    )


def _pycontrol(names: list[str]) -> str:
    if not set(names) >= _PYCONTROL:
        return ""
    return (
        "This looks like a log of pyControl, in which every event is a row. Make a table of it "
        "first, one row a trial, and save that as CSV."
    )


def _wide(table: RawTable, names: list[str]) -> str:
    """Recognise a row for each subject, with columns such as choice_1, choice_2, ..."""
    stems = Counter(
        match.group(1) for name in names if (match := _NUMBERED.match(name)) and match.group(1)
    )
    long = [stem for stem, count in stems.items() if count >= 4]
    if len(long) < 2 or table.size > max(stems.values()) * 50:
        return ""
    rest = [name for name in names if not _NUMBERED.match(name)]
    key = rest[0] if rest else "id"
    matched = next(
        match for name in names if (match := _NUMBERED.match(name)) and match[1] == long[0]
    )
    sep = matched[0][len(matched[1]) : -len(matched[2])]
    return (
        f"This looks like a wide table, a row for each subject with columns such as "
        f"{long[0]}{sep}1, {long[0]}{sep}2, ... Make it long first, with pandas: "
        f"long = pandas.wide_to_long(table, {long!r}, i={key!r}, j='trial', sep={sep!r})"
        ".reset_index().sort_values("
        f"[{key!r}, 'trial']), and load that."
    )


def _two_rows(table: RawTable) -> str:
    """Recognise two rows a trial, whose stage goes 1, 2, 1, 2, ..."""
    for name in table.columns:
        if not _STAGE.fullmatch(name) or table.size < 4 or table.size % 2:
            continue
        values = table.columns[name]
        first, second = values[0], values[1]
        if first != second and np.all(values[::2] == first) and np.all(values[1::2] == second):
            return (
                f"This looks like two rows a trial, since column {name!r} goes {first.item()!r}, "
                f"{second.item()!r}, {first.item()!r}, ... Join them first, with pandas: "
                f"one, two = (table[table[{name!r}] == stage].reset_index(drop=True) for stage in "
                f"({first.item()!r}, {second.item()!r})); trials = one.join(two.add_suffix('_2')), "
                "and load trials."
            )
    return ""


def _correct_side(names: list[str]) -> str:
    """Recognise a correct side and an outcome without a choice."""
    sides = [name for name in names if _CORRECT_SIDE.search(name)]
    has_choice = any(
        word in name.lower() for name in names for word in ("choice", "chosen", "resp")
    )
    if not sides or (has_choice and not all("choice" in s or "resp" in s for s in sides)):
        return ""
    return (
        f"Column {sides[0]!r} seems to say which side was correct, and no column which was chosen. "
        "Where an error means the other side, write a column of choices first, with pandas: "
        f"table['choice'] = table[{sides[0]!r}].where(table['outcome'] == 'hit', "
        f"table[{sides[0]!r}].map({{'L': 'R', 'R': 'L'}})), with names and values of yours (and "
        "none where nothing was chosen)."
    )


def with_hints(message: str, table: RawTable) -> str:
    """Return a message, followed by what the shape of the table suggests."""
    return "\n".join([message, *hints_of(table)])
