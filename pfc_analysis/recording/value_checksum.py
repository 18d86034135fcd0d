"""Checksums of values, so that a damaged byte in a stored recording is noticed."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.value_checks import blocks_of

ATTRIBUTE = "checksum"
"""Attribute of a stored variable that holds the checksum of its values."""


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
        found = crc32(_as_bytes(block), found)
    return f"crc32:{found:08x}"


def _as_bytes(values: np.ndarray) -> bytes:
    if values.dtype.kind in "OUT":
        return "".join(f"{value}\0" for value in values.ravel().tolist()).encode("utf-8")
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def check_values(recording: xr.Dataset, source: str) -> xr.Dataset:
    """Read all values of a stored recording, and compare them with their checksums.

    Parameters
    ----------
    recording : xarray.Dataset
        As it was opened; variables that were stored without a checksum are only read.
    source : str
        The file; it opens the message of an error.

    Returns
    -------
    xarray.Dataset
        The same recording.

    Raises
    ------
    RecordingError
        If the values of a variable are not those that were stored.
    """
    for name in recording.variables:
        check_checksum(recording[name], recording[name].attrs.get(ATTRIBUTE), source)
    return recording


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
