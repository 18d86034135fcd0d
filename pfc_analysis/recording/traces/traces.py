"""Read signals around a cue from a CSV with one row per trial and one column per sample."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.recording.mapping.column_entries import CarriedColumn
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.traces.trace_columns import (
    SESSION_LABEL,
    CodedColumn,
    TraceColumns,
    map_fault,
)
from pfc_analysis.recording.traces.trace_tables import TraceTable, read_trace_table
from pfc_analysis.recording.validation import validate

__all__ = ["CarriedColumn", "CodedColumn", "TraceColumns", "read_traces"]

Missing = Literal["error", "drop"]
_Variables = dict[str, tuple[Any, Any, dict[str, Any]]]
_ON_TRIAL = ("trial",)


def read_traces(
    path: str | Path,
    columns: TraceColumns,
    *,
    rate: float,
    cue_sample: float,
    samples: str | re.Pattern[str] = "photometry.",
    units: str = "1",
    missing: Missing = "error",
) -> xr.Dataset:
    """Read traces of a signal around a cue, from a CSV file.

    Parameters
    ----------
    path : str or Path
        A CSV file with a header, one row a trial.
    columns : TraceColumns
        What the columns beside the samples mean.
    rate : float
        Samples a second.
    cue_sample : float
        Sample at which the cue began, counted as the columns are: with the columns
        photometry.1, photometry.2, ... and the cue at photometry.16, it is 16. It may lie between
        two samples (16.125).
    samples : str or re.Pattern
        What the names of the columns of samples begin with, before the number of the sample; or a
        pattern that matches the whole name and has that number as its first group.
    units : str
        Unit of the samples.
    missing : {"error", "drop"}
        What to do with a trial that lacks a sample (an empty cell, NA or NaN): name it in an
        error, or leave the trial out, which the attribute `left_out` then says.

    Returns
    -------
    xarray.Dataset
        A recording on dimensions `trial` and `time`:

        - `photometry` (trial, time), in `units`;
        - `time`, coordinate: of the sample, in s from the onset of the cue;
        - `cue`, `choice`: index into their labels, -1 for none; of these what the map names;
        - `reward`;
        - `session`: counted from 0 within a subject, in the order of the numbers that the file
          has (which may be negative), or of appearance if it has text. These are kept in
          `session_label`, where the map names a column;
        - `trial_in_session`: from the column that the map names, less `first_trial`; else
          counted in the order of the file;
        - the columns that are carried over.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is no CSV file, lacks a column or a sample, or holds a value that is no number or
        that the map does not know; the message names file, column, line and value.
    """
    _check_settings(rate, cue_sample, missing)
    table = read_trace_table(path)
    table.require(columns.wanted)
    pattern = (
        samples if isinstance(samples, re.Pattern) else re.compile(f"{re.escape(samples)}(\\d+)")
    )
    number, signal, absent = table.samples(pattern)
    kept, left_out = _leave_out(table, absent, missing)
    variables = {
        **_identity(kept, columns),
        **_content(kept, columns),
        "photometry": (("trial", "time"), signal[~absent], {"units": units}),
    }
    time = np.round((number - cue_sample) / rate, 9)
    recording = xr.Dataset(variables, coords={"time": time})
    recording = recording.set_coords(["subject", "session", "trial_in_session"])
    recording.attrs = {"kind": "animal", "source": table.path.name, **left_out}
    return validate(with_attributes(recording), source=str(table.path))


def _check_settings(rate: float, cue_sample: float, missing: str) -> None:
    if not 0 < rate < np.inf:
        raise RecordingError(f"rate: found {rate}, expected samples a second, more than 0.")
    if not np.isfinite(cue_sample):
        raise RecordingError(f"cue_sample: found {cue_sample}, expected the number of a sample.")
    if missing not in get_args(Missing):
        raise RecordingError(f"missing: found {missing!r}, expected one of {get_args(Missing)}.")


def _leave_out(
    table: TraceTable, absent: np.ndarray, missing: Missing
) -> tuple[TraceTable, dict[str, Any]]:
    """Return the rows with all samples, and an attribute that lists the others."""
    if not absent.any():
        return table, {}
    lines = table.cells.index[absent].tolist()
    listed = ", ".join(map(str, lines[:5])) + (", ..." if len(lines) > 5 else "")
    found = f"{len(lines)} trial(s) of {absent.size} that lack a sample, on line(s) {listed}"
    if missing == "error":
        raise RecordingError(
            f"{table.path}: found {found}, expected none. Pass missing='drop' to leave such trials "
            "out, which the attribute 'left_out' then says."
        )
    if absent.all():
        raise RecordingError(f"{table.path}: found {found}, expected at least 1 that is whole.")
    return TraceTable(table.path, table.cells[~absent]), {"left_out": found}


def _identity(table: TraceTable, columns: TraceColumns) -> _Variables:
    """Subject, session and trial."""
    subject = table.text(columns.subject)
    table.check(columns.subject, subject, subject != "", "the name of an animal")
    size = len(subject)
    if columns.session is None:
        session, kept = np.zeros(size, dtype=np.int32), {}
    else:
        found = table.as_found(columns.session)
        if found.dtype.kind == "f":
            table.numbers(columns.session)
        session = _number_sessions(subject, found)
        kept = {SESSION_LABEL: (_ON_TRIAL, found, {"long_name": "session as the file has it"})}
    if columns.trial is None:
        trial = _count(subject, session)
    else:
        trial = table.numbers(columns.trial) - columns.first_trial
        holds = (trial == np.round(trial)) & (trial >= 0)
        expected = f"a whole number of at least {columns.first_trial}"
        table.check(columns.trial, table.text(columns.trial), holds, expected)
    return {
        "subject": (_ON_TRIAL, subject.astype(str), {}),
        "session": (_ON_TRIAL, session, {}),
        "trial_in_session": (_ON_TRIAL, trial.astype(np.int32), {}),
        **kept,
    }


def _number_sessions(subject: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Count each subject's sessions from 0: by number, or text in order of appearance."""
    session = np.zeros(len(found), dtype=np.int32)
    for name in set(subject):
        own = subject == name
        labels, first, code = np.unique(found[own], return_index=True, return_inverse=True)
        order = (
            np.arange(len(labels)) if found.dtype.kind in "if" else np.argsort(np.argsort(first))
        )
        session[own] = order[code]
    return session


