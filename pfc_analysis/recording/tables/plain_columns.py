"""Convert arrays of a file to booleans, numbers or text, or say why that is not possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.recording.schema import plain_text

_LARGEST_TEXT = 64 * 2**20
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


@dataclass(frozen=True)
class Refused:
    """An item of a file that cannot be used as a column.

    Attributes
    ----------
    reason : str
        What it is, as the rest of a sentence that begins with "found".
    """

    reason: str


def as_plain(values: np.ndarray) -> np.ndarray | Refused:
    """Convert values to this machine's byte order and text to str, or say why they cannot be used.

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape and any kind.

    Returns
    -------
    numpy.ndarray or Refused
        The same shape, of kind b, i, u, f or U. Bytes are read as UTF-8, times become text
        (ISO 8601).
    """
    kind = values.dtype.kind
    if kind in "biuf":
        return values.astype(values.dtype.newbyteorder("="), copy=False)
    if kind in "OTS":
        return _as_text(values)
    if kind == "U":
        return _checked_text(values.astype(values.dtype.newbyteorder("="), copy=False))
    if kind == "M":
        return np.datetime_as_string(values)
    names = {"c": "complex numbers", "m": "time spans", "V": "several values in one entry"}
    return Refused(names.get(kind, f"values of {values.dtype}"))


def _as_text(values: np.ndarray) -> np.ndarray | Refused:
    entries = values.ravel().tolist()
    try:
        texts = [text.decode("utf-8") if isinstance(text, bytes) else text for text in entries]
    except UnicodeDecodeError:
        return Refused("bytes that are no text in UTF-8")
    if not all(isinstance(text, str) for text in texts):
        other = next(text for text in texts if not isinstance(text, str))
        return Refused(f"objects ({type(other).__name__})")
    longest = max(map(len, texts), default=0)
    if 4 * longest * len(texts) > _LARGEST_TEXT:
        return Refused(f"texts of up to {longest} characters")
    plain = plain_text(np.array(texts, dtype=object)) if texts else np.empty(0, dtype="U1")
    return _checked_text(plain.reshape(values.shape))


def _checked_text(values: np.ndarray) -> np.ndarray | Refused:
    """Refuse text with invalid characters, which damaged files contain."""
    codes = np.ascontiguousarray(values).view(np.uint32) if values.itemsize else values[:0]
    if not codes.size:
        return values
    first, last = _SURROGATES
    if codes.max() > _LAST_CODE_POINT or ((codes >= first) & (codes <= last)).any():
        return Refused("text with characters that do not exist")
    return values


def one_value(values: np.ndarray) -> str | float | Refused:
    """Return the single value of an array: text or a number."""
    plain = as_plain(values)
    if isinstance(plain, Refused):
        return plain
    value = plain.reshape(-1)[0].item()
    return value if isinstance(value, str) else float(value)
