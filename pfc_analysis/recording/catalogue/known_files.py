"""Recognise files of the catalogue by their SHA-256, and read them with their own reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from pfc_analysis.recording.catalogue.catalogue_entries import list_datasets, read_digest
from pfc_analysis.recording.catalogue.dataset_info import DatasetInfo
from pfc_analysis.recording.catalogue.public_data import read_entry
from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.recording.schema import RecordingError


def read_known_files(paths: Sequence[Path], home: str | Path | None = None) -> xr.Dataset | None:
    """Read files of the catalogue, whatever they are called.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    xarray.Dataset or None
        A recording, with the name of the entry as its attribute `recognised_as`; None where no
        file is in the catalogue.

    Raises
    ------
    RecordingError
        If some files are in the catalogue and others are not, or a reader does not find what it
        expects.
    """
    entries = [entry for entry in list_datasets(home) if entry.reader]
    found = {path: _find_entry(path, entries) for path in paths}
    if all(entry is None for entry in found.values()):
        return None
    strange = [path for path, entry in found.items() if entry is None]
    if strange:
        known, name = next((path, entry.name) for path, entry in found.items() if entry)
        raise RecordingError(
            f"{strange[0]}: found a file that is not in the catalogue beside {known.name}, which "
            f"is one of {name}, expected one kind. Name the files that are meant."
        )
    own = {
        entry.name: [path for path, other in found.items() if other == entry] for entry in entries
    }
    return join_recordings(
        [
            read_entry(entry, own[entry.name]).assign_attrs(recognised_as=entry.name)
            for entry in entries
            if own[entry.name]
        ]
    )


def _find_entry(path: Path, entries: Sequence[DatasetInfo]) -> DatasetInfo | None:
    """Find the entry that a file belongs to; its digest is computed only where its size fits."""
    if not path.is_file():
        return None
    size = path.stat().st_size
    parts = [(entry, part) for entry in entries for part in entry.parts]
    fitting = [(entry, part) for entry, part in parts if part.size in (None, size)]
    digest = read_digest(path) if fitting else ""
    return next((entry for entry, part in fitting if part.sha256.lower() == digest), None)
