"""Concatenate recordings along trials: the replicas of an agent, the animals of a study."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.validation import validate


def concatenate_recordings(
    recordings: Sequence[xr.Dataset], source: str = "concatenated recording"
) -> xr.Dataset:
    """Concatenate recordings along `trial`.

    Parameters
    ----------
    recordings : sequence of xarray.Dataset
        Recordings with the same variables, labels, steps, events, units and arms. No session of a
        subject may be in two of them.
    source : str
        Name of the result in error messages.

    Returns
    -------
    xarray.Dataset
        Every trial of every recording, in order. An attribute that is the same in all is kept.
        An attribute that differs becomes the list of its different values, as strings.

    Raises
    ------
    RecordingError
        If there are no recordings, or they do not fit together.
    """
    if not recordings:
        raise RecordingError(f"{source}: found no recordings, expected at least 1")
    for number, recording in enumerate(recordings[1:], start=1):
        _check_fit(recordings[0], recording, f"{source}: recording {number}")
    whole = concatenate_variables(recordings)
    whole.attrs = _merged_attributes(recordings)
    return validate(whole, source=source)


def concatenate_variables(recordings: Sequence[xr.Dataset]) -> xr.Dataset:
    """Concatenate datasets that fit together along `trial`, without looking at their values."""
    return xr.concat(
        list(recordings),
        dim="trial",
        data_vars="minimal",
        coords="minimal",
        compat="equals",
        join="exact",
        combine_attrs="override",
    )


def join_recordings(recordings: Sequence[xr.Dataset]) -> xr.Dataset:
    """Concatenate several recordings; return a single one unchanged."""
    return recordings[0] if len(recordings) == 1 else concatenate_recordings(recordings)


def _check_fit(first: xr.Dataset, other: xr.Dataset, who: str) -> None:
    if set(first.variables) != set(other.variables):
        differing = sorted(map(str, set(first.variables) ^ set(other.variables)))
        raise RecordingError(
            f"{who}: the variable(s) {differing} are in only one of this recording and recording "
            "0, expected them in both: drop them (dataset.drop_vars) or record them in both."
        )
    for name, array in first.variables.items():
        labels, others = (list(v.attrs.get("labels", ())) for v in (array, other[name].variable))
        if labels != others:
            raise RecordingError(
                f"{who}: the labels of {name} are {others}, expected {labels} as in recording 0; "
                "recode its values first."
            )
        if "trial" not in array.dims and not array.equals(other[name].variable):
            raise RecordingError(
                f"{who}: {name} is {other[name].values.tolist()}, expected "
                f"{array.values.tolist()} as in recording 0."
            )


def _merged_attributes(recordings: Sequence[xr.Dataset]) -> dict[Hashable, Any]:
    merged: dict[Hashable, Any] = {}
    for key in dict.fromkeys(key for recording in recordings for key in recording.attrs):
        values = [recording.attrs[key] for recording in recordings if key in recording.attrs]
        texts = [text for value in values for text in _as_texts(value)]
        same = all(_as_texts(value) == _as_texts(values[0]) for value in values)
        merged[key] = values[0] if same else list(dict.fromkeys(texts))
    return merged


def _as_texts(value: object) -> list[str]:
    if isinstance(value, (list, tuple, np.ndarray)):
        return [str(entry) for entry in value]
    return [str(value)]
