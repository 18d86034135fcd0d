"""Checksums of values and attributes, so that damage to a stored recording is noticed."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any
from zlib import crc32

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.value_checks import blocks_of

ATTRIBUTE = "checksum"
"""Attribute of a stored variable that holds the checksum of its values; of a stored recording, that
of its names and attributes (`recording_checksum`)."""


def value_checksum(array: xr.DataArray) -> str:
    """Return the CRC-32 of the values of an array, read in blocks.

    Parameters
    ----------
    array : xarray.DataArray
        Numbers, booleans or text of any dimensions.

    Returns
    -------
    str
        "crc32:" and eight hexadecimal digits, of the values in C order: numbers as little-endian
        bytes, text as UTF-8 with a NUL after each entry.
    """
    found = 0
    for _, block in blocks_of(array):
        found = extend_checksum(block, found)
    return format_checksum(found)


def extend_checksum(values: np.ndarray, before: int = 0) -> int:
    """Return the CRC-32 of an array whose first values, of CRC-32 `before`, `values` follow."""
    return crc32(_as_bytes(values), before)


def format_checksum(found: int) -> str:
    """Write a CRC-32 as the attribute holds it."""
    return f"crc32:{found:08x}"


def _as_bytes(values: np.ndarray) -> bytes:
    if values.dtype.kind in "OUT":
        return "".join(f"{value}\0" for value in values.ravel().tolist()).encode("utf-8")
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def has_checksum(attributes: Mapping[str, Any]) -> bool:
    """Say whether attributes hold a checksum."""
    return str(attributes.get(ATTRIBUTE)).startswith("crc32:")


def add_checksums(recording: xr.Dataset) -> None:
    """Write the checksums of a recording, which is about to be stored, into its attributes."""
    for name in recording.variables:
        recording[name].attrs[ATTRIBUTE] = value_checksum(recording[name])
    recording.attrs[ATTRIBUTE] = recording_checksum(recording)


def recording_checksum(recording: xr.Dataset) -> str:
    """Return the CRC-32 of what a recording consists of besides values.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording in the types of netCDF (`ready_for_disk`), or as it was opened.

    Returns
    -------
    str
        "crc32:" and eight hexadecimal digits, of the JSON of all names, dimensions and attributes,
        other than checksums. A list of one entry counts as that entry, since netCDF does not tell
        them apart.
    """
    variables = {
        str(name): [list(map(str, array.dims)), _plain_attributes(array.attrs)]
        for name, array in recording.variables.items()
    }
    content = json.dumps([variables, _plain_attributes(recording.attrs)], sort_keys=True)
    return f"crc32:{crc32(content.encode('utf-8')):08x}"


def _plain_attributes(attributes: Mapping[Hashable, Any]) -> dict[str, list[str | float]]:
    """Return attributes as lists of text and numbers; a damaged file may hold anything else."""
    found: dict[str, list[str | float]] = {}
    for key, value in attributes.items():
        if key == ATTRIBUTE:
            continue
        plain = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        entries = plain if isinstance(plain, (list, tuple)) else [plain]
        found[str(key)] = [float(one) if _is_number(one) else str(one) for one in entries]
    return found


def _is_number(entry: object) -> bool:
    return isinstance(entry, (int, float)) and not isinstance(entry, bool)


def check_values(recording: xr.Dataset, source: str) -> xr.Dataset:
    """Read all values of a stored recording, and compare what it holds with its checksums.

    Parameters
    ----------
    recording : xarray.Dataset
        As it was opened; what was stored without a checksum is only read.
    source : str
        The file; it opens the message of an error.

    Returns
    -------
    xarray.Dataset
        The same recording.

    Raises
    ------
    RecordingError
        If the values of a variable, the names of variables or the attributes are not those that
        were stored.
    """
    _check_names_and_attributes(recording, source)
    for name in recording.variables:
        check_checksum(recording[name], recording[name].attrs.get(ATTRIBUTE), source)
    return recording


def _check_names_and_attributes(recording: xr.Dataset, source: str) -> None:
    expected = recording.attrs.get(ATTRIBUTE)
    if expected is not None and (found := recording_checksum(recording)) != expected:
        raise RecordingError(
            f"{source}: found variables and attributes of {found}, expected {expected}: a variable "
            "or attribute is missing, or is not as it was stored, so the file is damaged, or "
            "another program changed it. Copy it again; if it was changed on purpose, remove the "
            f"attribute {ATTRIBUTE!r} of the file as a whole."
        )


def check_checksum(array: xr.DataArray, expected: object, source: str) -> None:
    """Raise unless the values of an array have a checksum (any, where `expected` is None)."""
    found = value_checksum(array)
    if expected is not None and found != expected:
        raise RecordingError(
            f"{source}, {array.name}: found values of {found}, expected {expected}: they are not "
            "those that were stored, so the file is damaged, or another program changed it. Copy "
            f"it again; if it was changed on purpose, remove the attribute {ATTRIBUTE!r} of the "
            "variable in the file."
        )
