"""Put trials in order: whose they are, which session, and where in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.mapping.codings import EMPTY, plain, read_flags, read_numbers
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable

STEM, FOLDER = "{stem}", "{folder}"
"""In the argument `subject`: the name of the file without its ending; that of its folder."""


@dataclass(frozen=True)
class TrialOrder:
    """Rows of all tables in the order of the recording.

    Attributes
    ----------
    rows : integer array
        Row of the tables put one after another, for every trial.
    subject : text array
        Name of the subject, on trial.
    session, trial_in_session : integer arrays
        Counted from 0, on trial.
    label : ndarray, optional
        The session as the file has it, on trial; numbers or text.
    assumed : tuple of str
        What was taken for granted.
    """

    rows: np.ndarray
    subject: np.ndarray
    session: np.ndarray
    trial_in_session: np.ndarray
    label: np.ndarray | None
    assumed: tuple[str, ...]


def put_in_order(
    tables: Sequence[RawTable], columns: ColumnMap, subject: str | None = None
) -> TrialOrder:
    """Put the trials of all tables in order.

    Parameters
    ----------
    tables : sequence of RawTable
        In the order in which their sessions took place.
    columns : ColumnMap
        Its fields subject, session, new_session and trial.
    subject : str, optional
        Name of the subject, where no column has it; "{stem}" in it stands for the name of the
        file without its ending, "{folder}" for that of its folder.

    Returns
    -------
    TrialOrder
        Subjects in order of appearance, each with all its sessions.

    Raises
    ------
    RecordingError
        If the subject is not known, a name or label is missing, a session comes again after
        another, numbered sessions go backwards, or trials go backwards or repeat; the message
        names file, line and value.
    """
    rows = _Rows(tables, columns, _subjects(tables, columns, subject))
    starts = rows.starts()
    session = np.cumsum(starts) - 1
    first_of_subject = rows.subject_starts()
    session -= session[np.flatnonzero(first_of_subject)][np.cumsum(first_of_subject) - 1]
    _check_labels(rows, starts)
    trial, said = _trials(rows, starts)
    assumed = [*rows.assumed, *_sentences(tables, columns), *said]
    names = np.array(rows.names, dtype=str)[rows.subject]
    return TrialOrder(
        rows.order, names, session.astype(np.int32), trial, rows.label, tuple(assumed)
    )


def _subjects(
    tables: Sequence[RawTable], columns: ColumnMap, subject: str | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per table, the index of each row's subject among its names, and the names."""
    column = columns.subject
    if subject is not None and column and any(column in table.columns for table in tables):
        raise RecordingError(
            f"subject: found {subject!r} beside the column {column!r} that the column map "
            "names, expected one of the two. Leave one out."
        )
    return [_subjects_of(table, None if subject else column, subject) for table in tables]


def _subjects_of(
    table: RawTable, column: str | None, subject: str | None
) -> tuple[np.ndarray, np.ndarray]:
    if column is None:
        name = subject_name(table, subject)
        if not name:
            raise RecordingError(
                f"{table.where}: found no name of the subject, expected one. Name the column that "
                "has it as subject in the column map, or pass the animal's name as `subject` "
                f"({STEM!r} for the name of the file, {FOLDER!r} for that of its folder)."
            )
        return np.zeros(table.size, dtype=np.int64), np.array([name], dtype=object)
    values = table.column(column)
    table.check(column, ~_is_missing(values), "the name of the subject in every row")
    codes, names = pd.factorize(values if values.dtype.kind != "U" else values.astype(object))
    return codes, np.array([str(plain(name)) for name in names], dtype=object)


def subject_name(table: RawTable, subject: str | None = None) -> str:
    """Name of the subject of a whole table, as it is given or as the file says; or nothing."""
    if subject is None:
        return str(table.constants.get("subject", ""))
    folder = table.path.absolute().parent.name
    return subject.replace(STEM, table.path.stem).replace(FOLDER, folder)


