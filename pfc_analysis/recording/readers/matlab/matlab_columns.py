"""Turn the structs and cells of MATLAB into columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import prod

import numpy as np

from pfc_analysis.recording.readers.matlab.matlab_values import Cell, Struct, Value
from pfc_analysis.recording.tables.plain_columns import Refused, one_value
from pfc_analysis.recording.tables.table_building import Item, Letters, Source, is_outcome

Constants = dict[str, str | float]

_DEEPEST = 6


def elements_of(value: Value) -> list[dict[str, Value]]:
    """List the fields of each element of a struct array, or of each entry of a cell of structs."""
    if isinstance(value, Struct):
        return list(value.elements)
    if not isinstance(value, Cell):
        return []
    found = [
        entry.elements[0]
        for entry in value.entries
        if isinstance(entry, Struct) and len(entry.elements) == 1
    ]
    return found if len(found) == len(value.entries) else []


def are_rows(elements: Sequence[Mapping[str, Value]]) -> bool:
    """Say whether the elements of a struct array are trials, not sessions.

    In sessions, fields are vectors that agree in length; in trials, fields are single values.
    Where both is so (a trial has the positions x and y, a session the name of the rat), the names
    decide: what was chosen and earned is a column.
    """
    if len(elements) < 2:
        return False
    names = dict.fromkeys(name for fields in elements for name in fields)
    sizes = {name: tuple(_count(fields.get(name)) for fields in elements) for name in names}
    single = [name for name, counts in sizes.items() if max(counts) == 1]
    several = Counter(counts for counts in sizes.values() if max(counts) > 1)
    most, agreeing = max(several.items(), key=lambda pair: pair[1], default=((), 0))
    columns = [name for name, counts in sizes.items() if counts == most]
    if agreeing > 1 or any(map(is_outcome, columns)):
        return any(map(is_outcome, single)) and not any(map(is_outcome, columns))
    return bool(single)


def _count(value: Value | None) -> int:
    """Return how many values a field has; -1 where it is no list of values."""
    if value is None:
        return 0
    if isinstance(value, Letters):
        return len(value.rows)
    if isinstance(value, Cell):
        return len(value.entries)
    return prod(value.shape) if isinstance(value, Source) else -1


def column_items(fields: Mapping[str, Value], prefix: str) -> dict[str, Item]:
    """Return the items of a table; fields of a struct inside are called "outer.inner"."""
    found: dict[str, Item] = {}
    for key, value in fields.items():
        name = prefix + key
        if isinstance(value, Struct) and len(value.elements) == 1 and name.count(".") < _DEEPEST:
            found |= column_items(value.elements[0], f"{name}.")
        elif isinstance(value, (Struct, Cell)):
            elements = elements_of(value)
            if elements and are_rows(elements):
                found |= {f"{name}.{key}": item for key, item in row_columns(elements).items()}
            elif isinstance(value, Cell) and not elements:
                found[name] = _as_column(value.entries)
            else:
                found[name] = Refused("a struct in each entry, whose fields are no single values")
        else:
            found[name] = value
    return found


def has_structs(value: Value) -> bool:
    """Say whether a value is a struct, or a struct array or cell of them."""
    return bool(elements_of(value))


def row_columns(elements: Sequence[Mapping[str, Value]]) -> dict[str, Item]:
    """Make columns of which each element has one value."""
    names = list(dict.fromkeys(name for fields in elements for name in fields))
    return {
        name: _as_column([fields.get(name, Letters(())) for fields in elements]) for name in names
    }


def _as_column(values: Sequence[Value]) -> Item:
    """Make a column of single values: numbers, NaN for an empty one, or words."""
    if not values:
        return Source((0,), lambda: np.empty(0))
    empty = [_is_empty(value) for value in values]
    filled = [value for value, none in zip(values, empty, strict=True) if not none]
    if filled and all(isinstance(value, Letters) and len(value.rows) == 1 for value in filled):
        return Source((len(values),), lambda: _words(values))
    if filled and all(isinstance(value, Source) and prod(value.shape) == 1 for value in filled):
        return Source((len(values),), _numbers(values, empty))
    if not filled:
        return Refused("nothing in any row")
    return Refused("a list of values, or values of several kinds, in a row")


def _is_empty(value: Value) -> bool:
    if isinstance(value, Letters):
        return not value.rows
    return isinstance(value, Source) and prod(value.shape) == 0


def _words(values: Sequence[Value]) -> np.ndarray:
    texts = [value.rows[0] if isinstance(value, Letters) and value.rows else "" for value in values]
    return np.array(texts, dtype=object)


def _numbers(values: Sequence[Value], empty: Sequence[bool]) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        parts = [
            np.full(1, np.nan) if none or not isinstance(value, Source) else value.read().ravel()
            for value, none in zip(values, empty, strict=True)
        ]
        return np.concatenate(parts)

    return read


def single_values(items: Mapping[str, Item]) -> Constants:
    """Return words and single numbers, which hold for every table beside them."""
    found: Constants = {}
    for name, item in items.items():
        if isinstance(item, Letters) and len(item.rows) == 1:
            found[name] = item.rows[0].strip()
        elif isinstance(item, Source) and prod(item.shape) == 1:
            value = one_value(item.read())
            if not isinstance(value, Refused):
                found[name] = value
        elif isinstance(item, (str, float)):
            found[name] = item
    return found
