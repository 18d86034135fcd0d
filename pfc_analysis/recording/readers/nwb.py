"""Read NWB files: the trials of any animal, by a map that says what the columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.readers.nwb_columns import (
    CarriedColumn,
    TrialColumns,
    as_columns,
)
from pfc_analysis.recording.readers.nwb_engines import Engine, read_trials_table
from pfc_analysis.recording.readers.nwb_files import find_nwb_files
from pfc_analysis.recording.readers.nwb_tables import ABOUT, TrialsTable
from pfc_analysis.recording.readers.nwb_variables import to_variables
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.validation import validate

__all__ = ["CarriedColumn", "TrialColumns", "find_nwb_files", "read_nwb", "read_nwb_sessions"]

UNKNOWN = "unknown"
"""What a recording says where the file says nothing of its session."""


def read_nwb(
    path: str | Path,
    columns: TrialColumns | Mapping[str, Any],
    *,
    subject: str | None = None,
    table: str = "trials",
    engine: Engine = "auto",
) -> xr.Dataset:
    """Read the trials of one session from an NWB file.

    Parameters
    ----------
    path : str or Path
        An NWB 2 file (HDF5).
    columns : TrialColumns or mapping
        What the columns mean: `TrialColumns`, or a mapping with its fields.
    subject : str, optional
        Name of the animal; else what the file says in general/subject/subject_id.
    table : str
        Name of the table among the file's intervals.
    engine : {"auto", "h5py", "pynwb"}
        What reads the file. Both give the same recording. "auto" is h5py for NWB 2 files, which
        needs no extra and is some ten times faster, and pynwb (the extra `nwb`) for files of
        later versions.

    Returns
    -------
    xarray.Dataset
        A recording on dimension `trial` (and `arm`, the labels of the choice): `choice` (index
        into the labels, -1 where there is none), `reward`, `invalid` (1 where there is no choice,
        or where the map's column says so), and what else the map names. Session 0, every trial in
        the order of the file. Attributes: `sessions`, `session_start`, `protocol` and
        `identifier`, one entry a session; `source`, `species` and `institution`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If pynwb is asked for, or needed, and not installed.
    RecordingError
        If the file is no NWB 2 file, is damaged, lacks table or columns, holds values that the
        map does not know, or no choice at all; the message names file, column, trial and value.
    """
    return read_nwb_sessions([path], columns, subject=subject, table=table, engine=engine)


def read_nwb_sessions(
    paths: str | Path | Iterable[str | Path],
    columns: TrialColumns | Mapping[str, Any],
    *,
    subject: str | None = None,
    table: str = "trials",
    engine: Engine = "auto",
    min_choices: int = 1,
    skip_short: bool = False,
) -> xr.Dataset:
    """Read the trials of several sessions, of one animal or several, from NWB files.

    Parameters
    ----------
    paths : str, Path or several of them
        Files, or folders with files that end in .nwb.
    columns, subject, table, engine
        As in `read_nwb`, for every file.
    min_choices : int
        Trials with a valid choice that a session must have.
    skip_short : bool
        Whether to leave out sessions with fewer; the attribute `left_out` then lists them. Else
        the first is an error.

    Returns
    -------
    xarray.Dataset
        A recording as of `read_nwb`: subjects by name, the sessions of each in the order in which
        they started, counted from 0, whatever the order of the paths.

    Raises
    ------
    FileNotFoundError
        If a file or folder does not exist.
    RecordingError
        As in `read_nwb`; also if a session is too short, or given twice.
    """
    map_of_columns = as_columns(columns)
    sessions = []
    for path in find_nwb_files(paths):
        found = read_trials_table(path, map_of_columns.wanted, table, engine)
        name = subject or found.subject
        if not name:
            raise RecordingError(
                f"{path}: found no subject_id in general/subject, expected the animal's name. Pass "
                "it as `subject`."
            )
        sessions.append(_Session(name, found, _to_dataset(found, map_of_columns)))
    kept = [session for session in sessions if session.n_choices >= min_choices]
    left_out = [session for session in sessions if session.n_choices < min_choices]
    if left_out and not (skip_short and kept):
        raise _too_short(left_out[0], len(sessions), min_choices)
    return _put_together(_in_order(kept), [_why_out(s, min_choices) for s in left_out])


@dataclass(frozen=True)
class _Session:
    """One file: the subject's name, the table as read, and its variables."""

    subject: str
    table: TrialsTable
    variables: xr.Dataset

    @property
    def n_choices(self) -> int:
        return int((self.variables["choice"] >= 0).sum())

    def numbered(self, session: int) -> xr.Dataset:
        """Variables with their coordinates, checked."""
        size = self.table.size
        recording = self.variables.assign_coords(
            subject=("trial", np.full(size, self.subject)),
            session=("trial", np.full(size, session, dtype=np.int32)),
            trial_in_session=("trial", np.arange(size, dtype=np.int32)),
        )
        return validate(with_attributes(recording), source=str(self.table.path))


def _to_dataset(table: TrialsTable, columns: TrialColumns) -> xr.Dataset:
    variables = to_variables(table, columns)
    has_arms = any("arm" in dims for dims, _, _ in variables.values())
    return xr.Dataset(variables, coords={"arm": columns.labels} if has_arms else {})


def _in_order(sessions: Sequence[_Session]) -> list[tuple[int, _Session]]:
    """Sessions with their numbers: by subject, and by start within a subject."""
    ordered: list[tuple[int, _Session]] = []
    for subject in sorted({session.subject for session in sessions}):
        own = [session for session in sessions if session.subject == subject]
        if len({session.table.start.tzinfo is None for session in own}) > 1:
            raise RecordingError(
                f"subject {subject}: found sessions that start at times with and without a time "
                "zone, expected one or the other, since else nobody knows their order: "
                + _listed_starts(own)
            )
        own.sort(key=lambda session: session.table.start)
        for before, after in pairwise(own):
            if before.table.start == after.table.start:
                raise RecordingError(
                    f"subject {subject}: found two sessions that start at the same time, expected "
                    f"each session once: {_listed_starts([before, after])}"
                )
        ordered += enumerate(own)
    return ordered


def _listed_starts(sessions: Sequence[_Session]) -> str:
    return ", ".join(f"{s.table.path} ({s.table.start.isoformat()})" for s in sessions)


def _too_short(session: _Session, n_sessions: int, min_choices: int) -> RecordingError:
    cure = (
        "Pass skip_short=True to leave such sessions out, which the attribute 'left_out' then says"
        if n_sessions > 1
        else "No other session was given"
    )
    return RecordingError(
        f"{session.table.path}: found {_counted(session)}, expected at least {min_choices} in a "
        f"session. {cure}; or lower `min_choices`."
    )


def _why_out(session: _Session, min_choices: int) -> str:
    return (
        f"{session.table.path.name} (subject {session.subject}): {_counted(session)}, fewer than "
        f"{min_choices}"
    )


def _counted(session: _Session) -> str:
    return f"{session.table.size} trial(s), {session.n_choices} with a valid choice"


def _put_together(sessions: Sequence[tuple[int, _Session]], left_out: list[str]) -> xr.Dataset:
    tables = [session.table for _, session in sessions]
    about = {name: [table.about[name] or UNKNOWN for table in tables] for name in ABOUT}
    recordings = [session.numbered(number) for number, session in sessions]
    whole = concatenate_recordings(recordings, "sessions in NWB files")
    whole.attrs = {
        "kind": "animal",
        "source": [table.path.name for table in tables],
        "species": list(dict.fromkeys(about["species"])),
        "institution": list(dict.fromkeys(about["institution"])),
        "sessions": [
            f"{session.subject}, session {number}: {_counted(session)}, {session.table.path.name}"
            for number, session in sessions
        ],
        "session_start": [table.start.isoformat() for table in tables],
        "protocol": about["protocol"],
        "identifier": about["identifier"],
    }
    if left_out:
        whole.attrs["left_out"] = left_out
    return whole
