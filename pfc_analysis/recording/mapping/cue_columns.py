"""Read which earlier trial a cue belongs to, from the numbers of trials in a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.session_order import TrialOrder
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.raw_table import RawTable

NO_CUE = 0
"""Age of the cued trial where no cue was shown."""


def read_cue_ages(table: RawTable, columns: ColumnMap) -> np.ndarray:
    """Count the trials from each cued trial to the trial with its cue; `NO_CUE` without one.

    Parameters
    ----------
    table : RawTable
        The trials.
    columns : ColumnMap
        Its fields `cued_trial` and `trial`, in whose numbers cued trials are named.

    Returns
    -------
    integer array (trial,)
        At least 1 with a cue.

    Raises
    ------
    RecordingError
        If a number is not whole or not below that of its own trial; the message names file, column,
        line and value.
    """
    name, trial = columns.cued_trial, columns.trial
    assert name is not None
    assert trial is not None
    cued, own = table.numbers(name), table.numbers(trial)
    none = np.isnan(cued) | (cued == MISSING)
    whole = none | (cued == np.floor(cued))
    table.check(name, whole, f"a whole number, by which column {trial!r} names the cued trial")
    table.check(
        name,
        none | (cued < own) | np.isnan(own),
        f"the number in column {trial!r} of an earlier trial of the session (empty or -1 where no "
        "cue was shown)",
    )
    return np.where(none, NO_CUE, own - np.where(none, 0, cued)).astype(np.int64)


def place_cued_trials(
    tables: Sequence[RawTable], columns: ColumnMap, order: TrialOrder, age: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Find the `trial_in_session` of each cued trial.

    Parameters
    ----------
    tables : sequence of RawTable
        All tables.
    columns : ColumnMap
        Its fields `cued_trial` and `trial`.
    order : TrialOrder
        Session and `trial_in_session` of every trial.
    age : integer array (trial,)
        Of `read_cue_ages`, in the order of the recording.

    Returns
    -------
    integer array (trial,)
        -1 without a cue.
    list of str
        Sentences for `assumed`.

    Raises
    ------
    RecordingError
        If a cued trial lies before the start of its session.
    """
    cued = np.where(age == NO_CUE, MISSING, order.trial_in_session - age)
    outside = np.flatnonzero((age != NO_CUE) & (cued < 0))
    if outside.size:
        raise _say_outside(tables, columns, order, int(outside[0]), outside.size)
    told = np.flatnonzero(cued >= 0)
    subject, session = order.subject.tolist(), order.session.tolist()
    recorded = set(zip(subject, session, order.trial_in_session.tolist(), strict=True))
    lacking = sum((subject[at], session[at], int(cued[at])) not in recorded for at in told)
    said = [
        f"cued_trial: column {columns.cued_trial!r} names earlier trials of the session by the "
        f"numbers of column {columns.trial!r}; {told.size:,} of {cued.size:,} trials have a cue"
    ]
    if lacking:
        said.append(f"cued_trial: {lacking} of the cued trials are not in the file")
    return cued.astype(np.int32), said


def _say_outside(
    tables: Sequence[RawTable], columns: ColumnMap, order: TrialOrder, at: int, n: int
) -> Exception:
    """Return the error about a cued trial before the start of its session."""
    offsets = np.cumsum([0, *(table.size for table in tables)])
    row = int(order.rows[at])
    number = int(np.searchsorted(offsets, row, side="right")) - 1
    table, line = tables[number], row - int(offsets[number])
    name = columns.cued_trial or ""
    found = f"{table.column(name)[line]} at {table.row(line)} ({n} such row(s))"
    return table.fault(
        name,
        found,
        "the number of an earlier trial of the same session. That trial is before the start of "
        f"session {int(order.session[at])} of subject {order.names[order.subject[at]]}: are "
        "sessions told apart as they should be (session or new_session in the column map)?",
    )