def _is_missing(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind != "U":
        return np.zeros(values.shape, dtype=np.bool_)
    codes, cells = pd.factorize(values.astype(object))
    return np.array([cell.lower() in EMPTY for cell in cells], dtype=np.bool_)[codes]


class _Rows:
    """Rows of all tables, subject by subject, and where each came from.

    Parameters
    ----------
    tables, columns
        As of `put_in_order`.
    subjects : list of tuple of ndarray
        As `_subjects` returns them.
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
        self.order = np.argsort(subject, kind="stable")
        self.subject = subject[self.order]
        self.table = np.repeat(np.arange(len(tables)), sizes)[self.order]
        self.assumed = []
        within = np.diff(subject) < 0
        if (within & (np.diff(np.repeat(np.arange(len(tables)), sizes)) == 0)).any():
            self.assumed.append(
                "rows of different subjects are interleaved: each subject's are put together, in "
                "the order of the file"
            )
        self.label = self._labels()

    def read(self, function: Any) -> np.ndarray:
        """Read something of every table, in the order of the rows."""
        values = np.concatenate([function(table) for table in self.tables])
        return values[self.order]

    def _labels(self) -> np.ndarray | None:
        column = self.columns.session
        if column is None:
            return None
        parts = []
        for table in self.tables:
            values = table.column(column)
            table.check(column, ~_is_missing(values), "the name or number of the session")
            parts.append(values)
        kinds = {part.dtype.kind == "U" for part in parts}
        if len(kinds) > 1:
            text = next(
                t for t, part in zip(self.tables, parts, strict=True) if part.dtype.kind == "U"
            )
            raise text.fault(column, "text here and numbers in another file", "one or the other")
        whole = np.concatenate(parts)[self.order]
        if (
            whole.dtype.kind == "f"
            and np.all(whole == np.floor(whole))
            and abs(whole).max() < 2**53
        ):
            return whole.astype(np.int64)
        return whole.astype(np.int8) if whole.dtype.kind == "b" else whole

    def subject_starts(self) -> np.ndarray:
        return np.append(True, self.subject[1:] != self.subject[:-1])

    def starts(self) -> np.ndarray:
        """Rows on which a session starts."""
        starts = self.subject_starts()
        starts[1:] |= self.table[1:] != self.table[:-1]
        if self.label is not None:
            starts[1:] |= self.label[1:] != self.label[:-1]
        if self.columns.new_session:
            name = self.columns.new_session
            starts |= self.read(lambda table: read_flags(table, name)) == 1
        return starts

    def place(self, at: int) -> tuple[RawTable, int, str]:
        """Table of a row, its place in it, and how to say that."""
        table = self.tables[self.table[at]]
        row = int(self.order[at] - self._offsets[self.table[at]])
        return table, row, table.row(row)


def _check_labels(rows: _Rows, starts: np.ndarray) -> None:
    """Every session once, and numbered ones in their order."""
    column = rows.columns.session
    if rows.label is None or column is None:
        return
    at = np.flatnonzero(starts)
    seen: dict[tuple[int, Any], int] = {}
    before: tuple[int, Any] | None = None
    for index, subject, label in zip(
        at.tolist(), rows.subject[at].tolist(), rows.label[at].tolist(), strict=True
    ):
        table, _, line = rows.place(index)
        name = rows.names[subject]
        if (subject, label) in seen:
            earlier_table, _, earlier = rows.place(seen[subject, label])
            where = earlier if earlier_table is table else f"{earlier_table.where}, {earlier}"
            raise table.fault(
                column,
                f"session {label!r} of subject {name} again at {line} (first at {where})",
                "the trials of a session in one run. Sort the rows, or give each session its own "
                "label",
            )
        if before and before[0] == subject and not isinstance(label, str) and label < before[1]:
            raise table.fault(
                column,
                f"session {label!r} of subject {name} after session {before[1]!r} at {line}",
                "numbered sessions to go forwards. Sort the rows (or pass the files in order)",
            )
        seen[subject, label] = index
        before = subject, label


def _trials(rows: _Rows, starts: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Trial within its session, from 0; numbers left out by the file stay gaps."""
    first = np.flatnonzero(starts)
    own = np.cumsum(starts) - 1
    if rows.columns.trial is None:
        return (np.arange(len(own)) - first[own]).astype(np.int32), []
    name = rows.columns.trial
    number = rows.read(lambda table: _numbers_of_trials(table, name))
    _check_forwards(rows, number, starts)
    base, sentence = _base(rows, number, first)
    trial = number - base[own]
    if trial.max() >= 2**31:
        at = int(trial.argmax())
        table, _, line = rows.place(at)
        raise table.fault(name, f"{int(number[at])} at {line}", "numbers of trials of a session")
    gaps = int((np.diff(trial)[~starts[1:]] > 1).sum())
    said = [f"trial: {sentence}"]
    if gaps:
        said.append(f"trial: {gaps} gap(s) in the numbers of trials, kept in trial_in_session")
    return trial.astype(np.int32), said


def _numbers_of_trials(table: RawTable, name: str) -> np.ndarray:
    numbers = read_numbers(table, name)
    whole = np.isfinite(numbers) & (numbers == np.floor(numbers)) & (abs(numbers) < 2**53)
    table.check(name, whole, "the whole number of the trial in every row")
    return numbers.astype(np.int64)


def _check_forwards(rows: _Rows, number: np.ndarray, starts: np.ndarray) -> None:
    wrong = np.flatnonzero(~starts[1:] & (np.diff(number) <= 0)) + 1
    if not wrong.size:
        return
    at = int(wrong[0])
    table, _, line = rows.place(at)
    what = "again" if number[at] == number[at - 1] else f"after {number[at - 1]}"
    name = rows.columns.trial or ""
    cure = (
        "Is a row there twice, or are rows out of order?"
        if rows.columns.session or rows.columns.new_session
        else "Does a session start there? Then name the column of sessions in the column map "
        "(session, or new_session for flags)"
    )
    raise table.fault(
        name,
        f"trial {number[at]} {what} at {line} (subject {rows.names[rows.subject[at]]}; "
        f"{wrong.size} such row(s))",
        f"numbers that go forwards in a session. {cure.rstrip('.')}",
    )


def _base(rows: _Rows, number: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, str]:
    """Find where each session is counted from: one number for all, or its own."""
    last = np.append(first[1:], len(number)) - 1
    same = rows.subject[first[1:]] == rows.subject[first[:-1]]
    if same.any() and np.all(number[first[1:]][same] > number[last[:-1]][same]):
        return number[first], "numbers run on from session to session; each counts from 0 here"
    lowest = int(number.min())
    return np.full(len(first), lowest), f"numbers count from {lowest}; trial_in_session from 0"


def _sentences(tables: Sequence[RawTable], columns: ColumnMap) -> list[str]:
    if columns.session:
        return [
            f"session: column {columns.session!r}; counted from 0 within a subject, and kept as "
            "the file has it in session_label"
        ]
    if columns.new_session:
        return [f"session: one starts where {columns.new_session!r} says so, and with each subject"]
    if len(tables) > 1 or "session_start" in tables[0].about:
        started = all("session_start" in table.about for table in tables)
        order = "in the order in which they started" if started else "in the order given"
        return [f"session: one for each file or table and subject, {order}"]
    return ["session: one a subject, since no column of sessions is named"]
