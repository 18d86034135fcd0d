"""Order trials: find the subject, the session and the trial in the session of every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.session_rows import SessionRows
from pfc_analysis.recording.mapping.subjects import find_subjects
from pfc_analysis.recording.tables.raw_table import RawTable


@dataclass(frozen=True)
class TrialOrder:
    """Rows of all tables in the order of the recording.

    Attributes
    ----------
    rows : integer array
        Row of the tables put one after another, for every trial.
    names : tuple of str
        Names of the subjects, in order of appearance.
    subject : integer array
        Index into `names`, on trial.
    in_place : bool
        Whether `rows` are the rows as they are.
    session, trial_in_session : integer arrays
        Counted from 0, on trial.
    label : ndarray, optional
        The session as the file has it, on trial; numbers or text.
    assumed : tuple of str
        How the rows were read, a sentence each.
    """

    rows: np.ndarray
    names: tuple[str, ...]
    subject: np.ndarray
    in_place: bool
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
    rows = SessionRows(tables, columns, find_subjects(tables, columns, subject))
    starts = rows.starts()
    session = np.cumsum(starts) - 1
    first_of_subject = rows.subject_starts()
    session -= session[np.flatnonzero(first_of_subject)][np.cumsum(first_of_subject) - 1]
    _check_labels(rows, starts)
    trial, said = _trials(rows, starts)
    assumed = [*rows.assumed, *_sentences(tables, columns), *said]
    return TrialOrder(
        rows.order,
        tuple(rows.names),
        rows.subject,
        rows.in_place,
        session.astype(np.int32),
        trial,
        rows.label,
        tuple(assumed),
    )


def _check_labels(rows: SessionRows, starts: np.ndarray) -> None:
    """Check that every session comes once, and numbered sessions in order."""
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
                "the trials of a session in one run. "
                + (
                    "Sort the rows, or give each session its own label"
                    if earlier_table is table
                    else "If each file is one session, leave `session` out of the column map; if "
                    "these are different subjects, name them so that they differ"
                ),
            )
        if before and before[0] == subject and not isinstance(label, str) and label < before[1]:
            raise table.fault(
                column,
                f"session {label!r} of subject {name} after session {before[1]!r} at {line}",
                "the numbers of sessions to increase. Sort the rows (or pass the files in order)",
            )
        seen[subject, label] = index
        before = subject, label


def _trials(rows: SessionRows, starts: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Count trials within sessions from 0; numbers that the file skips are skipped here too."""
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
        said.append(
            f"trial: the numbers of trials have {gaps} gap(s), which trial_in_session keeps"
        )
    return trial.astype(np.int32), said


def _numbers_of_trials(table: RawTable, name: str) -> np.ndarray:
    numbers = table.numbers(name)
    whole = np.isfinite(numbers) & (numbers == np.floor(numbers)) & (abs(numbers) < 2**53)
    table.check(name, whole, "the whole number of the trial in every row")
    return numbers.astype(np.int64)


def _check_forwards(rows: SessionRows, number: np.ndarray, starts: np.ndarray) -> None:
    wrong = np.flatnonzero(~starts[1:] & (np.diff(number) <= 0)) + 1
    if not wrong.size:
        return
    at = int(wrong[0])
    table, _, line = rows.place(at)
    what = "again" if number[at] == number[at - 1] else f"after {number[at - 1]}"
    name = rows.columns.trial or ""
    cure = (
        "Is a row there twice, or are rows out of order? If numbers restart in each block of a "
        "session, leave `trial` out: trials are then counted in the order of the rows"
        if rows.columns.session or rows.columns.new_session
        else "Does a session start there? Then name the column of sessions in the column map "
        "(session, or new_session for flags); if numbers restart in each block of a session, "
        "leave `trial` out: trials are then counted in the order of the rows"
    )
    raise table.fault(
        name,
        f"trial {number[at]} {what} at {line} (subject {rows.names[rows.subject[at]]}; "
        f"{wrong.size} such row(s))",
        f"numbers that increase within a session. {cure.rstrip('.')}",
    )


def _base(rows: SessionRows, number: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, str]:
    """Find the number from which trials are counted: one for all sessions, or one for each."""
    last = np.append(first[1:], len(number)) - 1
    same = rows.subject[first[1:]] == rows.subject[first[:-1]]
    if same.any() and np.all(number[first[1:]][same] > number[last[:-1]][same]):
        return number[
            first
        ], "numbers continue from session to session; trial_in_session starts at 0 in each"
    lowest = int(number.min())
    return np.full(len(first), lowest), f"numbers start at {lowest}; trial_in_session starts at 0"


def _sentences(tables: Sequence[RawTable], columns: ColumnMap) -> list[str]:
    if columns.session:
        return [
            f"session: column {columns.session!r}; counted from 0 within a subject, and kept as "
            "the file has it in session_label"
        ]
    if columns.new_session:
        column = columns.new_session
        return [f"session: one starts where column {column!r} says so, and with each subject"]
    if len(tables) > 1 or "session_start" in tables[0].about:
        started = all("session_start" in table.about for table in tables)
        order = "in the order in which they started" if started else "in the order given"
        return [f"session: each file or table is one session of a subject, {order}"]
    return ["session: each subject has one session, since no column of sessions is named"]
