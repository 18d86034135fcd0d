"""Choose among the tables of a file those that hold the trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.raw_table import RawTable


@dataclass(frozen=True)
class Candidate:
    """Tables that may hold the trials: one, or several of one kind (one for each session).

    Attributes
    ----------
    name : str
        How it is picked by `table`.
    tables : tuple of RawTable
        With rows.
    """

    name: str
    tables: tuple[RawTable, ...]


def pick_tables(
    path: Path, candidates: Sequence[Candidate], table: str | None, found: str
) -> list[RawTable]:
    """Return the tables that are asked for, or all where their columns are the same.

    Parameters
    ----------
    path : Path
        The file.
    candidates : sequence of Candidate
        What may be the trials.
    table : str, optional
        Name of a candidate, of a place that leads to several, or the place of one table.
    found : str
        What the file holds, for the error where there is no candidate.

    Raises
    ------
    RecordingError
        If there is none, none of that name, or several that differ in their columns.
    """
    if not candidates:
        raise RecordingError(
            f"{path}: found no table of trials, only {found}; expected vectors of equal length, "
            "one value for each trial. Or save the table of trials as CSV."
        )
    if table is not None:
        return _named(path, candidates, table)
    tables = [one for candidate in candidates for one in candidate.tables]
    if len(candidates) > 1 and len({frozenset(one.columns) for one in tables}) > 1:
        raise RecordingError(
            f"{path}: found {len(candidates)} tables that differ in their columns, expected one, "
            f"or several alike: {_listed(candidates)}. Pick one with `table`."
        )
    return tables


def _named(path: Path, candidates: Sequence[Candidate], table: str) -> list[RawTable]:
    asked = table.strip("/") or "/"
    picked = [
        one
        for candidate in candidates
        for one in candidate.tables
        if asked in (candidate.name, one.place) or one.place.startswith(f"{asked}/")
    ]
    if not picked:
        names = [candidate.name for candidate in candidates]
        raise RecordingError(
            f"{path}: found no table {table!r}{did_you_mean(table, names)}, expected one of "
            f"{_listed(candidates)}."
        )
    return picked


def _listed(candidates: Sequence[Candidate]) -> str:
    texts = []
    for candidate in candidates[:12]:
        first = candidate.tables[0]
        names = ", ".join(list(first.columns)[:6])
        many = f"{len(candidate.tables)} tables, " if len(candidate.tables) > 1 else ""
        texts.append(f"{candidate.name!r} ({many}{first.size} rows: {names})")
    more = f" and {len(candidates) - 12} more" if len(candidates) > 12 else ""
    return "; ".join(texts) + more
