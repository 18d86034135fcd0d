"""Sort the rows of all tables by subject, and find where sessions start."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.tables.raw_table import RawTable


class SessionRows:
    """Rows of all tables sorted by subject, with the table that each came from.

    Parameters
    ----------
    tables, columns
        As of `put_in_order`.
    subjects : list of tuple of ndarray
        As `find_subjects` returns them.
    """

    def __init__(
        self,
        tables: Sequence[RawTable],
        columns: ColumnMap,
        subjects: list[tuple[np.ndarray, np.ndarray]],
    ) -> None:
        self.tables, self.columns = tables, columns
        self.names = list(dict.fromkeys(str(name) for _, own in subjects for name in own))
        number = {name: at for at, name in enumerate(self.names)}
        subject = np.concatenate(
            [
                np.array([number[str(n)] for n in own], dtype=np.int64)[codes]
                for codes, own in subjects
            ]
        )
        sizes = [table.size for table in tables]
        self._offsets = np.cumsum([0, *sizes])
        before = np.diff(subject) < 0
        self.in_place = not before.any()
        self.order = np.arange(subject.size)
        table = np.repeat(np.arange(len(tables), dtype=np.int32), sizes)
        if not self.in_place:
            self.order = np.argsort(subject, kind="stable")
        self.subject, self.table = self._in_order(subject), self._in_order(table)
        self.assumed = []
        if (before & (np.diff(table) == 0)).any():
            self.assumed.append(
                "rows of different subjects are mixed in the file: the rows of each subject are "
                "put together, in the order of the file"
            )
        self.assumed += _describe_spelling(self.names)
        self.label = self._labels()

    def read(self, function: Any) -> np.ndarray:
        """Read something of every table, in the order of the rows."""
        parts = [function(table) for table in self.tables]
        return self._in_order(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def _in_order(self, values: np.ndarray) -> np.ndarray:
        return values if self.in_place else values[self.order]

    def _labels(self) -> np.ndarray | None:
        column = self.columns.session
        if column is None:
            return None
        for table in self.tables:
            table.check(column, ~table.missing(column), "the name or number of the session")
        text = [table for table in self.tables if table.kind(column) == "U"]
        if 0 < len(text) < len(self.tables):
            raise text[0].fault(column, "text here and numbers in another file", "one or the other")
        if not text and self._differ_in_spelling(column):
            self.assumed.append(
                f"session: labels of column {column!r} are kept as the file spells them, since "
                "some differ in their spelling alone"
            )
            return self.read(lambda table: table.words(column).decode())
        whole = self.read(lambda table: table.column(column))
        if (
            whole.dtype.kind == "f"
            and np.all(whole == np.floor(whole))
            and abs(whole).max() < 2**53
        ):
            return whole.astype(np.int64)
        return whole.astype(np.int8 if whole.dtype.kind == "b" else whole.dtype)

    def _differ_in_spelling(self, column: str) -> bool:
        """Say whether labels are one number and differ as text, such as 1.1 and 1.10."""
        values = {value for table in self.tables for value in table.coded(column).values.tolist()}
        words = {word for table in self.tables for word in table.words(column).values.tolist()}
        return len(words) > len(values)

    def subject_starts(self) -> np.ndarray:
        """Say of each row whether a subject starts on it."""
        return np.append(True, self.subject[1:] != self.subject[:-1])

    def starts(self) -> np.ndarray:
        """Say of each row whether a session starts on it."""
        starts = self.subject_starts()
        starts[1:] |= self.table[1:] != self.table[:-1]
        if self.label is not None:
            starts[1:] |= self.label[1:] != self.label[:-1]
        if self.columns.new_session:
            name = self.columns.new_session
            starts |= self.read(lambda table: table.flags(name)) == 1
        return starts

    def place(self, at: int) -> tuple[RawTable, int, str]:
        """Table of a row, its place in it, and how to say that."""
        table = self.tables[self.table[at]]
        row = int(self.order[at] - self._offsets[self.table[at]])
        return table, row, table.row(row)


def _describe_spelling(names: Sequence[str]) -> list[str]:
    """Say which names of subjects are kept apart although they are one number."""
    numbers: dict[float, list[str]] = {}
    for name in names:
        with suppress(ValueError):
            numbers.setdefault(float(name), []).append(name)
    return [
        f"subjects {', '.join(map(repr, alike))} are kept apart, as they are spelled"
        for alike in numbers.values()
        if len(alike) > 1
    ]
