"""Find the copies of data sets that are on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from pfc_analysis.paths import cache_folder, user_path
from pfc_analysis.recording.catalogue.catalogue_entries import (
    DatasetError,
    describe_dataset,
    read_digest,
)
from pfc_analysis.recording.catalogue.dataset_info import DatasetFile, DatasetInfo

DATA_VARIABLE = "PFC_ANALYSIS_DATA"
"""Environment variable that names a folder with data sets already on this machine."""


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
        If there is no such data set, a file found is not the published one, or PFC_ANALYSIS_DATA
        names no folder.
    """
    entry = describe_dataset(name, home)
    for place in _places(entry, folder) if entry.parts else []:
        if all((place / part.file).is_file() for part in entry.parts):
            for part in entry.parts:
                check_digest(entry, part, place)
            return dataset_path(entry, place)
    return None


def dataset_path(entry: DatasetInfo, place: Path) -> Path:
    """Return the path of a data set in a folder: its file, or the folder if there are several."""
    return place if entry.files else place / entry.file


def _places(entry: DatasetInfo, folder: str | Path | None) -> list[Path]:
    """Return the folders to look in, in this order."""
    named = os.environ.get(DATA_VARIABLE)
    mirrors = [user_path(named).absolute()] if named else []
    if mirrors and not mirrors[0].is_dir():
        raise DatasetError(
            f"environment variable {DATA_VARIABLE}: found {named!r}, which is no folder, expected "
            "one that holds data sets. Correct it, or unset it to use the cache."
        )
    places = [place for mirror in mirrors for place in (mirror / entry.folder, mirror)]
    return [*places, download_folder(entry, folder)]


def download_folder(entry: DatasetInfo, folder: str | Path | None) -> Path:
    """Return the folder into which a data set is downloaded."""
    if folder is not None:
        return user_path(folder).absolute()
    return cache_folder() / entry.folder


def check_digest(entry: DatasetInfo, part: DatasetFile, place: Path) -> None:
    """Raise if a file in a folder is not the published one."""
    path = place / part.file
    found = read_digest(path)
    if found != part.sha256.lower():
        raise DatasetError(
            f"{path}: not the published file of {entry.name}: found SHA-256 {found} "
            f"({path.stat().st_size} bytes), expected {part.sha256}. Remove or rename it, and "
            f"fetch_dataset({entry.name!r}) gets it from {part.address}."
            if part.address
            else f"{path}: not the file of {entry.name}: found SHA-256 {found} "
            f"({path.stat().st_size} bytes), expected {part.sha256}. Load a file of your own by "
            "pfc_analysis.load with a column map."
        )
