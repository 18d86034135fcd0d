"""Find the tables of trials in what a MATLAB file holds.

Laboratories lay trials out in few ways, and each is known by its shape:

- vectors of equal length, as variables or as fields of a struct: one table;
- a struct array or a cell of structs whose fields are vectors: a table for each element, which is
  a session or an animal;
- a struct array or a cell of structs whose fields are single values: one table, a row for each
  element, which is a trial.

Structs inside a struct are looked into. Single values and words beside a table hold for all of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np

from pfc_analysis.recording.readers.matlab_values import Cell, Struct, Value
from pfc_analysis.recording.readers.plain_values import Refused, one_value
from pfc_analysis.recording.readers.raw_table import RawTable
from pfc_analysis.recording.readers.table_building import (
    Candidate,
    Item,
    Letters,
    Source,
    build_table,
    common_length,
    pick_tables,
)

LOOSE = "."
"""Name of the table that variables make which lie in no struct."""

_DEEPEST = 6
_OUTCOME = re.compile("choice|chosen|response|reward|outcome|correct", re.IGNORECASE)
Constants = dict[str, str | float]


def matlab_tables(path: Path, variables: Mapping[str, Value], table: str | None) -> list[RawTable]:
    """Make tables of the variables of a file.

    Parameters
    ----------
    path : Path
        The file.
    variables : mapping of str to Value
        What lies in it.
    table : str, optional
        The variable or struct that holds the trials, such as "ratdatas", "data.trials" or
        "ratdatas{3}" (one of several); "." for variables that lie in no struct.

    Returns
    -------
    list of RawTable
        One for each session, animal or struct, with rows; those without are named in the notes.

    Raises
    ------
    RecordingError
        If there is none, or there are several that differ and `table` does not say which.
    """
    finder = _Finder(path)
    own = _items({name: v for name, v in variables.items() if not _has_structs(v)}, "")
    constants = _constants(own)
    nested = [
        candidate
        for name, value in variables.items()
        if _has_structs(value)
        for candidate in finder.look_into(name, value, constants, 1)
    ]
    enough = 1 if not nested else 2
    loose = finder.table(LOOSE, own, {}) if common_length(own.values())[1] >= enough else []
    refused = [f"{name} ({v.reason})" for name, v in variables.items() if isinstance(v, Refused)]
    names = ", ".join(refused or map(str, list(variables)[:12])) or "nothing"
    return pick_tables(path, loose + nested, table, f"the variables {names}")


@dataclass(frozen=True)
class _Finder:
    path: Path

    def look_into(
        self, place: str, value: Value, constants: Constants, depth: int
    ) -> list[Candidate]:
        """Tables that a struct or a cell holds."""
        if depth > _DEEPEST:
            return []
        if isinstance(value, Struct) and len(value.elements) == 1:
            return self._in_struct(place, value.elements[0], constants, depth)
        elements = _elements(value)
        if not elements:
            return []
        if _are_rows(elements):
            return self.table(place, _rows(elements), constants)
        marks = "({})" if isinstance(value, Struct) else "{{{}}}"
        places = [place + marks.format(number) for number in range(1, len(elements) + 1)]
        return self._family(place, places, elements, constants, depth)

    def table(self, place: str, items: Mapping[str, Item], constants: Constants) -> list[Candidate]:
        shown = "" if place == LOOSE else place
        built = build_table(self.path, shown, items, constants=constants)
        return [Candidate(place, (built,))] if built.size else []

    def _in_struct(
        self, place: str, fields: Mapping[str, Value], constants: Constants, depth: int
    ) -> list[Candidate]:
        """Look into a struct whose fields are columns, or that holds structs which have them."""
        items = _items(fields, "")
        own = {name: items[name] for name, value in fields.items() if not _has_structs(value)}
        if common_length(own.values())[1] < 2:
            known = constants | _constants(own)
            nested = [
                candidate
                for name, value in fields.items()
                if _has_structs(value)
                for candidate in self.look_into(f"{place}.{name}", value, known, depth + 1)
            ]
            if nested:
                return nested
        return self.table(place, items, constants)

    def _family(
        self,
        name: str,
        places: Sequence[str],
        elements: Sequence[Mapping[str, Value]],
        constants: Constants,
        depth: int,
    ) -> list[Candidate]:
        """One table for each element; a session of one trial is known by the others' columns."""
        items = [_items(fields, "") for fields in elements]
        built = [
            build_table(self.path, place, one, constants=constants)
            for place, one in zip(places, items, strict=True)
        ]
        columns = {column for one in built for column in one.columns}
        whole: list[RawTable] = []
        empty = []
        for place, one, table in zip(places, items, built, strict=True):
            again = (
                table
                if table.size
                else build_table(self.path, place, one, constants=constants, single=columns)
            )
            if again.size:
                whole.append(again)
            else:
                empty.append(place)
        if not whole:
            return [
                candidate
                for place, fields in zip(places, elements, strict=True)
                for candidate in self._in_struct(place, fields, constants, depth + 1)
            ]
        return [Candidate(name, tuple(_with_note(whole, empty)))]


def _with_note(tables: list[RawTable], empty: Sequence[str]) -> Iterator[RawTable]:
    for table in tables:
        note = f"without rows, and left out: {', '.join(empty)}"
        yield replace(table, notes=(*table.notes, note)) if empty else table


def _elements(value: Value) -> list[dict[str, Value]]:
    """Fields of each element of a struct array, or of each entry of a cell of structs."""
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


def _are_rows(elements: Sequence[Mapping[str, Value]]) -> bool:
    """Whether elements are trials, not sessions.

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
    if agreeing > 1 or any(map(_is_outcome, columns)):
        return any(map(_is_outcome, single)) and not any(map(_is_outcome, columns))
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


def _is_outcome(name: str) -> bool:
    return _OUTCOME.search(name) is not None


def _items(fields: Mapping[str, Value], prefix: str) -> dict[str, Item]:
    """Return what a table is built of; a struct inside gives its fields as "outer.inner"."""
    found: dict[str, Item] = {}
    for key, value in fields.items():
        name = prefix + key
        if isinstance(value, Struct) and len(value.elements) == 1 and name.count(".") < _DEEPEST:
            found |= _items(value.elements[0], f"{name}.")
        elif isinstance(value, (Struct, Cell)):
            elements = _elements(value)
            if elements and _are_rows(elements):
                found |= {f"{name}.{key}": item for key, item in _rows(elements).items()}
            elif isinstance(value, Cell) and not elements:
                found[name] = _as_column(value.entries)
            else:
                found[name] = Refused("a struct in each entry, whose fields are no single values")
        else:
            found[name] = value
    return found


def _has_structs(value: Value) -> bool:
    return bool(_elements(value))


def _rows(elements: Sequence[Mapping[str, Value]]) -> dict[str, Item]:
    """Columns of which each element has one value."""
    names = list(dict.fromkeys(name for fields in elements for name in fields))
    return {
        name: _as_column([fields.get(name, Letters(())) for fields in elements]) for name in names
    }


def _as_column(values: Sequence[Value]) -> Item:
    """Vector of single values: numbers, where an empty one is NaN, or words."""
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


def _constants(items: Mapping[str, Item]) -> Constants:
    """Words and single numbers, which hold for every table beside them."""
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
