"""Recognise the dimensions of an array of counts, and bring it to (trial, window, unit)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.neurons.neural_data import (
    NeuralData,
    NeuralRequest,
    unknown_where_empty,
)
from pfc_analysis.recording.neurons.neural_entries import DIMS
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.plain_columns import Refused, as_plain
from pfc_analysis.recording.tables.table_building import Item, Letters, Source


def read_count_array(path: Path, items: Mapping[str, Item], request: NeuralRequest) -> NeuralData:
    """Read an array of counts that lies beside the columns of a table.

    Parameters
    ----------
    path : Path
        The file.
    items : mapping of str to Item
        All that lies there, by name.
    request : NeuralRequest
        With `counts` and `windows`.

    Returns
    -------
    NeuralData
        With counts and what `units` names.

    Raises
    ------
    RecordingError
        If there is no such array, its dimensions do not fit or fit in several ways, or its values
        are no counts.
    """
    assert request.counts is not None
    name = request.counts.array
    source = _array(path, items, name)
    units = {own: _of_units(path, items, array) for own, array in request.units.items()}
    sizes = {array: len(units[own]) for own, array in request.units.items()}
    dims = find_dims(
        f"{path}, {name}",
        source.shape,
        request.size,
        len(request.windows),
        sizes,
        request.counts.dims,
    )
    counts = _checked(path, name, source.read())
    if "window" not in dims:
        counts, dims = counts[..., None], (*dims, "window")
    counts = np.ascontiguousarray(counts.transpose([dims.index(dim) for dim in DIMS]))
    shown = " x ".join(f"{dim} {size}" for dim, size in zip(dims, source.shape, strict=False))
    notes = [f"spike_count: array {name!r}, read as {shown}"]
    if np.any(counts[np.isfinite(counts)] % 1):
        notes.append(
            f"spike_count: some values of {name!r} are no whole numbers. Are these rates, or "
            "counts that were smoothed?"
        )
    return NeuralData(
        counts,
        {own: _as_unit_values(own, values) for own, values in units.items()},
        {own: f"{array} of the file" for own, array in request.units.items()},
        notes=tuple(notes),
    )


def find_dims(
    where: str,
    shape: Sequence[int],
    trials: int,
    windows: int,
    unit_sizes: Mapping[str, int],
    given: Sequence[str] = (),
) -> tuple[str, ...]:
    """Find which dimension of an array counts trials, windows and units, by their lengths.

    Parameters
    ----------
    where : str
        File and array; it opens the message of an error.
    shape : sequence of int
        Shape of the array.
    trials, windows : int
        How many there are. An array without a dimension of windows has a single window.
    unit_sizes : mapping of str to int
        By name, lengths of what has one value for each unit, which must all be the same.
    given : sequence of str
        The dimensions, where the column map says them.

    Returns
    -------
    tuple of str
        "trial", "window" and "unit" in the order of the array.

    Raises
    ------
    RecordingError
        If the lengths fit no order or several; the message lists the lengths and the readings.

    Examples
    --------
    >>> find_dims("a.mat, X", (590, 1956, 6), 1956, 6, {})
    ('unit', 'trial', 'window')
    """
    wanted = f"{trials} trials, {windows} window(s)" + "".join(
        f", {size} units ({name})" for name, size in unit_sizes.items()
    )
    readings = [
        dims
        for dims in _orders(len(shape), windows)
        if _fits(dict(zip(dims, shape, strict=True)), trials, windows, unit_sizes)
    ]
    if given:
        readings = [dims for dims in readings if dims == tuple(given)]
    if len(readings) == 1:
        return readings[0]
    if readings:
        listed = "\n".join(f"  - dims = {_toml(dims)}" for dims in readings)
        raise RecordingError(
            f"{where}: found an array of shape {tuple(shape)}, whose dimensions can be read in "
            f"{len(readings)} ways, since lengths are the same ({wanted}). Say which in the column "
            f"map, as counts = {{ array = NAME, dims = [..] }}:\n{listed}"
        )
    said = f" as dims = {_toml(given)}" if given else ""
    raise RecordingError(
        f"{where}: found an array of shape {tuple(shape)}, expected{said} lengths of {wanted}. "
        "List in `windows` every window of the array in its order, and check that the array "
        "belongs to these trials: an array with other trials or other units cannot be matched."
    )


def _orders(n_dims: int, windows: int) -> list[tuple[str, ...]]:
    if n_dims == 3:
        return list(permutations(DIMS))
    return list(permutations(("trial", "unit"))) if n_dims == 2 and windows == 1 else []


def _fits(
    sizes: Mapping[str, int], trials: int, windows: int, unit_sizes: Mapping[str, int]
) -> bool:
    if sizes["trial"] != trials or sizes.get("window", 1) != windows:
        return False
    return all(size == sizes["unit"] for size in unit_sizes.values())


def _toml(dims: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{dim}"' for dim in dims) + "]"


def _array(path: Path, items: Mapping[str, Item], name: str) -> Source:
    item = items.get(name)
    if item is None:
        raise RecordingError(
            f"{path}: found no array {name!r}{did_you_mean(name, items)}, expected it as `counts` "
            f"of the column map says. There are {', '.join(map(repr, list(items)[:30]))}."
        )
    if not isinstance(item, Source):
        what = item.reason if isinstance(item, Refused) else "no array of numbers"
        raise RecordingError(f"{path}, {name}: found {what}, expected an array of counts.")
    return item


def _checked(path: Path, name: str, values: np.ndarray) -> np.ndarray:
    plain = as_plain(values)
    found = plain.reason if isinstance(plain, Refused) else str(plain.dtype)
    if isinstance(plain, Refused) or plain.dtype.kind not in "biuf":
        raise RecordingError(f"{path}, {name}: found {found}, expected an array of counts.")
    if plain.size == 0:
        raise RecordingError(
            f"{path}, {name}: found an array of shape {plain.shape}, which holds no count, "
            "expected counts of one unit or more. For trials without neurons, leave `counts` out "
            "of the column map."
        )
    wrong = np.isinf(plain) | (plain < 0)
    if wrong.any():
        at = tuple(int(index) for index in np.argwhere(wrong)[0])
        raise RecordingError(
            f"{path}, {name}: found {plain[at].item()} at {at} ({int(wrong.sum())} such value(s)), "
            "expected counts of spikes, 0 or more, or NaN where nothing was recorded. Differences "
            "from a baseline and z-scores are no counts: save the counts themselves."
        )
    return plain.astype(np.float32)


def _of_units(path: Path, items: Mapping[str, Item], name: str) -> np.ndarray:
    """Return what has one value for each unit; of a matrix, one of its columns."""
    whole, _, number = name.rpartition("_")
    item = items.get(name)
    if item is None and isinstance(items.get(whole), Source) and number.isdigit():
        return _column_of(path, items[whole], name, int(number))
    if isinstance(item, Letters):
        return np.array([row.strip() for row in item.rows], dtype=str)
    if not isinstance(item, Source) or prod(item.shape) != max(item.shape, default=0):
        found = "nothing" if item is None else "no list of single values"
        raise RecordingError(
            f"{path}, {name}: found {found}{did_you_mean(name, items)}, expected one value for "
            "each unit, as `units` of the column map says. Column 0, 1, ... of a matrix is called "
            "NAME_0, NAME_1, ..."
        )
    return _plain_units(path, name, item.read().reshape(-1))


def _column_of(path: Path, item: Any, name: str, number: int) -> np.ndarray:
    if len(item.shape) != 2 or number >= item.shape[1]:
        raise RecordingError(
            f"{path}, {name}: found an array of shape {item.shape}, expected a matrix with a row "
            f"for each unit and {number + 1} columns or more."
        )
    return _plain_units(path, name, item.read()[:, number])


def _plain_units(path: Path, name: str, values: np.ndarray) -> np.ndarray:
    plain = as_plain(values)
    if isinstance(plain, Refused):
        raise RecordingError(
            f"{path}, {name}: found {plain.reason}, expected one value for each unit."
        )
    return plain


def _as_unit_values(name: str, values: np.ndarray) -> np.ndarray:
    return unknown_where_empty(values.tolist()) if name in ("area", "quality") else values
