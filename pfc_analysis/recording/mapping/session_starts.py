"""Keep sessions with enough choices, and sort them by their start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from pfc_analysis.recording.mapping.subjects import subject_name
from pfc_analysis.recording.mapping.trial_variables import Variables
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.raw_table import RawTable

UNKNOWN = "unknown"
"""Value of an attribute for a session whose file lacks it."""


def _n_choices(variables: Variables) -> int:
    return int((variables["choice"][1] != MISSING).sum())


def keep_long_enough(
    tables: Sequence[RawTable], variables: Sequence[Variables], least: int, skip: bool
) -> tuple[list[int], list[str]]:
    """Return the positions of tables with enough choices, and why others are left out."""
    counts = [_n_choices(own) for own in variables]
    kept = [at for at, count in enumerate(counts) if count >= least]
    short = [at for at, count in enumerate(counts) if count < least]
    if short and not (skip and kept):
        cure = (
            "Pass skip_short=True to leave such sessions out, which the attribute 'left_out' then "
            "says"
            if len(tables) > 1
            else "No other session was given"
        )
        table = tables[short[0]]
        raise RecordingError(
            f"{table.path}: found {count_choices(table, variables[short[0]])}, expected at least "
            f"{least} in a session. {cure}; or lower `min_choices`."
        )
    return kept, [
        f"{tables[at].path.name} (subject {tables[at].constants.get('subject', UNKNOWN)}): "
        f"{count_choices(tables[at], variables[at])}, fewer than {least}"
        for at in short
    ]


def count_choices(table: RawTable, variables: Variables) -> str:
    """Say how many trials a table has, and how many with a valid choice."""
    return f"{table.size} trial(s), {_n_choices(variables)} with a valid choice"


def sort_by_start(
    sessions: list[tuple[RawTable, Variables]], subject: str | None
) -> list[tuple[RawTable, Variables]]:
    """Sort sessions by subject and start, if every table says when it started."""
    if not all("session_start" in table.about for table, _ in sessions):
        return sessions
    keyed = [
        (subject_name(table, subject), read_start(table), (table, own)) for table, own in sessions
    ]
    for name in dict.fromkeys(name for name, _, _ in keyed):
        own = [(start, table) for other, start, (table, _) in keyed if other == name]
        if len({start.tzinfo is None for start, _ in own}) > 1:
            raise RecordingError(
                f"subject {name}: found sessions that start at times with and without a time "
                "zone, expected one or the other, since their order is unknown otherwise: "
                + _listed_starts(own)
            )
        for before, after in pairwise(sorted(own, key=lambda entry: entry[0])):
            # Of two sessions with a date only, the order is unknown: they stay in the order given.
            if name and before[0] == after[0] and len(before[1].about["session_start"]) > 10:
                raise RecordingError(
                    f"subject {name}: found two sessions that start at the same time, expected "
                    f"each session once: {_listed_starts([before, after])}"
                )
    names = sorted({name for name, _, _ in keyed})
    by_name = [[(start, one) for other, start, one in keyed if other == name] for name in names]
    return [one for own in by_name for _, one in sorted(own, key=lambda entry: entry[0])]


def read_start(table: RawTable) -> datetime:
    """Read when the session of a table started."""
    start = table.about["session_start"]
    try:
        return datetime.fromisoformat(start)
    except ValueError as error:
        raise RecordingError(
            f"{table.path}: found session_start_time {start!r}, expected a date and time such as "
            "'2024-06-12T11:10:53-07:00' (ISO 8601)."
        ) from error


def _listed_starts(sessions: Sequence[tuple[datetime, RawTable]]) -> str:
    return ", ".join(f"{table.path} ({start.isoformat()})" for start, table in sessions)
