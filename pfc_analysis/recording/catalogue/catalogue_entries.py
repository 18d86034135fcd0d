"""Read, check and find entries of the catalogue of public data sets."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pfc_analysis.list_table import TableList
from pfc_analysis.near_names import did_you_mean
from pfc_analysis.paths import content_folder
from pfc_analysis.recording.catalogue.dataset_info import DatasetFile, DatasetInfo

COLUMNS = ("data set", "species", "compare with", "licence", "status", "what it is")
"""Headings of the table of data sets."""


class DatasetError(ValueError):
    """A data set is unknown, cannot be fetched, or is not the published file."""


def list_datasets(
    home: str | Path | None = None, experiment: str | None = None
) -> TableList[DatasetInfo]:
    """List the public data sets of the catalogue.

    Parameters
    ----------
    home : str or Path, optional
        Folder above `datasets/` (see `pfc_analysis.paths.content_folder`).
    experiment : str, optional
        Only those that can be set beside this experiment, such as "two_step".

    Returns
    -------
    TableList of DatasetInfo
        A list in the order of the catalogue, which prints and displays as a table.

    Raises
    ------
    DatasetError
        If the catalogue cannot be read; the message names entry and key. If no data set can be
        set beside `experiment`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> "rat_two_step" in [entry.name for entry in pfc.list_datasets(experiment="two_step")]
    True
    """
    entries = _read_entries(home)
    if experiment is None:
        return TableList(entries, COLUMNS, _make_row)
    known = sorted({name for entry in entries for name in entry.experiments})
    if experiment not in known:
        raise DatasetError(
            f"no data set can be set beside the experiment {experiment!r}"
            f"{did_you_mean(experiment, known)}. There are some for: {', '.join(known)}."
        )
    entries = [entry for entry in entries if experiment in entry.experiments]
    return TableList(entries, COLUMNS, _make_row)


def _make_row(entry: DatasetInfo) -> tuple[str, ...]:
    """Return the cells of an entry."""
    return (
        entry.name,
        entry.species.partition(" (")[0],
        ", ".join(entry.experiments) or "-",
        entry.short_licence,
        entry.status,
        entry.title,
    )


def _read_entries(home: str | Path | None) -> list[DatasetInfo]:
    path = content_folder("datasets", home) / "catalogue.toml"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DatasetError(f"{path}: the catalogue cannot be read: {error}") from error
    return [_entry(path, name, table) for name, table in tables.items()]


def _entry(path: Path, name: str, table: Any) -> DatasetInfo:
    if not isinstance(table, dict):
        raise DatasetError(f"{path}, {name}: found {table!r}, expected a table [{name}]")
    try:
        entry = TypeAdapter(DatasetInfo).validate_python({**table, "name": name})
    except ValidationError as error:
        faults = "\n".join(
            f"  - {'.'.join(map(str, fault['loc']))}: {_fault(fault)}" for fault in error.errors()
        )
        raise DatasetError(f"{path}, entry [{name}]:\n{faults}") from error
    _check_files(path, entry)
    return entry


def _check_files(path: Path, entry: DatasetInfo) -> None:
    """Check that an entry names one file or several, each once, and all that fetching needs."""
    single = [key for key in ("address", "file", "sha256", "size") if getattr(entry, key)]
    if entry.files and single:
        raise DatasetError(
            f"{path}, entry [{entry.name}]: found both files and {', '.join(single)}, expected "
            f"[[{entry.name}.files]] for several files, or those keys for one"
        )
    names = [part.file for part in entry.parts]
    for name in names:
        if names.count(name) > 1 or not name or Path(name).name != name:
            raise DatasetError(
                f"{path}, entry [{entry.name}]: found the file {name!r} {names.count(name)} "
                "time(s), expected the name of each file once, without a folder"
            )
    _check_parts(path, entry)


def _check_parts(path: Path, entry: DatasetInfo) -> None:
    """Check that a named file has address and digest, and a tested entry a reader."""
    missing = []
    for part in entry.parts:
        needed = ("sha256",) if entry.obtain else ("address", "sha256")
        lacking = [key for key in needed if not getattr(part, key)]
        missing += [f"{key} of {part.file}" if entry.files else key for key in lacking]
    if entry.status == "reader tested":
        missing += [] if entry.parts else ["files" if entry.files else "file"]
        missing += [] if entry.reader else ["reader"]
    if missing:
        raise DatasetError(
            f"{path}, entry [{entry.name}]: lacks {', '.join(missing)}, expected with status "
            "'reader tested' and wherever a file is named (or obtain, where it has no public "
            "address); an entry without file, address and sha256 is 'described only'"
        )
    for part in entry.parts:
        if not re.fullmatch("[0-9a-fA-F]{64}", part.sha256):
            raise DatasetError(
                f"{path}, entry [{entry.name}]: found {part.sha256!r} as sha256 of {part.file}, "
                "expected 64 hexadecimal digits"
            )


def _fault(fault: Any) -> str:
    if fault["type"] == "unexpected_keyword_argument":
        kind = DatasetFile if fault["loc"][0] == "files" else DatasetInfo
        keys = kind.__dataclass_fields__
        return f"unknown key{did_you_mean(fault['loc'][-1], keys)}, known are {', '.join(keys)}"
    if fault["type"] == "missing":
        return "missing"
    return f"found {fault['input']!r}: {fault['msg']}"


def describe_dataset(name: str, home: str | Path | None = None) -> DatasetInfo:
    """Return what the catalogue knows of a data set.

    Parameters
    ----------
    name : str
        Its name, such as "rat_two_step".
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    DatasetInfo
        Its entry.

    Raises
    ------
    DatasetError
        If there is no such data set.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> pfc.describe_dataset("rat_two_step").experiments
    ('two_step',)
    """
    entries = {entry.name: entry for entry in list_datasets(home)}
    if name not in entries:
        raise DatasetError(
            f"no data set is called {name!r}{did_you_mean(name, entries)}. "
            f"Known: {', '.join(entries)}."
        )
    return entries[name]


def find_by_digest(
    sha256: str, home: str | Path | None = None
) -> tuple[DatasetInfo, DatasetFile] | None:
    """Find what is known of a file by its bytes, whatever it is called.

    Parameters
    ----------
    sha256 : str
        The SHA-256 of the file, in hexadecimal (`read_digest`).
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    tuple of DatasetInfo and DatasetFile, or None
        The entry that lists the file, and the file; None where no entry does.

    Raises
    ------
    DatasetError
        If the catalogue cannot be read.
    """
    wanted = sha256.lower()
    for entry in _read_entries(home):
        for part in entry.parts:
            if part.sha256.lower() == wanted:
                return entry, part
    return None


def read_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    str
        64 digits.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
