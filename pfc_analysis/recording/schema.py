"""The schema of a recording: one xarray dataset, the same for agents and animals.

Dimension ``trial`` counts every trial of every session of every subject, in order; sessions are
never padded. Agents add ``step`` (the decision steps inside a trial, by name), ``event`` (the
arrivals at which a prediction error is stamped, by name) and ``unit`` (recurrent units). Signals
recorded around an event of the trial add ``time`` (samples, in seconds from the event).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.near_names import did_you_mean as did_you_mean
from pfc_analysis.recording.standard_variables import COORDINATES, MISSING, VARIABLES, VariableSpec


class RecordingError(ValueError):
    """A file or dataset is not a valid recording; the message names every fault."""


def is_labels(value: object) -> bool:
    """Say whether an attribute is a list of strings with at least one entry."""
    return (
        isinstance(value, (list, tuple, np.ndarray))
        and len(value) > 0
        and all(isinstance(label, str) for label in value)
    )


def plain_text(values: np.ndarray) -> np.ndarray:
    """Convert text to numpy's fixed-width dtype, which netCDF and Zarr store unchanged."""
    if values.dtype.kind == "T":  # numpy casts this one only by way of objects
        values = values.astype(object)
    return values.astype(str)


def with_attributes(dataset: xr.Dataset) -> xr.Dataset:
    """Describe the standard variables of a dataset in its own attributes.

    Each gets `long_name` and `units`, and each that codes a category gets the CF attributes
    `flag_values` and `flag_meanings`, so that the file explains itself to any netCDF reader.

    Parameters
    ----------
    dataset : xarray.Dataset
        A recording, or a dataset on its way to become one.

    Returns
    -------
    xarray.Dataset
        The same data in a new dataset. Attributes that were set before are kept, except the
        flags, which follow from `labels` and the schema.
    """
    described = dataset.copy()
    for name, array in described.variables.items():
        spec = COORDINATES.get(str(name)) or VARIABLES.get(str(name))
        if spec is not None:
            array.attrs = {**spec.attributes(), **array.attrs, **_flags(array, spec)}
    return described


def _flags(array: xr.Variable, spec: VariableSpec) -> dict[str, Any]:
    """Return the CF flags of a coded variable; blanks in meanings become underscores."""
    labels = array.attrs.get("labels")
    if array.dtype.kind not in "iu":
        return {}
    if spec.meanings is not None:
        meanings = dict(spec.meanings)
    elif is_labels(labels):
        assert labels is not None
        meanings = {} if spec.lowest == 0 else {MISSING: "none"}
        meanings |= {index: "_".join(label.split()) for index, label in enumerate(labels)}
    else:
        return {}
    if array.dtype.kind == "u":  # an unsigned variable cannot hold -1
        meanings.pop(MISSING, None)
    return {
        "flag_values": np.array(list(meanings), dtype=array.dtype),
        "flag_meanings": " ".join(meanings.values()),
    }
