"""Import NWB files that this toolkit exported, as the recording that was exported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from pfc_analysis.progress import track
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.exports.export_manifest import check_description, rebuild
from pfc_analysis.recording.exports.nwb_places import EXPORT_MARK, stacked_shape, unstacked
from pfc_analysis.recording.readers.formats.nwb import read_nwb_tables
from pfc_analysis.recording.readers.nwb.nwb_files import (
    is_nwb_root,
    open_nwb,
    refuse_links,
    text_at,
)
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.hdf5_files import (
    is_plain_hdf5,
    open_hdf5,
    single_attributes,
)
from pfc_analysis.recording.schema import RecordingError, plain_text
from pfc_analysis.recording.value_checksum import check_checksum

if TYPE_CHECKING:
    import h5py

_LARGEST = 1100
"""Bytes that one byte on disk can unpack to: more than any filter of HDF5 reaches."""


def read_exported_nwb(
    path: str | Path | Sequence[Path], progress: bool | None = None
) -> xr.Dataset:
    """Rebuild the recording that was exported to an NWB file, or to a folder of them.

    Parameters
    ----------
    path : str, Path or several of them
        The file, or the folder with `sub-SUBJECT/sub-SUBJECT_ses-NNN.nwb`, or files of one.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    xarray.Dataset
        The recording, its sessions in the order they had. pynwb is not needed for it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If a file is damaged or was not exported by this toolkit, or the files are not of one
        recording.
    """
    files = _list_files(Path(path)) if isinstance(path, (str, Path)) else list(path)
    found = [_read_file(file) for file in track(files, "reading sessions", progress)]
    found.sort(key=lambda entry: entry.number)
    sessions = [one.recording for one in found]
    recording = sessions[0] if len(found) == 1 else concatenate_recordings(sessions, str(path))
    assumed = _check_complete(files, max(one.files for one in found))
    if assumed:
        before = recording.attrs.get("assumed") or []
        before = [before] if isinstance(before, str) else list(before)
        recording.attrs["assumed"] = [*before, assumed]
    return recording


def _check_complete(files: Sequence[Path], exported: int) -> str:
    """Refuse a folder that lacks files of its export; say where only some were asked for."""
    if len(files) >= exported:
        return ""
    there = {file for one in files for file in one.parent.parent.glob("sub-*/*.nwb")}
    if len(files) > 1 and len(there | set(files)) < exported:
        raise RecordingError(
            f"{files[0].parent.parent}: found {len(files)} files, expected the {exported} that "
            "were exported together: the copy was interrupted, or files were removed. Copy the "
            "folder again, or load the files that you want one at a time."
        )
    return f"{len(files)} of the {exported} sessions that were exported together were read."


def _look_inside(path: Path) -> bool:
    with open_hdf5(path, "an HDF5 file", "Get it again from its source.") as file:
        return is_nwb_root(single_attributes(file)) and EXPORT_MARK in file


FORMAT = Format(
    name="exported_nwb",
    title="a session that this toolkit exported",
    endings=(".nwb",),
    recognise=lambda path, head: None if is_plain_hdf5(path, head) else False,
    look_inside=_look_inside,
    read=read_nwb_tables,
    open_recording=read_exported_nwb,
    isolated=True,
    rank=0,
)


def _list_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted([*path.glob("*.nwb"), *path.glob("sub-*/*.nwb")])
    if not files:
        raise RecordingError(
            f"{path}: found no file sub-SUBJECT/sub-SUBJECT_ses-NNN.nwb, expected one or more, as "
            "pfc_analysis.export_recording writes them."
        )
    return files


_DAMAGE = (KeyError, TypeError, IndexError, AttributeError, json.JSONDecodeError, RecursionError)
"""What a damaged description raises where it is read."""


@dataclass(frozen=True)
class _SessionFile:
    """A session, its number in the recording, and how many files were exported with it."""

    number: int
    files: int
    recording: xr.Dataset


def _read_file(path: Path) -> _SessionFile:
    place = EXPORT_MARK
    with open_nwb(path) as file:
        refuse_links(file, path, [place])
        text = text_at(file, place, path)
        if text is None:
            raise RecordingError(
                f"{path}: found no {place}, expected it in a file that this toolkit exported. "
                "Other NWB files are read by pfc_analysis.load with a column map."
            )
        try:
            document = check_description(json.loads(text), f"{path}, {place}")
            sizes = {str(dim): int(size) for dim, size in document["sizes"].items()}
            _read(file, path, "intervals/trials/start_time", (sizes["trial"],))
            arrays = {
                name: values
                for name, entry in document["variables"].items()
                if (values := _values(file, path, sizes, entry)) is not None
            }
            number, n_files = int(document["number"]), int(document.get("files", 1))
        except _DAMAGE as error:
            raise RecordingError(
                f"{path}, {place}: damaged ({type(error).__name__}: {error}). Export it again."
            ) from error
    recording = rebuild(document, arrays, str(path))
    for name, entry in document["variables"].items():
        check_checksum(recording[name], entry.get("checksum"), str(path))
    return _SessionFile(number, n_files, recording)


def _values(
    file: h5py.File, path: Path, sizes: Mapping[str, int], entry: Mapping[str, Any]
) -> np.ndarray | None:
    """Return values of a variable on `trial`; None where the description itself holds them."""
    if "constant" in entry:
        return np.full(sizes["trial"], entry["constant"])
    if "columns" in entry:
        places = [f"intervals/trials/{name}" for name in entry["columns"]]
        parts = [_read(file, path, place, (sizes["trial"],)) for place in places]
        with_arms = "arm" in entry["dims"]
        return np.stack(parts, axis=entry["dims"].index("arm")) if with_arms else parts[0]
    if "series" in entry:
        shape = stacked_shape(entry["dims"], sizes)
        return unstacked(_read(file, path, f"{entry['series']}/data", shape), entry["dims"], sizes)
    return None


def _read(
    file: h5py.File, path: Path, place: str, shape: tuple[int, ...] | None = None
) -> np.ndarray:
    """Read an array, once its size is known to be honest."""
    import h5py

    refuse_links(file, path, [place])
    array = file.get(place)
    found = array.shape if isinstance(array, h5py.Dataset) else None
    if found is None or (shape is not None and found != shape):
        raise RecordingError(
            f"{path}, {place}: found {'no array' if found is None else f'shape {found}'}, expected "
            f"{'one' if shape is None else f'shape {shape}'}. Export it again."
        )
    stored = array.id.get_storage_size()
    if array.nbytes > _LARGEST * max(stored, 1):
        raise RecordingError(
            f"{path}, {place}: found {stored} bytes that claim to be {array.nbytes}, expected "
            f"{array.nbytes // _LARGEST} or more: damaged. Export it again."
        )
    text = h5py.check_string_dtype(array.dtype) is not None
    return plain_text(array.asstr()[()]) if text else np.asarray(array[()])
