"""Propose the columns of choice and reward, and what their values mean, for a first column map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pfc_analysis.recording.mapping.codings import draft_values
from pfc_analysis.recording.tables.column_values import EMPTY, YES
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.toml_files import format_toml_value

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIDES = {"l", "r", "left", "right"}
_WORDS = {
    "choice": "choice choices chosen choose response resp side poke pokes lever press port action "
    "arm selected decision lick key target",
    "no choice": "correct better reward rewarded time rt latency prob probability",
    "reward": "reward rewarded rew outcome water juice drop pellet food win hit",
    "no reward": "p prob probability time onset latency side left right l r rate block schedule",
}
"""Words in names of columns that speak for and against a choice, and a reward."""

_UNIT = re.compile(r"[_ (]*[uµm][lL]\)?$")
_REWARDED = {*YES, "rewarded", "reward", "win", "hit", "correct", "water", "on"}


def likeliest_choice(table: RawTable, names: Sequence[str]) -> str | None:
    """Return the column that most likely holds choices: by its values, and parts of its name.

    Parameters
    ----------
    table : RawTable
        The trials.
    names : sequence of str
        Columns to choose from.

    Returns
    -------
    str or None
        The column; None if no column holds sides or has a fitting name.
    """
    scores = {name: _choice_score(table, name) for name in names}
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best is not None and scores[best] > 0 else None


def _choice_score(table: RawTable, name: str) -> int:
    parts, values = _parts(name), _few_values(table, name)
    if not 2 <= len(values) <= 4 or parts & _words("no choice"):
        return 0
    sides = {value.lower() for value in values if isinstance(value, str)} & _SIDES
    return 2 * (len(sides) >= 2) + bool(parts & _words("choice"))


def likeliest_reward(table: RawTable, names: Sequence[str]) -> str | None:
    """Return the first column whose name speaks of reward; parameters as `likeliest_choice`."""
    for name in names:
        parts = _parts(name)
        if not parts & _words("reward") or parts & _words("no reward"):
            continue
        if table.kind(name) != "U" or len(_few_values(table, name)) == 2:
            return name
    return None


def choice_values_line(tables: Sequence[RawTable], column: str | None) -> str:
    """Return the line `choice_values` of a draft, with the values of the column.

    It is a comment where the values can mean several things, and where numbers could have names.
    """
    values, is_only = draft_values(tables, column) if column is not None else ({}, False)
    if not values:
        return "# choice_values = { left = VALUE, right = VALUE, none = VALUE }  # of the file"
    values = {label: _single(value) for label, value in values.items()}
    if is_only and not any(isinstance(value, str) for value in values.values()):
        first, second, *none = values.items()  # numbers, which would name themselves
        values = {"left": first[1], "right": second[1], **dict(none)}
        return f"# choice_values = {format_toml_value(values)}  # to name them: which is which?"
    line = f"choice_values = {format_toml_value(values)}"
    return f"{line}  # check" if is_only else f"# {line}  # check, then remove the first #"


def reward_values_line(tables: Sequence[RawTable], column: str | None) -> str:
    """Return the line `reward_values` of a draft, with the two words of the column."""
    unknown = "# reward_values = { rewarded = VALUE, unrewarded = VALUE }"
    if column is None or tables[0].kind(column) != "U":
        return f"{unknown}  # not for 1 and 0, or amounts"
    words = _few_values(tables[0], column)
    yes = [word for word in words if word.lower() in _REWARDED]
    if len(words) != 2:
        return f"{unknown}  # of the file"
    rewarded = yes[0] if len(yes) == 1 else words[0]
    said = {"rewarded": rewarded, "unrewarded": words[words[0] == rewarded]}
    line = f"reward_values = {format_toml_value(said)}  # check"
    return line if len(yes) == 1 else f"# {line}, then remove the first #"


def _few_values(table: RawTable, name: str) -> list[Any]:
    """Return the values of a column without empty cells; none for fractions and constants."""
    if name in table.constants or table.kind(name) == "b":
        return []
    found = table.distinct(name)
    if len(found) > 12 or any(isinstance(v, float) and v == v for v in found):
        return []
    return [v for v in found if v == v and not (isinstance(v, str) and v.lower() in EMPTY)]


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _words(kind: str) -> set[str]:
    return set(_WORDS[kind].split())


def _parts(name: str) -> set[str]:
    """Return the words of a name such as PokeSide or water_uL, in lower case and without unit."""
    return {part.lower() for part in _PART.findall(_UNIT.sub("", name))}
