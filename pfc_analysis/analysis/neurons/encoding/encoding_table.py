"""Lay out what encoding models explain, with intervals, as a labelled dataset."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import (
    EVERYTHING,
    WITHOUT,
    Errors,
    estimate,
)
from pfc_analysis.analysis.neurons.encoding.encoding_rows import EncodingRows

SCORES = ("components", "units")

TEXTS = {
    "r_squared": "share of the variance of held-out responses that the model explains",
    "gain": "share of variance that the features add to the base",
    "difference": "gain of the features minus that of the rival",
    "unique": "share of variance that is lost without the features",
    "shared": "share of variance that the features add but others can replace",
    "partial_r_squared": "share of the error left by all others that the features take away",
}

Draws = dict[str, FloatArray]
"""Values (replica, 1 + block, ...) by name of the model."""


def tabulate(errors: Errors, rows: EncodingRows, models: list[str]) -> xr.Dataset:
    """Lay out the shares of all models, and their differences."""
    base, *sets = [one.name for one in rows.sets]
    scored = SCORES if errors.n_units else SCORES[:1]
    scores = [{name: errors.share(name, score) for name in models} for score in scored]
    variables: dict[str, Any] = {}
    quantities = [list_quantities(draws, base, sets) for draws in scores]
    for name, (dims, _) in quantities[0].items():
        stacked = np.stack([each[name][1] for each in quantities], axis=2)
        variables |= _with_interval(name, ("score", *dims), stacked)
    variables["replica_r_squared"] = (
        ("score", "model", "replica"),
        np.array([[draws[name][:, 0] for name in models] for draws in scores]),
        {"long_name": f"{TEXTS['r_squared']}, of each replica", "units": "1"},
    )
    coords: dict[str, Any] = {"score": list(scored), "model": models, "features": sets}
    coords |= {"rival": [base, *sets], "replica": list(rows.replicas)}
    if errors.n_units:
        units = {name: errors.share_of_units(name) for name in models}
        variables |= _list_units(units, base, sets)
        coords |= rows.unit_coords
    return xr.Dataset(variables, coords=coords)


Quantities = dict[str, tuple[tuple[str, ...], FloatArray]]
"""Dimensions, and values (replica, 1 + block, ...), by name."""


def list_quantities(draws: Draws, base: str, sets: list[str]) -> Quantities:
    """Compute shares, gains and differences from the shares of models, (replica, any)."""
    of_set = ("features",)
    gains = {base: np.zeros_like(draws[base])} | {s: draws[s] - draws[base] for s in sets}
    differences = [
        np.stack([gains[s] - gains[rival] for rival in (base, *sets)], axis=-1) for s in sets
    ]
    found: Quantities = {
        "r_squared": (("model",), np.stack(list(draws.values()), axis=-1)),
        "gain": (of_set, np.stack([gains[s] for s in sets], axis=-1)),
        "difference": (("features", "rival"), np.stack(differences, axis=-2)),
    }
    if EVERYTHING not in draws:
        return found
    full = draws[EVERYTHING]
    without = [draws[WITHOUT.format(s)] for s in sets]
    unique = [full - each for each in without]
    shared = [gains[s] - own for s, own in zip(sets, unique, strict=True)]
    partial = [own / (1.0 - each) for own, each in zip(unique, without, strict=True)]
    for name, values in (("unique", unique), ("shared", shared), ("partial_r_squared", partial)):
        found[name] = (of_set, np.stack(values, axis=-1))
    return found


def _with_interval(name: str, dims: tuple[str, ...], draws: FloatArray) -> dict[str, Any]:
    found = estimate(draws)
    return {
        name: (dims, found.value, {"long_name": TEXTS[name], "units": "1"}),
        f"{name}_lower": (dims, found.lower),
        f"{name}_upper": (dims, found.upper),
    }


def _list_units(units: Draws, base: str, sets: list[str]) -> dict[str, Any]:
    """Lay out shares and gains of single units, with intervals."""
    stacked = np.stack(list(units.values()), axis=2)
    found = _unit_interval("r_squared", ("model", "unit"), stacked)
    gain = np.stack([units[s] - units[base] for s in sets], axis=2)
    found |= _unit_interval("gain", ("features", "unit"), gain)
    if EVERYTHING in units:
        full = units[EVERYTHING]
        without = np.stack([units[WITHOUT.format(s)] for s in sets], axis=2)
        unique = full[:, :, None] - without
        found |= _unit_interval("unique", ("features", "unit"), unique)
        found |= _unit_interval("partial_r_squared", ("features", "unit"), unique / (1 - without))
    return found


def _unit_interval(name: str, dims: tuple[str, ...], draws: FloatArray) -> dict[str, Any]:
    found = estimate(draws)
    text = {"long_name": f"{TEXTS[name]}, of each unit", "units": "1"}
    return {
        f"unit_{name}": (dims, found.value, text),
        f"unit_{name}_lower": (dims, found.lower),
        f"unit_{name}_upper": (dims, found.upper),
    }
