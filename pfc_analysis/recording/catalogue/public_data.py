"""Fetch public data sets, unchanged, and load them as recordings.

The facts are in `datasets/catalogue.toml`. Only `fetch_dataset`, `fetch_datasets` and
`load_dataset` use the network, and only if there is no copy on this machine.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from pfc_analysis.recording.catalogue.catalogue_entries import (
    DatasetError,
    describe_dataset,
    find_by_digest,
    list_datasets,
    read_digest,
)
from pfc_analysis.recording.catalogue.dataset_info import DatasetFile, DatasetInfo
from pfc_analysis.recording.catalogue.download import DownloadError, download
from pfc_analysis.recording.catalogue.local_copies import (
    DATA_VARIABLE,
    check_digest,
    dataset_path,
    download_folder,
    find_dataset,
)
from pfc_analysis.recording.titles import count_subjects, with_title

__all__ = [
    "DATA_VARIABLE",
    "DatasetError",
    "DatasetFile",
    "DatasetInfo",
    "describe_dataset",
    "fetch_dataset",
    "fetch_datasets",
    "find_by_digest",
    "find_dataset",
    "list_datasets",
    "load_dataset",
    "read_digest",
]


def fetch_dataset(
    name: str,
    folder: str | Path | None = None,
    progress: bool | None = None,
    home: str | Path | None = None,
) -> Path:
    """Get a data set: from this machine if it is there, else from its public address.

    Parameters
    ----------
    name : str
        Its name, such as "rat_two_step".
    folder : str or Path, optional
        Where to keep it; the cache where not given (`pfc_analysis.paths.cache_folder`).
    progress : bool, optional
        Show a progress bar over what takes more than two seconds; default: in a notebook and at a
        prompt, but not in a script.
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
        If there is no such data set, its files are not known, no address can be reached, or
        what comes is not the published file. The message says how to go on.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> pfc.fetch_dataset("rat_two_step").name
    'ofc_physdata.mat'
    """
    entry = describe_dataset(name, home)
    if not entry.parts:
        raise DatasetError(
            f"{name} is described only: there is no reader for it yet, and nothing to fetch. "
            f"See {entry.page}\n{_next_steps(entry)}"
        )
    found = find_dataset(name, folder, home)
    if found:
        return found
    place = download_folder(entry, folder)
    for part in entry.parts:
        _fetch_file(entry, part, place, progress)
    return dataset_path(entry, place)


def _next_steps(entry: DatasetInfo) -> str:
    return "\n".join(f"To {label}: {step}" for label, step in entry.steps.items() if step)


def _fetch_file(entry: DatasetInfo, part: DatasetFile, place: Path, progress: bool | None) -> None:
    """Download one file, unless an earlier, interrupted download already brought it."""
    path = place / part.file
    if path.is_file():
        check_digest(entry, part, place)
        return
    errors: list[DownloadError] = []
    for address in (part.address, *part.mirrors):
        try:
            download(address, path, part.sha256, progress, part.size)
            return
        except DownloadError as error:
            errors.append(error)
    others = len(entry.parts) - 1
    whole = f" beside the other {others} file(s) of the data set" if others else ""
    told = [str(errors[0]), *(f"{error.fault}: {error.reason}" for error in errors[1:])]
    tried = "\n".join(told)
    raise DatasetError(
        f"{entry.name}: {tried}\n"
        f"Without a network: get the file by other means and put it at {path}, or set "
        f"{DATA_VARIABLE} to a folder that holds {entry.folder}/{part.file}{whole}. "
        f"Its SHA-256 is {part.sha256}."
    ) from errors[0]


def fetch_datasets(
    names: Sequence[str],
    folder: str | Path | None = None,
    progress: bool | None = None,
    home: str | Path | None = None,
) -> list[Path]:
    """Get several data sets; if one cannot be fetched, the others are fetched all the same.

    Parameters
    ----------
    names : sequence of str
        Their names. All are looked up before anything is fetched.
    folder : str or Path, optional
        Where to keep them. Of several, each gets its own folder inside it, so that
        PFC_ANALYSIS_DATA can name `folder`; of one, as in `fetch_dataset`.
    progress, home
        As in `fetch_dataset`.

    Returns
    -------
    list of Path
        As `fetch_dataset` returns them, in the order of `names`.

    Raises
    ------
    DatasetError
        If a name is unknown, or a data set cannot be fetched: the message says which and why,
        and where the others are.
    """
    entries = [describe_dataset(name, home) for name in dict.fromkeys(names)]
    paths, faults = [], []
    for entry in entries:
        own = folder if folder is None or len(entries) == 1 else Path(folder) / entry.folder
        try:
            paths.append(fetch_dataset(entry.name, own, progress, home))
        except DatasetError as error:
            faults.append(error)
    if not faults:
        return paths
    if len(entries) == 1:
        raise faults[0]
    told = [str(error) for error in faults] + [f"fetched: {path}" for path in paths]
    raise DatasetError(
        f"{len(faults)} of {len(entries)} data sets could not be fetched\n" + "\n".join(told)
    ) from faults[0]


def load_dataset(
    name: str,
    folder: str | Path | None = None,
    progress: bool | None = None,
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
        A recording (`pfc_analysis.recording.schema`). Its attribute `experiment` is the first
        experiment that the catalogue sets beside it.

    Raises
    ------
    DatasetError
        As in `fetch_dataset`, or if there is no reader for it; the message says how to load it.
    RecordingError
        If the reader does not find what it expects.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> rats = pfc.load_dataset("rat_two_step")
    >>> rats.sizes["trial"], rats.attrs["experiment"]
    (36413, 'two_step')
    """
    entry = describe_dataset(name, home)
    if entry.parts and not entry.reader:
        raise DatasetError(
            f"{name} is described only: its files are known, but there is no reader for it yet. "
            f"See {entry.page}\n{_next_steps(entry)}"
        )
    path = fetch_dataset(name, folder, progress, home)
    # By name, so that nothing else that lies in the folder is read with them.
    return read_entry(entry, [path / part.file for part in entry.files] or [path])


def read_entry(entry: DatasetInfo, paths: list[Path]) -> xr.Dataset:
    """Read files of a data set by its own reader.

    Parameters
    ----------
    entry : DatasetInfo
        An entry that has a reader.
    paths : list of Path
        Its file; of a data set of several files, those to read.

    Returns
    -------
    xarray.Dataset
        A recording, with the entry's first experiment as its attribute `experiment`.

    Raises
    ------
    RecordingError
        If the reader does not find what it expects.
    """
    module, _, function = entry.reader.partition(":")
    reader = getattr(
        importlib.import_module(f"pfc_analysis.recording.catalogue.{module}"), function
    )
    recording: xr.Dataset = reader(paths if entry.files else paths[0], **entry.options)
    title = f"{entry.title}: {count_subjects(recording)} as loaded"
    recording.attrs = with_title(recording.attrs, title)
    if entry.experiments:
        recording.attrs["experiment"] = entry.experiments[0]
    return recording
