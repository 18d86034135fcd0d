"""Find out how choices, states and rewards are coded, and say so; refuse to guess.

What can be read in one way only is taken and stated in a sentence, for the attribute `assumed`.
Where two readings are possible, an error lays them out, each with the line of a column map that
chooses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.mapping.column_map import NONE
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable

EMPTY = ("", "nan", "na", "n/a", "null", "none")
"""Words, in small letters, that stand for an empty cell."""

YES, NO = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")
"""Words, in small letters, that a column of flags may hold."""

_SIDES = {"left": ("l", "left"), "right": ("r", "right")}
_PAIRS = [[0, 1], [1, 2], [-1, 1]]
_MOST = 12
"""Different values of which an error lists no more."""


def distinct(values: np.ndarray) -> list[Any]:
    """Different values of a column in rising order, NaN last and once."""
    if values.dtype.kind == "U":
        return sorted(pd.unique(values.astype(object)))
    found: np.ndarray = np.unique(values)
    return [plain(value) for value in found]


def plain(value: Any) -> Any:
    """Return a number as Python writes it, whole ones without a point."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_any(values: np.ndarray, wanted: Iterable[Any]) -> np.ndarray:
    """Where the values are one of those wanted, text among text and numbers among numbers."""
    is_text = values.dtype.kind == "U"
    here = np.zeros(values.shape, dtype=np.bool_)
    for value in wanted:
        if isinstance(value, float) and np.isnan(value):
            here |= (values == "") if is_text else np.isnan(values.astype(np.float64))
        elif isinstance(value, str) == is_text:
            here |= values == value
    return here


def find_values(tables: Sequence[RawTable], column: str, field: str) -> tuple[dict[str, Any], str]:
    """Find out what the values of a column of choices or states mean.

    Parameters
    ----------
    tables : sequence of RawTable
        All tables, since one of them may lack a value.
    column : str
        The column.
    field : str
        "choice" or "second_state"; the error names the field of the column map after it.

    Returns
    -------
    dict
        Value or values by label, "none" among them where there are trials without one.
    str
        The sentence that says what was found and how it is taken.

    Raises
    ------
    RecordingError
        If there are several readings; the message lays them out.
    """
    found = _all_values(tables, column)
    empty = [value for value in found if _is_empty(value)]
    said = [value for value in found if not _is_empty(value)]
    if said and all(isinstance(value, str) for value in said):
        values = _sides(said)
    else:
        values = _two_numbers(said)
    if values is None:
        raise _unclear(tables, column, field, said, empty)
    if empty:
        values[NONE] = empty
    labels = [label for label in values if label != NONE]
    none = f"; {_listed(empty)} as none (-1)" if empty else ""
    return values, (
        f"{field}: found {_listed(said)} in column {column!r}, taken as the labels "
        f"{labels[0]!r} and {labels[1]!r}, codes 0 and 1{none}"
    )


def _all_values(tables: Sequence[RawTable], column: str) -> list[Any]:
    """Different values of all tables; text and numbers cannot be mixed."""
    kinds = {table.column(column).dtype.kind == "U": table for table in tables}
    if len(kinds) > 1:
        number, text = kinds[False], kinds[True]
        raise text.fault(column, f"text here and numbers in {number.where}", "one or the other")
    found = [value for table in tables for value in distinct(table.column(column))]
    numbers = [value for value in found if not _is_nan(value)]
    return [*sorted(set(numbers)), *([np.nan] if len(numbers) < len(found) else [])]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))


def _is_empty(value: Any) -> bool:
    return _is_nan(value) or (isinstance(value, str) and value.lower() in EMPTY)


def _sides(said: list[str]) -> dict[str, Any] | None:
    """Left and right, in whatever spelling."""
    values: dict[str, Any] = {
        label: [word for word in said if word.lower() in words] for label, words in _SIDES.items()
    }
    known = sum(len(words) for words in values.values())
    return values if known == len(said) and all(values.values()) else None


def _two_numbers(said: list[Any]) -> dict[str, Any] | None:
    """Two options, where nothing else can be meant.

    -1 and 1 are two sides: were -1 no choice, all choices would have been the same. Only beside 0
    is it not clear which of the three is none.
    """
    if said not in _PAIRS:
        return None
    return {str(int(value)): int(value) for value in said}


def _unclear(
    tables: Sequence[RawTable], column: str, field: str, said: list[Any], empty: list[Any]
) -> RecordingError:
    files = tables[0].where + (f" and {len(tables) - 1} more" if len(tables) > 1 else "")
    found = f"{files}, column {column!r}: found {_listed([*said, *empty]) or 'no value'}"
    if len(said) > _MOST or any(isinstance(v, float) for v in said) or not said:
        return RecordingError(
            f"{found}, expected the few values of a {field.replace('_', ' ')} "
            f"(0 and 1, 1 and 2, left and right). Name another column as {field} in the column map."
        )
    lines = "\n".join(
        f"  - {meaning}:\n      {field}_values = {as_toml(values)}"
        for meaning, values in _readings(said, empty)
    )
    why = "and no other option" if len(said) == 1 else "which can mean more than one thing"
    return RecordingError(f"{found}, {why}. Say in the column map what is meant:\n{lines}")


