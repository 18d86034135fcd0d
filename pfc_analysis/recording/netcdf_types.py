"""Bring a recording into the types that netCDF and Zarr have, or say what they cannot hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import RecordingError, is_labels, plain_text, with_attributes

_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_NUMBERS = (int, float, np.integer, np.floating)
_NO_TYPE = {
    "c": "complex numbers; write real and imaginary part as two variables",
    "M": "dates; write seconds as numbers: (times - times[0]) / numpy.timedelta64(1, 's')",
    "m": "durations; write seconds as numbers: values / numpy.timedelta64(1, 's')",
    "V": "records; write each field as a variable",
    "S": "bytes; write text: values.astype(str)",
}


def ready_for_disk(recording: xr.Dataset, source: str) -> xr.Dataset:
    """Prepare a recording for writing: fill in attributes, convert types, drop old encodings.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording.
    source : str
        Opens the message of an error.

    Returns
    -------
    xarray.Dataset
        The same values: text with a fixed width, float16 as float32, booleans as 0 and 1 of one
        byte (with a note from which xarray restores them).

    Raises
    ------
    RecordingError
        With every variable, attribute and name that netCDF cannot hold.
    """
    faults = list(_faults(recording))
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise RecordingError(f"{source}: cannot be written, {len(faults)} fault(s):\n{listed}")
    plain = with_attributes(recording).drop_encoding()
    for name, array in plain.variables.items():
        if array.dtype.kind in "OT":
            plain[name] = (array.dims, plain_text(array.values), array.attrs)
        elif array.dtype == np.float16:
            plain[name] = array.astype(np.float32, keep_attrs=True)
    return plain


def _faults(recording: xr.Dataset) -> Iterator[str]:
    for name, array in recording.variables.items():
        yield from _name_faults(name)
        yield from _value_faults(str(name), array)
        yield from _attribute_faults(f"{name}, attribute", array.attrs)
    yield from _attribute_faults("attribute", recording.attrs)


def _name_faults(name: Hashable) -> Iterator[str]:
    if not isinstance(name, str) or not name.strip() or "/" in name or not _is_writable(name):
        yield (
            f"{name!r}: a name that netCDF cannot hold, expected text without '/' and control "
            "characters: dataset.rename"
        )


def _value_faults(name: str, array: xr.Variable) -> Iterator[str]:
    kind = array.dtype.kind
    if kind in _NO_TYPE:
        yield f"{name}: found {array.dtype}; netCDF has no {_NO_TYPE[kind]}"
    elif kind == "f" and array.dtype.itemsize > 8:
        yield f"{name}: found {array.dtype}, expected 64 bits at most: values.astype('float64')"
    elif kind in "OTU":
        yield from _text_faults(name, array)


def _text_faults(name: str, array: xr.Variable) -> Iterator[str]:
    values = array.values.ravel().tolist()
    # Each text once, where all are texts: a subject has many trials.
    for value in dict.fromkeys(values) if array.dtype.kind == "U" else values:
        if not isinstance(value, str):
            yield (
                f"{name}: found {type(value).__name__} {value!r} among its values, expected text "
                "in every one, or numbers in every one"
            )
            return
        if not _is_writable(value):
            yield f"{name}: found {value!r}, expected text without NUL and half characters"
            return


def _attribute_faults(where: str, attributes: Mapping[Hashable, object]) -> Iterator[str]:
    for key, value in attributes.items():
        if not isinstance(key, str) or not key or not _is_writable(key):
            yield f"{where} {key!r}: expected text as its name"
        elif not _is_attribute(value):
            yield (
                f"{where} {key!r}: found {type(value).__name__} {value!r}, expected a string, a "
                "number, or a list of strings or of numbers (netCDF takes no other)"
            )


def _is_attribute(value: object) -> bool:
    if isinstance(value, str):
        return _is_writable(value)
    if isinstance(value, (bool, np.bool_)):
        return False
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return value.ndim <= 1 and value.size > 0 and _has_type(value.dtype)
    if isinstance(value, (np.integer, np.floating)):
        return _has_type(value.dtype)
    if isinstance(value, (int, float)):
        return isinstance(value, float) or _SMALLEST <= value <= _LARGEST
    if is_labels(value):
        assert isinstance(value, (list, tuple, np.ndarray))
        return all(_is_writable(str(label)) for label in value)
    return (
        isinstance(value, (list, tuple))
        and len(value) > 0
        and all(isinstance(one, _NUMBERS) and _is_attribute(one) for one in value)
    )


def _has_type(dtype: np.dtype[Any]) -> bool:
    return dtype.kind != "f" or dtype.itemsize in (4, 8)


def _is_writable(text: str) -> bool:
    """Say whether text is without NUL, which would end it, and can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text
