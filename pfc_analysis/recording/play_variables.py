"""Variables of played sessions as plain arrays, and the recording that is made of them.

Arrays of several replicas are concatenated before xarray gets them: with datasets, each step of the
way would copy and align all variables again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import with_attributes

Variables = dict[str, tuple[tuple[str, ...], np.ndarray[Any, Any], dict[str, Any]]]
"""Maps names to (dimensions, array, attributes)."""

COORDINATES_BESIDE = {
    *("subject", "session", "trial_in_session", "arm", "lstm", "seen_at_step", "seen_trials_later"),
    *("replayed_subject", "replayed_session", "replayed_trial_in_session"),
}
"""Coordinates of a recording of played sessions, besides those named like their dimension."""


def make_recording(variables: Variables) -> xr.Dataset:
    """Make a recording of variables.

    Parameters
    ----------
    variables : dict
        Variables with the names of the recording schema.

    Returns
    -------
    xarray.Dataset
        With the attributes of the schema, not validated. Data variables come first.
    """
    coords = {name for name, (dims, _, _) in variables.items() if dims == (name,)}
    coords |= COORDINATES_BESIDE & set(variables)
    data = {name: entry for name, entry in variables.items() if name not in coords}
    return with_attributes(
        xr.Dataset(data, {name: entry for name, entry in variables.items() if name in coords})
    )


def join_variables(parts: Sequence[Variables]) -> Variables:
    """Concatenate variables of the same task and network along `trial`.

    Parameters
    ----------
    parts : sequence of dict
        Variables of consecutive sessions or replicas. Those without the dimension `trial` are the
        same in all; those of the first are taken.
    """
    if len(parts) == 1:
        return parts[0]
    joined: Variables = {}
    for name, (dims, values, attributes) in parts[0].items():
        if dims[0] == "trial":
            values = np.concatenate([part[name][1] for part in parts])
        joined[name] = dims, values, attributes
    return joined


def count_trials(variables: Variables) -> int:
    """Return the number of trials of variables."""
    return len(variables["session"][1])


def count_bytes(variables: Variables) -> int:
    """Return the memory that variables take, in bytes."""
    return sum(values.nbytes for _, values, _ in variables.values())
