"""Convert attributes and small arrays to JSON and back, without changing a bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pfc_analysis.recording.schema import RecordingError, plain_text

_SPARE = 1000
"""Characters by which a text's width may exceed its longest entry, per entry as long."""


def to_plain(value: Any, where: str) -> Any:
    """Turn an attribute into what JSON can hold.

    Parameters
    ----------
    value : str, int, float, numpy number, list or numpy.ndarray
        The attribute. Lists hold text or numbers.
    where : str
        Whose it is; it opens the message of an error.

    Returns
    -------
    str, int, float, list or dict
        For `from_plain`. Arrays and numpy's numbers carry their dtype; NaN and infinities their
        name, since JSON has no number for them.

    Raises
    ------
    RecordingError
        If it is none of these.
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.generic) and value.dtype.kind in "iufb":
        return {"dtype": value.dtype.str, "value": _number(value.item())}
    if isinstance(value, np.ndarray) and value.dtype.kind in "iufbU":
        return encode_array(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"float": repr(value)} if value != value or abs(value) == np.inf else value
    if isinstance(value, (list, tuple, np.ndarray)):
        return [to_plain(entry, where) for entry in value]
    raise RecordingError(
        f"{where}: found {type(value).__name__} {value!r}, expected text, a number or a list of "
        "them. Turn it into text: str(...)."
    )


def from_plain(value: Any) -> Any:
    """Turn the result of `to_plain` back into the attribute."""
    if isinstance(value, list):
        return [from_plain(entry) for entry in value]
    if isinstance(value, Mapping):
        if "float" in value:
            return float(value["float"])
        if "values" in value:
            return decode_array(value)
        return checked_dtype(value["dtype"]).type(value["value"])
    return value


def encode_array(values: np.ndarray) -> dict[str, Any]:
    """Turn an array of numbers, booleans or text into what JSON can hold."""
    flat = values.ravel().tolist()
    return {
        "dtype": values.dtype.str,
        "shape": list(values.shape),
        "values": [_number(entry) for entry in flat],
    }


def decode_array(entry: Mapping[str, Any]) -> np.ndarray:
    """Turn the result of `encode_array` back into the array."""
    dtype, values = checked_dtype(entry["dtype"]), entry["values"]
    if dtype.kind == "U":
        return as_dtype(np.array(values, dtype=str), dtype).reshape(entry["shape"])
    if dtype.kind == "f":
        values = [float(value) for value in values]
    return np.array(values, dtype=dtype).reshape(entry["shape"])


def checked_dtype(name: str) -> np.dtype[Any]:
    """Return the dtype of a name; refuse any but numbers, booleans and text."""
    dtype = np.dtype(name)
    if dtype.kind not in "biufU":
        raise RecordingError(f"found dtype {name!r}, expected one of numbers, booleans or text")
    return dtype


def as_dtype(values: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """Convert an array to its original dtype; longer text is not cut."""
    if dtype.kind != "U":
        return values.astype(dtype)
    text = plain_text(values)
    wide, found = dtype.itemsize // 4, text.dtype.itemsize // 4
    if wide > _SPARE * max(found, 1):
        raise RecordingError(
            f"found text of {wide} characters announced and {found} there, expected at most "
            f"{_SPARE} times as many: the file was not written by this toolkit, or changed since"
        )
    return text.astype(dtype) if wide > found else text.astype(f"{dtype.byteorder}U{found}")


def _number(value: Any) -> Any:
    if isinstance(value, float) and (value != value or abs(value) == np.inf):
        return repr(value)
    return int(value) if isinstance(value, bool) else value
