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
from pfc_analysis.recording.dataset_info import DatasetInfo
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
    needed = ("address", "file", "sha256", "reader")
    missing = [key for key in needed if not getattr(entry, key)]
    if entry.status == "reader tested" and missing:
        raise DatasetError(
            f"{path}, entry [{name}]: lacks {', '.join(missing)}, expected with status "
            "'reader tested'; else the status is 'described only'"
        )
    return entry


def _fault(fault: Any) -> str:
    if fault["type"] == "unexpected_keyword_argument":
        keys = DatasetInfo.__dataclass_fields__
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
        directly in it) or else from `folder` or the cache; None where it lies in none.

    Raises
    ------
    DatasetError
        If there is no such data set, or the file found is not the published one.
    """
    entry = describe_dataset(name, home)
    if not entry.file:
        return None
    for path in _candidates(entry, folder):
        if path.is_file():
            _check_digest(entry, path)
            return path
    return None


def _candidates(entry: DatasetInfo, folder: str | Path | None) -> list[Path]:
    named = os.environ.get(DATA_VARIABLE)
    mirrors = [Path(named).expanduser().absolute()] if named else []
    places = [place for mirror in mirrors for place in (mirror / entry.folder, mirror)]
    return [place / entry.file for place in (*places, _download_folder(entry, folder))]


def _download_folder(entry: DatasetInfo, folder: str | Path | None) -> Path:
    if folder is not None:
        return Path(folder).expanduser().absolute()
    return cache_folder() / entry.folder


def _check_digest(entry: DatasetInfo, path: Path) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != entry.sha256.lower():
        raise DatasetError(
            f"{path}: not the published file of {entry.name}: found SHA-256 {found} "
            f"({path.stat().st_size} bytes), expected {entry.sha256}. Remove or rename it, and "
            f"fetch_dataset({entry.name!r}) gets it from {entry.address}."
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
        The file, its SHA-256 as published.

    Raises
    ------
    DatasetError
        If there is no such data set, it is described only, the address cannot be reached, or
        what comes is not the published file. The message says how to go on.
    """
    entry = describe_dataset(name, home)
    if not entry.file:
        raise DatasetError(
            f"{name} is described only: there is no reader for it yet, and nothing to fetch. "
            f"See {entry.page}"
        )
    found = find_dataset(name, folder, home)
    if found:
        return found
    path = _download_folder(entry, folder) / entry.file
    try:
        return download(entry.address, path, entry.sha256, progress)
    except DownloadError as error:
        raise DatasetError(
            f"{name}: {error}\nWithout a network: get the file by other means and put it at "
            f"{path}, or set {DATA_VARIABLE} to a folder that holds {entry.folder}/{entry.file}. "
            f"Its SHA-256 is {entry.sha256}."
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
    module, _, function = describe_dataset(name, home).reader.partition(":")
    reader = getattr(importlib.import_module(f"pfc_analysis.recording.readers.{module}"), function)
    recording: xr.Dataset = reader(path)
    return recording