def _readings(said: list[Any], empty: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    """List what a set of values can mean: in words, and as values by label."""

    def values(options: Sequence[Any], *none: Any) -> dict[str, Any]:
        rest = [*none, *empty]
        found = {str(value): value for value in options}
        return found | ({NONE: rest[0] if len(rest) == 1 else rest} if rest else {})

    if len(said) == 1:
        return [
            (f"the other option, never chosen here, is {pair[pair[0] == said[0]]!r}", values(pair))
            for pair in _pairs_with(said[0])
        ]
    if len(said) == 2:
        orders = [said, said[::-1]]
        return [(f"{a!r} is option 0, {b!r} is option 1", values([a, b])) for a, b in orders]
    readings = []
    for none in said[::-1] if len(said) == 3 else ():
        options = [value for value in said if value != none]
        # Of numbers, only neighbours are two options; any word may stand for no choice.
        if isinstance(none, str) or options in _PAIRS:
            pair = " and ".join(map(repr, options))
            readings.append((f"{pair} are options, {none!r} is no choice", values(options, none)))
    listed = ", ".join(map(repr, said))
    return [*readings, (f"{listed} are {len(said)} options", values(said))]


def _pairs_with(value: Any) -> list[list[Any]]:
    """Usual pairs of options that a value is one of, in their order."""
    if isinstance(value, bool):
        return [[False, True]]
    if not isinstance(value, str):
        return [pair for pair in _PAIRS if value in pair] or [[value, value + 1]]
    for pair in (["l", "r"], ["L", "R"], ["left", "right"], ["Left", "Right"]):
        if value in pair:
            return [pair]
    return [[value, "OTHER"]]


def describe_rewards(tables: Sequence[RawTable], columns: Sequence[str], reward: np.ndarray) -> str:
    """Say how rewards are taken; refuse those that would make every trial a rewarded one.

    Parameters
    ----------
    tables : sequence of RawTable
        Where they come from, for the error.
    columns : sequence of str
        Its column, or one for each label, likewise.
    reward : ndarray
        What was earned on every trial with a choice, finite.

    Returns
    -------
    str
        The sentence.

    Raises
    ------
    RecordingError
        If there are several values and all are above 0.
    """
    values = distinct(reward)
    names = f"column{'s' if len(columns) > 1 else ''} {_listed(columns)}"
    if len(values) > 1 and values[0] > 0:
        lines = [
            f"  - {high!r} is a reward, {low!r} is none:\n      reward_values = "
            f"{as_toml({'rewarded': high, 'unrewarded': low})}"
            for low, high in ([values, values[::-1]] if len(values) == 2 else [])
        ] or [
            "  - amounts, of which some are no reward to speak of: write a column of 1 and 0 that "
            "says on which trials reward came, and name it as reward"
        ]
        raise RecordingError(
            f"{tables[0].where}, {names}: found {_listed(values)}, all above 0, so that "
            "every trial would count as rewarded; expected 0 (or less) where nothing was earned. "
            "Say in the column map what they mean:\n" + "\n".join(lines)
        )
    kept = f"reward: found {_listed(values)} in {names}, kept as they are"
    if values[0] < 0:
        kept += "; what is below 0 is a loss, or a trial without reward, and stays below 0"
    return f"{kept}; a trial counts as rewarded above 0"


def read_numbers(table: RawTable, name: str, expected: str = "a finite number") -> np.ndarray:
    """Numbers of a column, NaN where a cell is empty; words are refused at the first such cell."""
    values = table.column(name)
    if values.dtype.kind != "U":
        return values.astype(np.float64)
    codes, cells = pd.factorize(values.astype(object))
    numbers = pd.to_numeric(pd.Series(cells), errors="coerce").to_numpy(dtype=np.float64)
    holds = np.isfinite(numbers) | [cell.lower() in EMPTY for cell in cells]
    wrong = [cell for cell, fine in zip(cells, holds, strict=True) if not fine]
    if wrong and wrong[0].lstrip("+-").replace(",", "", 1).isdigit() and "," in wrong[0]:
        expected += " with a decimal point: write the table without decimal commas"
    table.check(name, holds[codes], expected)
    return numbers[codes]


def read_finite(table: RawTable, name: str) -> np.ndarray:
    """Numbers of a column none of which may be missing."""
    numbers = read_numbers(table, name)
    table.check(name, np.isfinite(numbers), "a finite number")
    return numbers


def read_flags(table: RawTable, name: str, not_asked: np.ndarray | None = None) -> np.ndarray:
    """Read flags as 0 and 1: booleans, 0 and 1, or words for yes and no.

    Where `not_asked` is set, any value will do.
    """
    values = table.column(name)
    if values.dtype.kind == "U":
        codes, cells = pd.factorize(values.astype(object))
        yes, no = ([c.lower() in words for c in cells] for words in (YES, NO))
        is_yes, is_no = np.array(yes, dtype=np.bool_)[codes], np.array(no, dtype=np.bool_)[codes]
    else:
        is_yes, is_no = values == 1, values == 0
    known = is_yes | is_no if not_asked is None else is_yes | is_no | not_asked
    way_out = f"{{ column = {as_toml(name)}, when = [VALUES] }}"
    table.check(name, known, f"0 or 1 (or a boolean, or yes and no); for others {way_out}")
    return is_yes.astype(np.int8)


def as_toml(value: Any) -> str:
    """Write a value in TOML, on one line."""
    if isinstance(value, dict):
        pairs = (f"{_key(name)} = {as_toml(entry)}" for name, entry in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def _listed(values: Sequence[Any]) -> str:
    shown = ["empty cells" if _is_nan(v) or v == "" else repr(v) for v in values[:_MOST]]
    if len(values) > _MOST:
        return f"{', '.join(shown)}, ... ({len(values)} different values)"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
