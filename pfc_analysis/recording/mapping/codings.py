"""Find out how choices, states and rewards are coded, without guessing.

If a coding has one possible meaning, it is used, and a sentence in the attribute `assumed` says so.
If it has several, the error lists them, each with the line of a column map that chooses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pfc_analysis.recording.mapping.column_entries import NONE
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.column_values import EMPTY, distinct
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.shape_hints import with_hints
from pfc_analysis.toml_files import format_toml_value

_SIDES = {"left": ("l", "left"), "right": ("r", "right")}
_PAIRS = [[0, 1], [1, 2], [-1, 1]]
_MOST = 12
_LEVELS = 4
"""Number of values that an error lists at most."""

_FEW = 6
"""Number of values that a draft of a column map names at most."""


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
        The sentence that says what was found and how it is read.

    Raises
    ------
    RecordingError
        If there are several readings; the message lays them out.
    """
    said, empty = _said_and_empty(tables, column)
    values = _only_reading(said)
    if values is None:
        unclear = _unclear(tables, column, field, said, empty)
        raise RecordingError(with_hints(str(unclear), tables[0]))
    if empty:
        values[NONE] = empty
    labels = [label for label in values if label != NONE]
    none = f"; {_listed(empty)} as none (-1)" if empty else ""
    return values, (
        f"{field}: found {_listed(said)} in column {column!r}, read as the labels "
        f"{labels[0]!r} and {labels[1]!r}, codes 0 and 1{none}"
    )


def draft_values(tables: Sequence[RawTable], column: str) -> tuple[dict[str, Any], bool]:
    """Propose what the values of a column of choices mean, for a column map to be checked.

    Parameters
    ----------
    tables : sequence of RawTable
        All tables.
    column : str
        The column.

    Returns
    -------
    dict
        Value or values by label; empty where the column does not hold a few values.
    bool
        Whether this is the only reading, so that `find_values` would take it too.
    """
    try:
        said, empty = _said_and_empty(tables, column)
    except RecordingError:  # text in one file and numbers in another: `find_values` says so
        return {}, False
    values = _only_reading(said)
    if values is not None:
        return values | _as_none(empty), True
    if not said or len(said) > _FEW or any(isinstance(value, float) for value in said):
        return {}, False
    return _readings(said, empty)[0][1], False


def _said_and_empty(tables: Sequence[RawTable], column: str) -> tuple[list[Any], list[Any]]:
    """Return the different values of a column, and those that mean an empty cell."""
    found = _all_values(tables, column)
    empty = [value for value in found if _is_empty(value)]
    return [value for value in found if not _is_empty(value)], empty


def _only_reading(said: list[Any]) -> dict[str, Any] | None:
    """Return the values by label if they can mean one thing only."""
    if said and all(isinstance(value, str) for value in said):
        return _sides(said)
    return _two_numbers(said)


def _as_none(empty: list[Any]) -> dict[str, Any]:
    """Return the entry of a column map for trials without a choice, if there are any."""
    return {NONE: empty[0] if len(empty) == 1 else empty} if empty else {}


def _all_values(tables: Sequence[RawTable], column: str) -> list[Any]:
    """Return the different values of all tables; refuse a mix of text and numbers."""
    kinds = {table.kind(column) == "U": table for table in tables}
    if len(kinds) > 1:
        number, text = kinds[False], kinds[True]
        raise text.fault(column, f"text here and numbers in {number.where}", "one or the other")
    found = [value for table in tables for value in table.distinct(column)]
    numbers = [value for value in found if not _is_nan(value)]
    return [*sorted(set(numbers)), *([np.nan] if len(numbers) < len(found) else [])]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))


def _is_empty(value: Any) -> bool:
    return _is_nan(value) or (isinstance(value, str) and value.lower() in EMPTY)


def _sides(said: list[str]) -> dict[str, Any] | None:
    """Recognise left and right, in any spelling; None where there is any other word."""
    values: dict[str, Any] = {
        label: [word for word in said if word.lower() in words] for label, words in _SIDES.items()
    }
    known = sum(len(words) for words in values.values())
    return values if known == len(said) and all(values.values()) else None


def _two_numbers(said: list[Any]) -> dict[str, Any] | None:
    """Recognise two numbers that can only be two options; None where they are others.

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
        f"  - {meaning}:\n      {field}_values = {format_toml_value(values)}"
        for meaning, values in _readings(said, empty)
    )
    why = "and no other option" if len(said) == 1 else "which can mean more than one thing"
    return RecordingError(f"{found}, {why}. Say in the column map what is meant:\n{lines}")


def _readings(said: list[Any], empty: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    """List the possible meanings of a set of values: in words, and as values by label."""

    def values(options: Sequence[Any], *none: Any) -> dict[str, Any]:
        return {str(value): value for value in options} | _as_none([*none, *empty])

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
    """Return the usual pairs of options that contain a value, in their order."""
    if isinstance(value, bool):
        return [[False, True]]
    if not isinstance(value, str):
        return [pair for pair in _PAIRS if value in pair] or [[value, value + 1]]
    for pair in (["l", "r"], ["L", "R"], ["left", "right"], ["Left", "Right"]):
        if value in pair:
            return [pair]
    return [[value, "OTHER"]]


def describe_rewards(tables: Sequence[RawTable], columns: Sequence[str], reward: np.ndarray) -> str:
    """Say how rewards are read; refuse rewards that are all above 0.

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
            f"{format_toml_value({'rewarded': high, 'unrewarded': low})}"
            for low, high in ([values, values[::-1]] if len(values) == 2 else [])
        ] or _describe_levels(values)
        raise RecordingError(
            f"{tables[0].where}, {names}: found {_listed(values)}, all above 0, so that "
            "every trial would count as rewarded; expected 0 (or less) where nothing was earned. "
            "Say in the column map what they mean:\n" + "\n".join(lines)
        )
    kept = f"reward: found {_listed(values)} in {names}, which are not changed"
    if values[0] < 0:
        kept += "; values below 0 are losses, or trials without reward"
    return f"{kept}; a trial counts as rewarded if its reward is above 0"


def _describe_levels(values: Sequence[Any]) -> list[str]:
    """List what several rewards above 0 can be: codes of levels, in either order, or amounts."""
    if len(values) > _LEVELS:
        return [
            "  - amounts, of which some are no reward to speak of: write a column of 1 and 0 that "
            "says on which trials reward came, and name it as reward"
        ]
    shares = [f"{number / (len(values) - 1):g}" for number in range(len(values))]
    return [
        f"  - codes of levels, of which {order[0]!r} is no reward and {order[-1]!r} the most "
        "(amounts to be set by you):\n      reward_values = "
        f"{format_toml_value(dict(zip(shares, order, strict=True)))}"
        for order in (values, values[::-1])
    ]


def _listed(values: Sequence[Any]) -> str:
    shown = ["empty cells" if _is_nan(v) or v == "" else repr(v) for v in values[:_MOST]]
    if len(values) > _MOST:
        return f"{', '.join(shown)}, ... ({len(values)} different values)"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