def _count(subject: np.ndarray, session: np.ndarray) -> np.ndarray:
    """Count the trials of every session from 0, in the order of the file."""
    counted: dict[tuple[str, int], int] = {}
    trial = np.empty(len(subject), dtype=np.int32)
    for row, key in enumerate(zip(subject.tolist(), session.tolist(), strict=True)):
        trial[row] = counted.get(key, 0)
        counted[key] = int(trial[row]) + 1
    return trial


def _content(table: TraceTable, columns: TraceColumns) -> _Variables:
    """Cue, choice, reward, and what is carried over."""
    variables: _Variables = {}
    for name, coded in columns.coded.items():
        codes = table.codes(coded.column, coded.entries, coded.labels)
        variables[name] = (_ON_TRIAL, codes, {"labels": coded.labels})
    if isinstance(columns.reward, str):
        reward = table.numbers(columns.reward)
    else:
        assert columns.cue is not None
        # The last entry is for trials without a cue, whose code is -1.
        brings = [*(columns.reward[label] for label in columns.cue.labels), 0.0]
        reward = np.array(brings, dtype=np.float64)[variables["cue"][1]]
    variables["reward"] = (_ON_TRIAL, reward, {})
    for name, carried in columns.others.items():
        about = {"long_name": carried.long_name}
        if not carried.long_name:
            raise map_fault(name, "no long_name", "a sentence that says what it is")
        if carried.units:
            about["units"] = carried.units
        variables[name] = (_ON_TRIAL, table.as_found(carried.column), about)
    return variables
