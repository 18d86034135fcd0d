"""Decide where each variable of a recording is written in an NWB file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.exports.export_manifest import unique_names
from pfc_analysis.recording.schema import plain_text

EXPORT_MARK = "scratch/pfc_analysis_recording"
"""Where an NWB file holds the description from which the recording can be rebuilt."""

RUNNING = ("step", "event", "time")
"""Dimensions of time inside a trial."""

UNITS = "units"
"""Name of the table of units, among the series."""

_TAKEN = ("id", "start_time", "stop_time", "tags", "tags_index", "timeseries", "timeseries_index")
_UNFIT = r"[^\w]"
_UNITS_TAKEN = ("id", "unit")


def time_order(dims: Sequence[str]) -> list[str]:
    """Order dimensions by time: trial, then what runs on inside it, then the others."""
    running = [dim for dim in RUNNING if dim in dims][:1]
    return ["trial", *running, *(dim for dim in dims if dim not in ("trial", *running))]


def find_places(session: xr.Dataset) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Say where each variable goes.

    Parameters
    ----------
    session : xarray.Dataset
        Trials of one session.

    Returns
    -------
    places : dict
        By variable: `{}` where its values are in the description of the recording; `columns` of
        the trials table; `column` of the table of units; or `series`, a path.
    left_out : dict of str to str
        Variables that NWB cannot hold, and why.
    """
    places: dict[str, dict[str, Any]] = {}
    left_out: dict[str, str] = {}
    for name in map(str, session.variables):
        why = _why_not(session[name])
        if why:
            left_out[name] = why
        else:
            places[name] = {"kind": _kind(session[name], name)}
    _name_columns(session, places)
    _name_others(session, places)
    return places, left_out


def _why_not(array: xr.DataArray) -> str:
    kind = array.dtype.kind
    is_text = kind in "UT" or (
        kind == "O" and all(isinstance(entry, str) for entry in array.values.ravel())
    )
    if is_text and any("\0" in entry for entry in plain_text(array.values).ravel()):
        return "text with the character NUL, which HDF5 cannot hold; CSV can"
    if is_text and "trial" in array.dims and set(array.dims) - {"trial", "arm"}:
        return "text inside trials, which has no place in NWB; netCDF (save_recording) holds it"
    if not is_text and not (kind in "biu" or (kind == "f" and array.dtype.itemsize <= 8)):
        return f"values of {array.dtype} are neither numbers of 64 bits at most nor text"
    return ""


def _kind(array: xr.DataArray, name: str) -> str:
    if name in ("subject", "session"):
        return "constant"
    if "trial" not in array.dims:
        return "unit" if array.dims == ("unit",) else "constant"
    return "trial" if set(array.dims) <= {"trial", "arm"} else "series"


def _name_columns(session: xr.Dataset, places: dict[str, dict[str, Any]]) -> None:
    """Name the columns of the trials table, each once and without characters NWB does not allow."""
    wanted: list[tuple[str, str]] = []
    for name, place in places.items():
        if place["kind"] != "trial":
            continue
        if "arm" not in session[name].dims:
            wanted.append((name, name))
        elif "arm" in session.coords:
            wanted += [(name, f"{name}_{label}") for label in session["arm"].values]
        else:
            wanted += [(name, f"{name}_{number}") for number in range(session.sizes["arm"])]
    columns = unique_names([column for _, column in wanted], _TAKEN, _UNFIT)
    for (name, _), column in zip(wanted, columns, strict=True):
        places[name].setdefault("columns", []).append(column)


def _name_others(session: xr.Dataset, places: dict[str, dict[str, Any]]) -> None:
    units = [n for n, place in places.items() if place["kind"] == "unit" and n != "unit"]
    for name, column in zip(units, unique_names(units, _UNITS_TAKEN, _UNFIT), strict=True):
        places[name]["column"] = column
    series = [n for n, place in places.items() if place["kind"] == "series"]
    for name, title in zip(series, unique_names(series, (UNITS,), _UNFIT), strict=True):
        module = "ophys" if "time" in session[name].dims else "network"
        places[name]["series"] = f"processing/{module}/{title}"


def stacked(array: xr.DataArray) -> np.ndarray:
    """Return values in the order of time: trials and their steps on one axis, then the others."""
    order = time_order([str(dim) for dim in array.dims])
    values = array.transpose(*order).values
    if len(order) > 1 and order[1] in RUNNING:
        values = values.reshape(-1, *values.shape[2:])
    return values


def stacked_shape(dims: Sequence[str], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the shape of the result of `stacked`."""
    order = time_order(dims)
    shape = [sizes[dim] for dim in order]
    if len(order) > 1 and order[1] in RUNNING:
        shape = [shape[0] * shape[1], *shape[2:]]
    return tuple(shape)


def unstacked(values: np.ndarray, dims: Sequence[str], sizes: Mapping[str, int]) -> np.ndarray:
    """Undo `stacked`."""
    order = time_order(dims)
    values = values.reshape([sizes[dim] for dim in order])
    return values.transpose([order.index(dim) for dim in dims])
