"""Read responses of units, their predictors and the sessions of their trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray, NumberArray, is_finite, number_labels
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.row_blocks import RowBlocks, read_rows

INTERCEPT = "intercept"

SMALLEST_SPREAD = 1e-10
"""A unit that varies by less than this share of its size is constant except for rounding."""

SAMPLE_TRIALS = 4096
"""Evenly spaced trials in which variation is looked for first."""

SessionLabels = xr.DataArray | Sequence[Any] | np.ndarray[Any, Any]


@dataclass(frozen=True)
class UnitDesign:
    """Responses and design of a regression of units.

    Attributes
    ----------
    responses : array (trial, unit)
        Finite, in the type they came in; every unit varies. If they came in an array of dask, its
        rows are read when they are asked for.
    units : tuple of str
        Labels of the units.
    design : float array (trial, 1 + predictor)
        Finite; column 0 is the intercept.
    names : tuple of str
        Of the design's columns.
    """

    responses: NumberArray | RowBlocks
    units: tuple[str, ...]
    design: FloatArray
    names: tuple[str, ...]


def read_unit_design(
    responses: xr.DataArray, predictors: xr.Dataset | xr.DataArray, kind: str = "responses"
) -> UnitDesign:
    """Read responses and predictors.

    Parameters
    ----------
    responses : xarray.DataArray
        On (`trial`, `unit`), in any order.
    predictors : xarray.Dataset or xarray.DataArray
        Variables on `trial`; or one array on `trial`, with a name, or on (`trial`, `predictor`).
    kind : str
        What to call responses without a name in error messages.

    Raises
    ------
    AnalysisError
        If dimensions, numbers of trials or their labels do not agree, if values are missing,
        infinite or no numbers, or if a unit or predictor is constant.
    """
    name = str(responses.name or kind)
    _require_dims(name, responses, ("trial", "unit"), "select one step, for instance with .sel()")
    values = _read_numbers(name, responses.transpose("trial", "unit"))
    columns = _list_predictors(predictors)
    for label, column in columns.items():
        _require_same_trials(name, responses, label, column)
    read = {
        label: np.asarray(_read_numbers(f"predictor {label!r}", column), dtype=np.float64)
        for label, column in columns.items()
    }
    for label, numbers in read.items():
        if np.ptp(numbers) == 0:
            raise AnalysisError(
                f"predictor {label!r}: found {numbers[0]:g} in all {numbers.size} trials, expected "
                "values that differ (the intercept is added here); leave it out"
            )
    units = tuple(str(unit) for unit in responses["unit"].values)
    _require_variation(name, values, units)
    # Stacked as rows: each predictor stays in one piece of memory.
    design = np.stack([np.ones(values.shape[0]), *read.values()]).T
    return UnitDesign(values, units, design, (INTERCEPT, *read))


def read_sessions(session: SessionLabels | None, data: xr.DataArray) -> IntArray:
    """Read the sessions of trials, numbered from 0.

    Parameters
    ----------
    session : labels on `trial`, optional
        By default `data`'s coordinate `session`. Where the labels are an `xarray.DataArray` with
        a coordinate `subject` on `trial`, equal labels of different subjects are different
        sessions; of plain labels, equal ones are one session.
    data : xarray.DataArray
        Has dimension `trial`.

    Returns
    -------
    integer array (trial,)
        Session of each trial; all numbers up to the largest occur.

    Raises
    ------
    MissingVariableError
        If there are no labels.
    AnalysisError
        If the labels are not one per trial, or some are missing.
    """
    if session is None:
        if "session" not in data.coords:
            raise MissingVariableError(
                f"session: not among the coordinates ({listed(data.coords)}), expected labels of "
                "sessions on 'trial'; pass session=, or assign the coordinate"
            )
        session = data.coords["session"]
    labels = [np.asarray(session)]
    n_trials = data.sizes["trial"]
    if labels[0].shape != (n_trials,):
        raise AnalysisError(
            f"session: found labels of shape {labels[0].shape}, expected one for each of "
            f"{n_trials} trials; pass session= on 'trial'"
        )
    if isinstance(session, xr.DataArray) and "subject" in session.coords:
        subject = session.coords["subject"]
        labels = [subject.values, *labels] if subject.dims == session.dims else labels
    missing = np.any([xr.DataArray(each).isnull() for each in labels], axis=0)
    if missing.any():
        raise AnalysisError(
            f"session: found {int(missing.sum())} missing label(s), the first at trial "
            f"{int(missing.argmax())}, expected a label on every trial; leave those trials out"
        )
    codes = np.zeros(n_trials, dtype=np.int64)
    for each in labels:
        unique, code = number_labels(each)
        codes = codes * max(unique.size, 1) + code
    return number_labels(codes)[1]


def find_unit_coords(responses: xr.DataArray) -> dict[str, xr.DataArray]:
    """Find the coordinates on `unit`, to copy them to a result."""
    return {str(k): v for k, v in responses.coords.items() if v.dims == ("unit",)}


def _list_predictors(predictors: xr.Dataset | xr.DataArray) -> dict[str, xr.DataArray]:
    """List predictors by name, each on `trial`."""
    if isinstance(predictors, xr.Dataset):
        columns = {str(name): array for name, array in predictors.data_vars.items()}
    elif "predictor" in predictors.dims:
        labels = [str(label) for label in predictors["predictor"].values]
        columns = {k: predictors.isel(predictor=i, drop=True) for i, k in enumerate(labels)}
        if len(columns) < len(labels):
            raise AnalysisError(f"predictor: found {listed(labels)}, expected names that differ")
    elif predictors.name is None:
        raise AnalysisError(
            "predictors: found an array without a name, expected one for the result; use "
            ".rename('reward'), for instance, or a dataset"
        )
    else:
        columns = {str(predictors.name): predictors}
    if not columns or INTERCEPT in columns:
        raise AnalysisError(
            f"predictors: found {listed(columns)}, expected at least one, none called "
            f"{INTERCEPT!r} (the intercept is added here)"
        )
    for name, array in columns.items():
        _require_dims(f"predictor {name!r}", array, ("trial",), "select one with .sel()")
    return columns


def _require_dims(name: str, array: xr.DataArray, dims: tuple[str, ...], way_out: str) -> None:
    if set(array.dims) != set(dims):
        raise AnalysisError(
            f"{name}: found dimensions {listed(array.dims)}, expected {listed(dims)}; {way_out}"
        )


def _require_same_trials(name: str, one: xr.DataArray, label: str, other: xr.DataArray) -> None:
    if one.sizes["trial"] != other.sizes["trial"]:
        raise AnalysisError(
            f"predictor {label!r}: found {other.sizes['trial']} trials, expected "
            f"{one.sizes['trial']} as in {name}; select the same trials of both"
        )
    indexed = "trial" in one.indexes and "trial" in other.indexes
    if indexed and not one.indexes["trial"].equals(other.indexes["trial"]):
        raise AnalysisError(
            f"predictor {label!r}: its labels on 'trial' differ from those of {name}, expected "
            "the same trials in the same order; use xarray.align(..., join='inner')"
        )


def _read_numbers(name: str, array: xr.DataArray) -> NumberArray | RowBlocks:
    """Read finite values, in their type; the first dimension counts trials."""
    if array.dtype.kind not in "biuf":
        raise AnalysisError(
            f"{name}: found values of type {array.dtype}, expected numbers; code categories as "
            "numbers, for instance 1 and -1"
        )
    values = read_rows(array)
    wrong = [_count_wrong(start, block) for start, block in _blocks(values)]
    count, trials = sum(n for n, _ in wrong), np.concatenate([at for _, at in wrong])
    if count:
        raise AnalysisError(
            f"{name}: found {count} missing or infinite value(s) in {trials.size} "
            f"trial(s), the first at trial {trials[0]}, expected finite numbers; leave those "
            "trials out of responses, predictors and sessions"
        )
    return values


def _blocks(values: NumberArray | RowBlocks) -> Iterator[tuple[int, NumberArray]]:
    """Yield the first trial and the values of each block; an array in memory is one."""
    if isinstance(values, RowBlocks):
        yield from values.blocks()
    else:
        yield 0, values


def _count_wrong(start: int, block: NumberArray) -> tuple[int, IntArray]:
    """Count the values of a block that are not finite; find the trials that have any."""
    if is_finite(block):
        return 0, np.zeros(0, np.int64)
    wrong = ~np.isfinite(block)
    return int(wrong.sum()), start + np.flatnonzero(wrong.reshape(len(block), -1).any(axis=1))


def _require_variation(name: str, values: NumberArray | RowBlocks, units: tuple[str, ...]) -> None:
    if values.size == 0:
        raise AnalysisError(f"{name}: found shape {values.shape}, expected trials and units")
    still = np.arange(len(units))
    if not isinstance(values, RowBlocks):
        # Units that vary within a sample of trials vary; most need no further look.
        still = _find_still([values[:: max(1, len(values) // SAMPLE_TRIALS)]])
    if still.size:
        still = still[_find_still(block[:, still] for _, block in _blocks(values))]
    if still.size:
        raise AnalysisError(
            f"{name}: unit(s) {listed(units[i] for i in still)} are constant (the first at "
            f"{values[:1][0, still[0]]:g}) over {len(values)} trials, expected units that vary; "
            "leave them out, for instance with .isel(unit=...)"
        )


def _find_still(blocks: Iterable[NumberArray]) -> IntArray:
    """Find units that are constant except for rounding."""
    ends = [(block.min(axis=0), block.max(axis=0)) for block in blocks]
    lowest = np.min([low for low, _ in ends], axis=0).astype(np.float64)
    highest = np.max([high for _, high in ends], axis=0).astype(np.float64)
    size = np.maximum(np.abs(lowest), np.abs(highest))
    return np.flatnonzero(highest - lowest <= SMALLEST_SPREAD * size)
