"""Read what an NWB file says of its units: area, quality, electrode group and other columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pfc_analysis.recording.neurons.neural_data import unknown_where_empty
from pfc_analysis.recording.readers.nwb.nwb_columns import UnusableColumnError, plain_values
from pfc_analysis.recording.readers.nwb.nwb_tree import NwbTree
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.standard_variables import COORDINATES, VARIABLES

AREA_COLUMNS = ("area", "brain_area", "brain_region", "region", "location")
"""Columns of units that name the area, the first one there is."""

QUALITY_COLUMNS = ("quality", "unit_quality", "KSLabel", "ks_label", "group")
"""Columns of units that rate their quality, the first one there is."""

_SPIKES = ("spike_times", "obs_intervals", "electrodes", "electrode_group", "waveforms")

_Found = tuple[dict[str, np.ndarray], dict[str, str], list[str]]


def read_unit_table(tree: NwbTree, wanted: Mapping[str, str], n_units: int) -> _Found:
    """Read the columns of the table of units.

    Parameters
    ----------
    tree : NwbTree
        The open file.
    wanted : mapping of str to str
        By name, columns that the column map asks for.
    n_units : int
        How many units there are.

    Returns
    -------
    units : dict of str to numpy.ndarray
        By name, one value for each unit: `unit_label` (the file's number of the unit), `area`,
        `quality`, `electrode_group`, where these are known, and every other plain column, whose
        name then begins with "unit_".
    said : dict of str to str
        What each is.
    notes : list of str
        Where area and quality were found.

    Raises
    ------
    RecordingError
        If a column that is asked for cannot be used.
    """
    columns = _plain_columns(tree, n_units)
    units: dict[str, np.ndarray] = {}
    said: dict[str, str] = {}
    for name, column in wanted.items():
        units[name] = _asked_for(tree, name, column, columns)
        said[name] = _description(tree, column)
    groups = _groups(tree, n_units)
    if groups is not None:
        units["electrode_group"], said["electrode_group"] = groups, "electrode group of the unit"
    notes = _find_area(tree, units, columns, groups) + _find_quality(units, columns)
    for name, values in columns.items():
        own = "unit_label" if name == "id" else name if name.startswith("unit_") else f"unit_{name}"
        used = name in wanted.values() or name in ("area", "quality")
        if not used and own not in units and own not in COORDINATES:
            units[own] = values
            said[own] = "number of the unit, as the file has it" if name == "id" else ""
            said[own] = said[own] or _description(tree, name)
    return units, said, notes


def _plain_columns(tree: NwbTree, n_units: int) -> dict[str, np.ndarray]:
    """Read every column with one plain value for each unit."""
    found = {}
    for name in tree.names("units"):
        if name in _SPIKES or name.endswith("_index") or tree.has(f"units/{name}_index"):
            continue
        try:
            if tree.shape(f"units/{name}") != (n_units,):
                continue
            found[name] = plain_values(tree.read(f"units/{name}"))
        except UnusableColumnError:
            continue
    return found


def _asked_for(
    tree: NwbTree, name: str, column: str, columns: Mapping[str, np.ndarray]
) -> np.ndarray:
    if column not in columns:
        raise RecordingError(
            f"{tree.path}, units: found no column {column!r}{did_you_mean(column, columns)} with "
            f"one value for each unit, expected it as units, {name} of the column map says. There "
            f"are {', '.join(map(repr, columns))}."
        )
    taken = name in VARIABLES or (name in COORDINATES and name not in ("area", "quality"))
    if taken:
        raise RecordingError(
            f"column map, units: found the name {name!r}, which means something else in a "
            "recording, expected another name."
        )
    values = columns[column]
    return unknown_where_empty(values.tolist()) if name in ("area", "quality") else values


def _description(tree: NwbTree, column: str) -> str:
    said = str(tree.attributes(f"units/{column}").get("description", "")).strip()
    return said or f"column {column!r} of the units"


def _groups(tree: NwbTree, n_units: int) -> np.ndarray | None:
    """Return the names of the units' electrode groups, where they can be read."""
    if not tree.has("units/electrode_group"):
        return None
    places = tree.referred("units/electrode_group")
    if places is None or len(places) != n_units:
        return None
    return unknown_where_empty([place.rpartition("/")[2] for place in places])


def _find_area(
    tree: NwbTree,
    units: dict[str, np.ndarray],
    columns: Mapping[str, np.ndarray],
    groups: np.ndarray | None,
) -> list[str]:
    if "area" in units:
        return []
    column = next((name for name in AREA_COLUMNS if name in columns), None)
    if column is not None:
        units["area"] = unknown_where_empty(columns[column].tolist())
        return [f"area: column {column!r} of the units"]
    n_units = len(next(iter(columns.values()), []))
    by_electrode = _locations_of_electrodes(tree, n_units)
    if by_electrode is not None:
        units["area"] = by_electrode
        return ["area: location of the unit's electrodes"]
    if groups is not None:
        units["area"] = unknown_where_empty([_location(tree, group) for group in groups])
        return ["area: location of the unit's electrode group"]
    return ["area: not known. Name the column with `units = { area = COLUMN }`, if there is one"]


def _location(tree: NwbTree, group: str) -> Any:
    place = f"general/extracellular_ephys/{group}"
    return tree.attributes(place).get("location", "") if tree.has(place) else ""


def _locations_of_electrodes(tree: NwbTree, n_units: int) -> np.ndarray | None:
    """Return the locations of each unit's electrodes; several are joined by "/"."""
    place, table = "units/electrodes", "general/extracellular_ephys/electrodes/location"
    if not (tree.has(place) and tree.has(f"{place}_index") and tree.has(table)):
        return None
    try:
        rows, ends = tree.read(place), tree.read(f"{place}_index").astype(np.int64)
        locations = plain_values(tree.read(table)).tolist()
    except UnusableColumnError:
        return None
    fits = rows.dtype.kind in "iu" and len(ends) == n_units and (np.diff(ends) >= 0).all()
    if not fits or (rows.size and not 0 <= rows.min() <= rows.max() < len(locations)):
        return None
    own = np.split(rows, ends[:-1]) if n_units else []
    named = ["/".join(dict.fromkeys(str(locations[row]) for row in part)) for part in own]
    return unknown_where_empty(named)


def _find_quality(units: dict[str, np.ndarray], columns: Mapping[str, np.ndarray]) -> list[str]:
    if "quality" in units:
        return []
    column = next((name for name in QUALITY_COLUMNS if name in columns), None)
    if column is None:
        return []
    units["quality"] = unknown_where_empty(columns[column].tolist())
    return [f"quality: column {column!r} of the units"]
