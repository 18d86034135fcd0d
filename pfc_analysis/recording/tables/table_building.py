"""Build a table from arrays of a file; arrays that are not its columns are not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from pfc_analysis.recording.tables.plain_columns import Refused, as_plain, one_value
from pfc_analysis.recording.tables.raw_table import RawTable

_OUTCOME = re.compile("choice|chosen|response|reward|outcome|correct", re.IGNORECASE)

_WIDEST = 4
"""Arrays with up to so many values per trial are split into a column for each."""


@dataclass(frozen=True)
class Source:
    """An array of the file: its shape is known, its values are read when they are needed."""

    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]

    @property
    def length(self) -> int | None:
        """Number of values of a row or column vector; None where it is no vector."""
        length = max(self.shape, default=0)
        return length if length > 1 and prod(self.shape) == length else None


@dataclass(frozen=True)
class Letters:
    """An array of characters, as MATLAB has text: `rows` is one text for each row."""

    rows: tuple[str, ...]

    @property
    def length(self) -> int | None:
        """Number of rows where there are several; else None."""
        return len(self.rows) if len(self.rows) > 1 else None


Item = Source | Letters | Refused | str | float
"""What a name in a file can be: an array, text, something unusable, or a single value."""


def is_outcome(name: str) -> bool:
    """Say whether a name is that of what was chosen or earned."""
    return _OUTCOME.search(name) is not None


def array_table(path: Path, items: Mapping[str, Item], name: str) -> RawTable | None:
    """Make the table that an array belongs to: all arrays with a value for each of its rows.

    Parameters
    ----------
    path : Path
        The file.
    items : mapping of str to Item
        What is there, by name.
    name : str
        A vector, or a matrix with a row for each trial, whose columns are then `name_0`,
        `name_1`, ...

    Returns
    -------
    RawTable or None
        None where there is no such array.
    """
    item = items.get(name)
    if isinstance(item, Letters):
        size = item.length
    elif isinstance(item, Source) and len(item.shape) <= 2 and item.shape:
        # Of a matrix, rows are trials if there are more of them than columns.
        size = max(item.shape) if len(item.shape) < 2 or item.shape[0] != item.shape[1] else None
    else:
        return None
    return build_table(path, name, items, size=size, wide=(name,)) if size and size > 1 else None


def common_length(items: Iterable[Item]) -> tuple[int, int]:
    """Return the length that most vectors share (the longest of several), and their number."""
    lengths = [item.length for item in items if isinstance(item, (Source, Letters))]
    counts = Counter(length for length in lengths if length is not None)
    return max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))


@dataclass
class _Building:
    """A table under construction, whose number of rows is known."""

    size: int
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str | float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    wide: Collection[str] = ()

    def add(self, name: str, item: Item, is_column: bool) -> None:
        if isinstance(item, Refused):
            self.unusable[name] = item.reason
        elif isinstance(item, Letters):
            self._add_letters(name, item)
        elif isinstance(item, Source):
            self._add_source(name, item, is_column)
        else:
            self.constants[name] = item

    def _add_source(self, name: str, item: Source, is_column: bool) -> None:
        count = prod(item.shape)
        if count == self.size and (item.length == self.size or is_column):
            self._add_column(name, as_plain(item.read().reshape(-1)))
        elif count == 1:
            value = one_value(item.read())
            if isinstance(value, Refused):
                self.unusable[name] = value.reason
            else:
                self.constants[name] = value
        elif self._has_columns(name, item.shape):
            self._split(name, item)
        else:
            self.unusable[name] = self._misfit(item.shape, count)

    def _add_column(self, name: str, values: np.ndarray | Refused) -> None:
        if isinstance(values, Refused):
            self.unusable[name] = values.reason
        else:
            self.columns[name] = values

    def _has_columns(self, name: str, shape: tuple[int, ...]) -> bool:
        """Say whether an array is split into columns: it has few, or is itself the table."""
        return (
            len(shape) == 2
            and sorted(shape)[1] == self.size
            and (2 <= min(shape) <= _WIDEST or name in self.wide)
            and shape[0] != shape[1]
        )

    def _split(self, name: str, item: Source) -> None:
        values = item.read()
        parts = values if item.shape[1] == self.size else values.T
        for number, part in enumerate(parts):
            self._add_column(f"{name}_{number}", as_plain(part))
        self.notes.append(
            f"{name} has {len(parts)} values per trial, read as the columns {name}_0, {name}_1, ..."
        )

    def _misfit(self, shape: tuple[int, ...], count: int) -> str:
        if count == 0:
            return "nothing (an empty array)"
        if len(shape) > 1 and count != max(shape):
            return f"an array of shape {shape}"
        return f"{count} values, where the table has {self.size} rows"

    def _add_letters(self, name: str, item: Letters) -> None:
        if len(item.rows) == self.size > 1:
            self._add_column(name, as_plain(np.array(item.rows, dtype=object)))
        elif len(item.rows) == 1 and len(item.rows[0]) == self.size > 1:
            self.columns[name] = np.array(list(item.rows[0]))
            self.notes.append(
                f"{name} is one text as long as the table: read as one letter per trial"
            )
        elif len(item.rows) == 1:
            self.constants[name] = item.rows[0].strip()
        else:
            found = f"{len(item.rows)} texts" if item.rows else "an empty text"
            self.unusable[name] = f"{found}, where the table has {self.size} rows"


def build_table(
    path: Path,
    place: str,
    items: Mapping[str, Item],
    *,
    constants: Mapping[str, str | float] | None = None,
    single: Collection[str] = (),
    notes: Sequence[str] = (),
    size: int | None = None,
    wide: Collection[str] = (),
) -> RawTable:
    """Make a table of arrays that lie side by side in a file.

    Parameters
    ----------
    path, place
        The file, and where in it.
    items : mapping of str to Item
        What is there, by name. Vectors of the length that most of them share are columns;
        an array of two to four values a row becomes as many columns, `name_0`, `name_1`, ...;
        single values are constants.
    constants : mapping of str to str or float, optional
        What holds for the table and stands elsewhere in the file; a name that is also in `items`
        counts as there.
    single : collection of str
        Names that are columns even where they hold one value only: a session of one trial.
    notes : sequence of str
        How the reader read the file so far.
    size : int, optional
        Number of rows, where it is known.
    wide : collection of str
        Names of arrays that are split into columns, however many they have.

    Returns
    -------
    RawTable
        With no rows where no item is a column.
    """
    if size is None:
        size = _length_of_trials(items)
    if size == 0 and single:
        size = 1 if any(name in single and _is_one(item) for name, item in items.items()) else 0
    building = _Building(size, notes=list(notes), wide=wide)
    for name, item in items.items():
        building.add(name, item, is_column=name in single)
    outer = {
        name: value
        for name, value in (constants or {}).items()
        if name not in building.columns and name not in building.unusable
    }
    return RawTable(
        path,
        size if building.columns else 0,
        building.columns,
        place,
        unusable=building.unusable,
        constants=outer | building.constants,
        notes=tuple(building.notes),
    )


def _length_of_trials(items: Mapping[str, Item]) -> int:
    """Return the commonest length; but that of choices and outcomes, if it alone has such names.

    Beside an array of counts there may be more vectors with a value for each unit than with one
    for each trial.
    """
    size, _ = common_length(items.values())
    lengths = {
        item.length
        for name, item in items.items()
        if isinstance(item, (Source, Letters)) and item.length is not None and is_outcome(name)
    }
    return lengths.pop() if len(lengths) == 1 else size


def _is_one(item: Item) -> bool:
    return isinstance(item, Source) and prod(item.shape) == 1
