"""Describe an exported recording in JSON, and rebuild the recording from it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.exports.json_values import (
    as_dtype,
    checked_dtype,
    decode_array,
    encode_array,
    from_plain,
    to_plain,
)
from pfc_analysis.recording.schema import RecordingError, is_labels, plain_text
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.validation import validate

FORMAT, VERSION = "pfc_analysis recording", 1
"""Name and version of the description of an exported recording."""


def describe(recording: xr.Dataset, names: Collection[str]) -> dict[str, Any]:
    """Describe a recording and some of its variables, in what JSON can hold.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording.
    names : collection of str
        Variables and coordinates that the export holds. The values of those without dimension
        `trial` are in the description.

    Returns
    -------
    dict
        `format`, `version`, `attributes`, and `variables` with, by name, `dims`, `dtype`,
        `coordinate`, `attributes` and perhaps `values`.
    """
    variables: dict[str, Any] = {}
    for name in map(str, recording.variables):
        if name not in names:
            continue
        array = recording[name]
        values = plain_text(array.values) if array.dtype.kind in "OT" else array.values
        variables[name] = {
            "dims": list(array.dims),
            "dtype": values.dtype.str,
            "coordinate": name in recording.coords,
            "attributes": _plain_attributes(array.attrs, f"{name}, attribute"),
        }
        if "trial" not in array.dims:
            variables[name]["values"] = encode_array(values)
    return {
        "format": FORMAT,
        "version": VERSION,
        "attributes": _plain_attributes(recording.attrs, "attribute"),
        "variables": variables,
    }


def _plain_attributes(attributes: Mapping[Any, Any], where: str) -> dict[str, Any]:
    return {str(key): to_plain(value, f"{where} {key!r}") for key, value in attributes.items()}


def dump_json(document: Mapping[str, Any], indent: int | None = None) -> str:
    """Write a description as JSON text; the same description gives the same text."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)


def check_description(document: Any, source: str) -> dict[str, Any]:
    """Return a description if this version of the toolkit can read it."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RecordingError(
            f"{source}: found no description of a recording, expected one as "
            "pfc_analysis.export_recording writes it."
        )
    if document.get("version") != VERSION:
        raise RecordingError(
            f"{source}: found version {document.get('version')!r} of the description, expected "
            f"{VERSION}. Get the version of pfc_analysis that wrote it."
        )
    return document


def rebuild(
    document: Mapping[str, Any], arrays: Mapping[str, np.ndarray], source: str
) -> xr.Dataset:
    """Put a recording together again.

    Parameters
    ----------
    document : mapping
        From `describe`.
    arrays : mapping of str to numpy.ndarray
        Values of every variable on dimension `trial`, in the dimensions described.
    source : str
        The file; it opens the message of an error.

    Returns
    -------
    xarray.Dataset
        The recording, checked.

    Raises
    ------
    RecordingError
        If the description is faulty, or what comes out is no recording.
    """
    try:
        data: dict[str, Any] = {}
        coords: dict[str, Any] = {}
        for name, entry in document["variables"].items():
            values = arrays[name] if name in arrays else decode_array(entry["values"])
            values = as_dtype(values, checked_dtype(entry["dtype"]))
            attributes = {key: from_plain(value) for key, value in entry["attributes"].items()}
            place = coords if entry["coordinate"] else data
            place[name] = (tuple(entry["dims"]), values, attributes)
        attributes = {key: from_plain(value) for key, value in document["attributes"].items()}
        recording = xr.Dataset(data, coords, attributes)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordingError(
            f"{source}: the description of the recording is faulty ({type(error).__name__}: "
            f"{error}). Export it again."
        ) from error
    return validate(recording, source=source)


def labels_of(array: xr.DataArray) -> list[str] | None:
    """Return the labels that can be written in place of the codes of a variable, or None.

    Labels that are empty or doubled would not lead back to one code, nor would codes without one.
    """
    found = array.attrs.get("labels")
    if array.dtype.kind not in "iu" or not is_labels(found):
        return None
    assert found is not None
    labels = [str(label) for label in found]
    codes = array.values
    known = bool(((codes >= MISSING) & (codes < len(labels))).all())
    return labels if known and "" not in labels and len(set(labels)) == len(labels) else None


def to_labels(codes: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Replace codes by their labels; -1 becomes empty."""
    return np.array([*labels, ""])[codes.astype(np.int64)]


def from_labels(text: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Replace labels by their codes; empty text becomes -1, any other text -2."""
    codes = {"": MISSING} | {label: code for code, label in enumerate(labels)}
    return np.array([codes.get(entry, MISSING - 1) for entry in text.ravel().tolist()]).reshape(
        text.shape
    )


def unique_names(names: Sequence[str], taken: Collection[str], unfit: str) -> Iterator[str]:
    """Yield names that another format can hold, each once.

    Parameters
    ----------
    names : sequence of str
        Names here.
    taken : collection of str
        Names that the format keeps for itself.
    unfit : str
        Pattern of characters that it cannot hold; they become "_".
    """
    used = set(taken)
    for name in names:
        clean = re.sub(unfit, "_", name) or "_"
        if clean in taken:
            clean = f"recorded_{clean}"
        candidate, number = clean, 2
        while candidate in used:
            candidate, number = f"{clean}_{number}", number + 1
        used.add(candidate)
        yield candidate
