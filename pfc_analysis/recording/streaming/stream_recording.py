"""Write a recording of any size, of which only one block of sessions is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.recording.concatenate import concatenate_variables
from pfc_analysis.recording.netcdf_types import ready_for_disk
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import as_recording_error
from pfc_analysis.recording.streaming.block_stores import Subjects, open_store
from pfc_analysis.recording.validation import validate
from pfc_analysis.recording.value_checksum import ATTRIBUTE, recording_checksum


def stream_recording(
    path: Path,
    blocks: Iterable[xr.Dataset],
    subjects: Subjects,
    attributes: Mapping[str, Any],
) -> None:
    """Write a recording whose trials come in blocks.

    Parameters
    ----------
    path : Path
        File to write, .nc or .zarr. It takes its name when it is complete.
    blocks : iterable of xarray.Dataset
        Recordings of consecutive sessions, with the same variables.
    subjects : mapping
        Subjects in order, and the number of trials of each.
    attributes : mapping
        Attributes of the whole recording.

    Raises
    ------
    RecordingError
        If a block is no valid recording, blocks do not fit together, or netCDF has no type for
        something.
    WriteError
        If the disk is full or cannot be written to.

    Notes
    -----
    The file is the same, byte for byte, as that of
    `pfc_analysis.recording.storage.save_recording`, which gets all trials at once.
    """
    checked = _check_blocks(blocks, str(path), subjects)
    first = next(checked)
    whole = describe_whole(first, subjects, attributes)
    with (
        atomic_path(path) as temporary,
        as_recording_error(path),
        open_store(temporary, whole, subjects) as writer,
    ):
        writer.write(first)
        for block in checked:
            writer.write(block)


def describe_whole(
    first: xr.Dataset, subjects: Subjects, attributes: Mapping[str, Any]
) -> xr.Dataset:
    """Describe a recording by its first block: all variables, with one value for all trials.

    Parameters
    ----------
    first : xarray.Dataset
        The first block, ready for disk.
    subjects, attributes : mapping
        As in `stream_recording`.

    Returns
    -------
    xarray.Dataset
        With the sizes, types and attributes of the whole, which it takes hardly any memory to
        hold.
    """
    n_trials, widest = sum(subjects.values()), np.array(list(subjects)).dtype
    one = first.isel(trial=slice(1))
    whole = concatenate_variables([one, one])  # orders the variables as any concatenation does
    names = list(whole.variables)
    coords, variables = set(whole.coords), {}
    for name in names:
        array = first[name].variable
        if "trial" in array.dims:
            dtype = widest if name == "subject" else array.dtype
            value = np.zeros((), dtype)
            array = xr.Variable(
                array.dims, np.broadcast_to(value, (n_trials, *array.shape[1:])), array.attrs
            )
        variables[name] = array
    described = xr.Dataset(variables).set_coords(coords)
    described.attrs = dict(attributes)
    ready_for_disk(xr.Dataset(attrs=described.attrs), "recording")  # no block has these
    described.attrs[ATTRIBUTE] = recording_checksum(described)
    return described


def _check_blocks(
    blocks: Iterable[xr.Dataset], source: str, subjects: Subjects
) -> Iterator[xr.Dataset]:
    """Yield blocks that are valid and fit together, ready for disk."""
    first: xr.Dataset | None = None
    n_trials = 0
    for number, block in enumerate(blocks):
        who = f"{source}: block {number} of sessions"
        plain = ready_for_disk(validate(block, source=who), who)
        first = plain if first is None else first
        _check_same(first, plain, who)
        n_trials += plain.sizes["trial"]
        yield plain
    if n_trials != sum(subjects.values()):
        raise RecordingError(
            f"{source}: found {n_trials} trials, expected {sum(subjects.values())} of "
            f"{len(subjects)} subject(s)."
        )


def _check_same(first: xr.Dataset, block: xr.Dataset, who: str) -> None:
    """Raise unless a block has the variables, types and fixed values of the first."""
    if list(first.variables) != list(block.variables):
        raise RecordingError(
            f"{who}: found variables {list(block.variables)}, expected {list(first.variables)} as "
            "in the first block."
        )
    for name, array in first.variables.items():
        other = block[name].variable
        same = other.dtype == array.dtype or name == "subject"
        same &= "trial" in array.dims or array.equals(other)
        if not same or other.shape[1:] != array.shape[1:]:
            raise RecordingError(
                f"{who}, {name}: found {other.dtype} of shape {other.shape}, expected the type, "
                "the shape and, without the dimension trial, the values of the first block. "
                "Record fewer sessions, without streaming (pfc_analysis.record without out=)."
            )
