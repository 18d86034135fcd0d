"""Find the subject of every row: named by the caller, a column or the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.coded_column import CodedColumn
from pfc_analysis.recording.tables.raw_table import RawTable

STEM, FOLDER = "{stem}", "{folder}"
"""In the argument `subject`: the name of the file without its ending; that of its folder.

"{folder.parent}" is the folder above that one, "{folder.parent.parent}" the next.
"""

_PLACEHOLDER = re.compile(r"\{(stem|folder(?:\.parent)*)\}")
_BRACES = re.compile(r"\{[^{}]*\}")
_BIDS = re.compile(r"^sub-([A-Za-z0-9]+)(?:_|$)")


def find_subjects(
    tables: Sequence[RawTable], columns: ColumnMap, subject: str | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each table, the index of each row's subject among its names, and the names.

    Raises
    ------
    RecordingError
        If a name is missing, is given twice over, or files that look like those of different
        subjects would become one.
    """
    column = columns.subject
    if subject is not None and column and any(column in table.columns for table in tables):
        raise RecordingError(
            f"subject: found {subject!r} beside the column {column!r} that the column map "
            "names, expected one of the two. Leave one out."
        )
    _check_template(subject)
    if "subject" not in columns.confirmed:
        _check_sources(tables, subject, column)
    return [_subjects_of(table, None if subject else column, subject) for table in tables]


def subject_names(table: RawTable, columns: ColumnMap, subject: str | None) -> CodedColumn:
    """Return the name of the subject of each row, as text."""
    codes, names = _subjects_of(table, None if subject else columns.subject, subject)
    return CodedColumn(codes, names.astype(str))


def _check_template(subject: str | None) -> None:
    """Raise over a placeholder that there is not."""
    for found in _BRACES.findall(subject or ""):
        if not _PLACEHOLDER.fullmatch(found):
            raise RecordingError(
                f"subject: found {found!r} in {subject!r}, expected {STEM!r} (the name of the "
                f"file), {FOLDER!r} (that of its folder) or '{{folder.parent}}' (that of the "
                "folder above, and so on)."
            )


def _check_sources(tables: Sequence[RawTable], subject: str | None, column: str | None) -> None:
    """Refuse one name for files in folders that differ, where the name is that of a folder or file.

    Folders of one name under different parents are one animal's (day1/M1, day2/M1) or not
    (M1/day1, M2/day1): only the user knows.
    """
    places = _PLACEHOLDER.findall(subject or "")
    if not places:
        if subject is None and not column:
            _check_bids(tables)
        return
    seen: dict[str, tuple[tuple[str, ...], Path]] = {}
    for table in tables:
        name = subject_name(table, subject)
        source = tuple(str(_source(table.path, place)) for place in places)
        other = seen.setdefault(name, (source, table.path))
        if other[0] != source:
            raise RecordingError(
                f"subject: found that {subject!r} gives the one name {name!r} to {other[1]} and "
                f"{table.path}, which lie in different folders. Say what is meant:\n"
                "  - different animals: name a folder that tells them apart, such as "
                "subject = '{folder.parent}'\n"
                '  - sessions of one animal: add to the column map confirmed = ["subject"]'
            )


def _check_bids(tables: Sequence[RawTable]) -> None:
    """Refuse files of BIDS of one name in different folders: they would be one session twice."""
    seen: dict[str, Path] = {}
    for path in dict.fromkeys(table.path for table in tables if _BIDS.match(table.path.name)):
        other = seen.setdefault(path.name, path)
        if other != path:
            raise RecordingError(
                f"subject: found two files {path.name} ({other} and {path}), which name one "
                "subject and one session, expected each once. If these are different animals, "
                "load each folder by itself, or pass subject = '{folder.parent}' or the like; if "
                'they are sessions of one, add to the column map confirmed = ["subject"]'
            )


def _source(path: Path, place: str) -> Path:
    """Return the file or folder whose name a placeholder stands for."""
    path = path.absolute()
    if place == "stem":
        return path
    return path.parents[place.count(".parent")] if _has(path, place) else Path(path.anchor)


def _has(path: Path, place: str) -> bool:
    return place.count(".parent") < len(path.parents)


def _subjects_of(
    table: RawTable, column: str | None, subject: str | None
) -> tuple[np.ndarray, np.ndarray]:
    if column is None:
        name = subject_name(table, subject)
        if not name:
            raise RecordingError(
                f"{table.where}: found no name of the subject, expected one. Name the column that "
                "has it as subject in the column map, or pass the animal's name as `subject` "
                f"({STEM!r} for the name of the file, {FOLDER!r} for that of its folder, "
                "'{folder.parent}' for that of the folder above)."
            )
        return np.zeros(table.size, dtype=np.int64), np.array([name], dtype=object)
    table.check(column, ~table.missing(column), "the name of the subject in every row")
    words = table.words(column)
    # Two values of a column may be spelled alike.
    codes, names = pd.factorize(words.values.astype(object))
    return codes[words.codes], names


def subject_name(table: RawTable, subject: str | None = None) -> str:
    """Name of the subject of a whole table, as it is given or as the file says; or nothing.

    A file of BIDS (sub-01_task-bandit_beh.tsv) says it in its name.
    """
    if subject is None:
        found = str(table.constants.get("subject", ""))
        bids = _BIDS.match(table.path.name)
        return found or (bids.group(1) if bids else "")

    def fill(match: re.Match[str]) -> str:
        source = _source(table.path, match.group(1))
        return stem_of(source) if match.group(1) == "stem" else source.name

    return _PLACEHOLDER.sub(fill, subject)


def stem_of(path: Path) -> str:
    """Return the name of a file without its ending, or endings where it is packed (.csv.gz)."""
    return Path(path.stem).stem if path.suffix.lower() == ".gz" else path.stem
