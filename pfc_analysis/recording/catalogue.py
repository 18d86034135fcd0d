"""Public data sets: what they are, where they are, and how to get them, unchanged, to this machine.

The facts are in `datasets/catalogue.toml`. Nothing is sent over the network but by
`fetch_dataset` and `load_dataset`, and only where no copy lies on this machine.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import tomllib
from pathlib import Path
from typing import Any

import xarray as xr
from pydantic import TypeAdapter, ValidationError

from pfc_analysis.paths import cache_folder, content_folder
from pfc_analysis.recording.dataset_info import DatasetFile, DatasetInfo
from pfc_analysis.recording.download import DownloadError, download
from pfc_analysis.recording.schema import did_you_mean

DATA_VARIABLE = "PFC_ANALYSIS_DATA"
"""Environment variable that names a folder with data sets already on this machine."""


class DatasetError(ValueError):
    """A data set is unknown, cannot be had, or is not the published file."""


def list_datasets(home: str | Path | None = None) -> list[DatasetInfo]:
    """List the public data sets of the catalogue.

    Parameters
    ----------
    home : str or Path, optional
        Folder above `datasets/` (see `pfc_analysis.paths.content_folder`).

    Returns
    -------
    list of DatasetInfo
        In the order of the catalogue.

    Raises
    ------
    DatasetError
        If the catalogue cannot be read; the message names entry and key.
    """
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
    """One file or several, each once; and all that fetching takes, where the status says so."""
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
    needed = ("files", "reader") if entry.files else ("address", "file", "sha256", "reader")
    missing = [key for key in needed if not getattr(entry, key)]
    for part in entry.files:
        missing += [f"{k} of {part.file}" for k in ("address", "sha256") if not getattr(part, k)]
    if entry.status == "reader tested" and missing:
        raise DatasetError(
            f"{path}, entry [{entry.name}]: lacks {', '.join(missing)}, expected with status "
            "'reader tested'; else the status is 'described only'"
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
    """
    entries = {entry.name: entry for entry in list_datasets(home)}
    if name not in entries:
        raise DatasetError(
            f"no data set is called {name!r}{did_you_mean(name, entries)}. "
            f"Known: {', '.join(entries)}."
        )
    return entries[name]


def find_dataset(
    name: str, folder: str | Path | None = None, home: str | Path | None = None
) -> Path | None:
    """Find a data set on this machine; the network is not touched.

    Parameters
    ----------
    name : str
        Its name, such as "rat_two_step".
    folder : str or Path, optional
        Where `fetch_dataset` keeps it, if not in the cache.
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    Path or None
        The file, its SHA-256 as published, from PFC_ANALYSIS_DATA (in the entry's folder, or
        directly in it) or else from `folder` or the cache; None where it lies in none. Of a data
        set of several files, the folder that holds them all; None where none does.

    Raises
    ------
    DatasetError
        If there is no such data set, or a file found is not the published one.
    """
    entry = describe_dataset(name, home)
    for place in _places(entry, folder) if entry.parts else []:
        if all((place / part.file).is_file() for part in entry.parts):
            for part in entry.parts:
                _check_digest(entry, part, place)
            return _where(entry, place)
    return None


def _where(entry: DatasetInfo, place: Path) -> Path:
    """Path that stands for a data set in a folder: its file, or the folder of its files."""
    return place if entry.files else place / entry.file


def _places(entry: DatasetInfo, folder: str | Path | None) -> list[Path]:
    """Folders to look in, in order of rank."""
    named = os.environ.get(DATA_VARIABLE)
    mirrors = [Path(named).expanduser().absolute()] if named else []
    places = [place for mirror in mirrors for place in (mirror / entry.folder, mirror)]
    return [*places, _download_folder(entry, folder)]


def _download_folder(entry: DatasetInfo, folder: str | Path | None) -> Path:
    if folder is not None:
        return Path(folder).expanduser().absolute()
    return cache_folder() / entry.folder


def _check_digest(entry: DatasetInfo, part: DatasetFile, place: Path) -> None:
    path = place / part.file
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != part.sha256.lower():
        raise DatasetError(
            f"{path}: not the published file of {entry.name}: found SHA-256 {found} "
            f"({path.stat().st_size} bytes), expected {part.sha256}. Remove or rename it, and "
            f"fetch_dataset({entry.name!r}) gets it from {part.address}."
        )


def fetch_dataset(
    name: str,
    folder: str | Path | None = None,
    progress: bool = False,
    home: str | Path | None = None,
) -> Path:
    """Get a data set: from this machine if it is there, else from its public address.

    Parameters
    ----------
    name : str
        Its name, such as "rat_two_step".
    folder : str or Path, optional
        Where to keep it; the cache where not given (`pfc_analysis.paths.cache_folder`).
    progress : bool
        Whether to draw a progress bar, on the standard error stream.
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    Path
        The file, its SHA-256 as published; of a data set of several files, the folder that holds
        them all.

    Raises
    ------
    DatasetError
        If there is no such data set, it is described only, the address cannot be reached, or
        what comes is not the published file. The message says how to go on.
    """
    entry = describe_dataset(name, home)
    if not entry.parts:
        raise DatasetError(
            f"{name} is described only: there is no reader for it yet, and nothing to fetch. "
            f"See {entry.page}"
        )
    found = find_dataset(name, folder, home)
    if found:
        return found
    place = _download_folder(entry, folder)
    for part in entry.parts:
        _fetch_file(entry, part, place, progress)
    return _where(entry, place)


def _fetch_file(entry: DatasetInfo, part: DatasetFile, place: Path, progress: bool) -> None:
    """Download one file, unless it is there from a download that was broken off after it."""
    path = place / part.file
    if path.is_file():
        _check_digest(entry, part, place)
        return
    try:
        download(part.address, path, part.sha256, progress)
    except DownloadError as error:
        others = len(entry.parts) - 1
        whole = f" beside the other {others} file(s) of the data set" if others else ""
        raise DatasetError(
            f"{entry.name}: {error}\nWithout a network: get the file by other means and put it at "
            f"{path}, or set {DATA_VARIABLE} to a folder that holds {entry.folder}/{part.file}"
            f"{whole}. Its SHA-256 is {part.sha256}."
        ) from error


def load_dataset(
    name: str,
    folder: str | Path | None = None,
    progress: bool = False,
    home: str | Path | None = None,
) -> xr.Dataset:
    """Get a data set and read it.

    Parameters
    ----------
    name, folder, progress, home
        As in `fetch_dataset`.

    Returns
    -------
    xarray.Dataset
        A recording (`pfc_analysis.recording.schema`).

    Raises
    ------
    DatasetError
        As in `fetch_dataset`.
    RecordingError
        If the reader does not find what it expects.
    """
    path = fetch_dataset(name, folder, progress, home)
    entry = describe_dataset(name, home)
    module, _, function = entry.reader.partition(":")
    reader = getattr(importlib.import_module(f"pfc_analysis.recording.readers.{module}"), function)
    # By name, so that nothing else that lies in the folder is read with them.
    where = [path / part.file for part in entry.files] if entry.files else path
    recording: xr.Dataset = reader(where, **entry.options)
    return recording
