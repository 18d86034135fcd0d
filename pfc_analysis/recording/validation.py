"""Check that a dataset is a recording, and name every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import (
    COORDINATES,
    DIMENSIONS,
    REAL,
    TEXT,
    VARIABLES,
    RecordingError,
    VariableSpec,
    did_you_mean,
    is_labels,
    plain_text,
)

if TYPE_CHECKING:
    from pandera.xarray import DatasetSchema

_KINDS = {"integer": "iu", "real": "f", "text": "UOT"}
_BLOCK = 2**22
"""Values looked at at once: a file of any size is checked in about this much memory."""


def validate(recording: xr.Dataset, source: str = "recording") -> xr.Dataset:
    """Check a dataset against the schema of a recording.

    Arrays that still lie on disk are read in blocks and left there.

    Parameters
    ----------
    recording : xarray.Dataset
        The dataset, with at least `choice` and `reward` on dimension `trial` and the coordinates
        `subject`, `session` and `trial_in_session`. Where nothing is chosen (Pavlovian
        conditioning), `cue` stands in for `choice`.
    source : str
        The file or reader the dataset comes from; it opens the message of an error.

    Returns
    -------
    xarray.Dataset
        The same dataset.

    Raises
    ------
    RecordingError
        With every fault: the variable, what was found and what was expected.
    """
    if "trial" not in recording.dims:
        raise RecordingError(
            f"{source}: no dimension 'trial', found {_listed(recording.dims)}. A recording counts "
            "its trials on 'trial'; rename the dimension that does: dataset.rename(OLD='trial')."
        )
    if recording.sizes["trial"] == 0:
        raise RecordingError(
            f"{source}: found 0 trials, expected at least 1. Was the selection before it too "
            "narrow, or the session broken off?"
        )
    faults = list(_structure_faults(recording))
    if not faults:
        faults = [*_value_faults(recording), *_order_faults(recording)]
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise RecordingError(f"{source}: not a valid recording, {len(faults)} fault(s):\n{listed}")
    return recording


def _structure_faults(recording: xr.Dataset) -> Iterator[str]:
    """Faults of presence, place, dimensions, kind of number and attributes."""
    for kind, specs, present in (
        ("coordinate", COORDINATES, recording.coords),
        ("variable", VARIABLES, recording.data_vars),
    ):
        for name, spec in specs.items():
            if name in present:
                yield from _array_faults(recording[name], spec)
            elif name in recording:
                cure = "set_coords" if kind == "coordinate" else "reset_coords"
                yield f"{name}: in the wrong place, expected a {kind}: dataset.{cure}({name!r})"
            elif spec.required and spec.unless not in recording:
                yield f"{name}: the {kind} is missing; expected it {_place(spec)}"
    for other in recording.variables:
        if other not in COORDINATES and other not in VARIABLES:
            yield from _other_faults(recording, str(other))
    for name in ("choice", "cue"):
        if name in recording and not is_labels(recording[name].attrs.get("labels")):
            yield (
                f"{name}: no attribute 'labels'; expected the list of what its values 0, 1, ... "
                "mean"
            )
    if "time" in recording.dims and "time" not in recording.variables:
        yield "time: the coordinate is missing; expected the times of the samples on ('time')"
    yield from _attribute_faults(recording.attrs)


def _place(spec: VariableSpec) -> str:
    """Say where a variable is expected, and what may stand in for it."""
    instead = f", or {spec.unless!r} in its stead where nothing is chosen" if spec.unless else ""
    return f"on {_listed(spec.dims)}{instead}"


def _array_faults(array: xr.DataArray, spec: VariableSpec) -> Iterator[str]:
    """Faults of the dimensions and the dtype of a standard variable."""
    if array.dims != spec.dims:
        yield (
            f"{array.name}: found on dimensions {_listed(array.dims)}, "
            f"expected {_listed(spec.dims)}"
        )
    if array.dtype.kind not in _KINDS[spec.kind]:
        wanted = "text" if spec.kind == TEXT else f"{spec.kind} numbers"
        yield f"{array.name}: found dtype {array.dtype}, expected {wanted}"


def _other_faults(recording: xr.Dataset, name: str) -> Iterator[str]:
    """Faults of a variable outside the standard table: its dimensions, its name, its title."""
    array = recording[name]
    for dim in array.dims:
        if dim not in DIMENSIONS:
            yield (
                f"{name}: found on dimension {str(dim)!r}, expected only {_listed(DIMENSIONS)}"
                f"{did_you_mean(dim, DIMENSIONS)}"
            )
    standard = [known for known in (*COORDINATES, *VARIABLES) if known not in recording]
    meant = get_close_matches(name, standard, n=1, cutoff=0.85)
    if meant:
        yield f"{name}: no standard name; did you mean {meant[0]!r}? (dataset.rename)"
    elif not array.attrs.get("long_name"):
        yield (
            f"{name}: no attribute 'long_name', expected one on a variable outside the standard "
            f"table: dataset[{name!r}].attrs['long_name'] = 'what it is'"
        )


def _attribute_faults(attributes: dict[Hashable, object]) -> Iterator[str]:
    for key, value in attributes.items():
        text_or_number = isinstance(value, (str, int, float, np.number))
        if isinstance(value, bool) or not (text_or_number or is_labels(value)):
            yield (
                f"attribute {str(key)!r}: found {type(value).__name__} {value!r}, expected a "
                "string, a number or a list of strings (netCDF takes no other)"
            )


@dataclass(frozen=True)
class _Rule:
    """A rule on a variable's values: what is expected, and which entries keep to it."""

    expected: str
    holds: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class _Breach:
    """The entries of a variable that break a rule: how many, and the first as found."""

    count: int
    first: tuple[int, ...]
    value: object


def _value_faults(recording: xr.Dataset) -> list[str]:
    """Let pandera check the values of every standard variable, and describe what it reports."""
    from pandera.config import config_context
    from pandera.errors import SchemaErrors

    @cache
    def breaches(name: str) -> dict[str, _Breach]:
        return _scan(recording[name], _rules(_spec(name), recording[name]))

    # Whatever the environment says: pandera would skip the values of chunked arrays by default.
    with config_context(validation_enabled=True, validation_depth="SCHEMA_AND_DATA"):
        try:
            _value_schema(recording, breaches).validate(recording, lazy=True)
        except SchemaErrors as error:
            found = [(str(fault.schema.name), fault.check.error) for fault in error.schema_errors]
            return [_describe(recording[name], rule, breaches(name)[rule]) for name, rule in found]
    return []


def _value_schema(
    recording: xr.Dataset, breaches: Callable[[str], dict[str, _Breach]]
) -> DatasetSchema:
    """Rules as pandera holds them; a variable is read once, whatever the number of its rules."""
    from pandera.xarray import Check, Coordinate, DatasetSchema, DataVar

    def checks(name: str) -> list[Check]:
        return [
            Check(
                lambda _, name=name, rule=rule: rule.expected not in breaches(name),
                error=rule.expected,
            )
            for rule in _rules(_spec(name), recording[name])
        ]

    return DatasetSchema(
        data_vars={
            name: DataVar(nullable=True, checks=checks(name))
            for name in VARIABLES
            if name in recording
        },
        coords={
            name: Coordinate(nullable=True, checks=checks(name))
            for name in COORDINATES
            if name in recording.coords
        },
    )


def _spec(name: str) -> VariableSpec:
    return VARIABLES.get(name) or COORDINATES[name]


def _rules(spec: VariableSpec, array: xr.DataArray) -> list[_Rule]:
    if spec.kind == TEXT:
        return [_Rule("text that is not empty", _is_text)]
    rules = []
    if spec.kind == REAL and spec.nullable:
        rules.append(_Rule("finite numbers, or NaN where there is none", lambda v: ~np.isinf(v)))
    elif spec.kind == REAL:
        rules.append(_Rule("finite numbers", np.isfinite))
    allowed = spec.allowed
    if allowed is not None:
        rules.append(_Rule(f"one of {list(allowed)}", lambda v: np.isin(v, allowed)))
    lowest, highest = spec.lowest, spec.highest
    labels = array.attrs.get("labels")
    if is_labels(labels):
        assert labels is not None
        highest = len(labels) - 1
    if lowest is not None:
        rules.append(_Rule(f"at least {lowest:g}", lambda v: ~(v < lowest)))
    if highest is not None:
        rules.append(_Rule(f"at most {highest:g}", lambda v: ~(v > highest)))
    return rules


def _is_text(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "O":
        flat = [isinstance(value, str) and value != "" for value in values.ravel()]
        return np.array(flat, dtype=bool).reshape(values.shape)
    return values != ""


def _scan(array: xr.DataArray, rules: list[_Rule]) -> dict[str, _Breach]:
    """Look at every value once, in blocks along the first dimension."""
    found: dict[str, _Breach] = {}
    length = array.shape[0]
    rows = max(1, _BLOCK * length // max(array.size, 1))
    for start in range(0, length, rows):
        block = array[start : start + rows].values
        for rule in rules:
            holds = rule.holds(block)
            if holds.all():
                continue
            wrong = np.argwhere(~holds)
            first = tuple(int(index) for index in wrong[0])
            fresh = _Breach(len(wrong), (first[0] + start, *first[1:]), block[first])
            before = found.get(rule.expected)
            found[rule.expected] = (
                _Breach(before.count + fresh.count, before.first, before.value) if before else fresh
            )
    return found


def _describe(array: xr.DataArray, expected: str, breach: _Breach) -> str:
    where = ", ".join(f"{dim} {index}" for dim, index in zip(array.dims, breach.first, strict=True))
    value = repr(str(breach.value)) if isinstance(breach.value, str) else str(breach.value)
    return (
        f"{array.name}: found {value} at {where} ({breach.count} such value(s)), "
        f"expected {expected}"
    )


def _order_faults(recording: xr.Dataset) -> Iterator[str]:
    """Faults of order: every session in one run, its trials going forwards; samples likewise."""
    if "time" in recording.coords:
        yield from _time_faults(recording["time"].values)
    subject = plain_text(recording["subject"].values)
    session = recording["session"].values
    trial = recording["trial_in_session"].values.astype(np.int64)
    starts = np.append(True, (subject[1:] != subject[:-1]) | (session[1:] != session[:-1]))
    backwards = np.flatnonzero(~starts[1:] & (np.diff(trial) <= 0)) + 1
    if backwards.size:
        at = backwards[0]
        yield (
            f"trial_in_session: found {trial[at]} after {trial[at - 1]} at trial {at} (subject "
            f"{subject[at]}, session {session[at]}), expected trials to go forwards in a session"
        )
    seen: set[tuple[str, int]] = set()
    for at in np.flatnonzero(starts):
        key = (str(subject[at]), int(session[at]))
        if key in seen:
            yield (
                f"session: found session {key[1]} of subject {key[0]} again at trial {at}, "
                "expected the trials of a session in one run"
            )
            return
        seen.add(key)


def _time_faults(time: np.ndarray) -> Iterator[str]:
    backwards = np.flatnonzero(~(np.diff(time) > 0))
    if backwards.size:
        at = backwards[0] + 1
        yield (
            f"time: found {time[at]:g} after {time[at - 1]:g} at time {at}, expected samples to go "
            "forwards"
        )


def _listed(names: Iterable[object]) -> str:
    return "(" + ", ".join(repr(str(name)) for name in names) + ")"
