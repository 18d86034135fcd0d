"""Check that a dataset is a recording, and name every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import (
    COORDINATES,
    REAL,
    TEXT,
    VARIABLES,
    RecordingError,
    VariableSpec,
)

if TYPE_CHECKING:
    from pandera.errors import SchemaError
    from pandera.xarray import DatasetSchema

_KINDS = {"integer": "iu", "real": "f", "text": "UOST"}


@dataclass(frozen=True)
class _Rule:
    """A rule on a variable's values: what is expected, and which entries keep to it."""

    expected: str
    holds: Callable[[np.ndarray], np.ndarray]


def validate(recording: xr.Dataset, source: str = "recording") -> xr.Dataset:
    """Check a dataset against the schema of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        The dataset, with at least `choice` and `reward` on dimension `trial` and the coordinates
        `subject`, `session` and `trial_in_session`.
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
    from pandera.errors import SchemaErrors

    if "trial" not in recording.dims:
        raise RecordingError(
            f"{source}: no dimension 'trial', found {_listed(recording.dims)}. A recording counts "
            "its trials on 'trial'; rename the dimension that does: dataset.rename(OLD='trial')."
        )
    faults = list(_structure_faults(recording))
    if not faults:
        try:
            _value_schema(recording).validate(recording, lazy=True)
        except SchemaErrors as error:
            faults += [_describe_values(recording, fault) for fault in error.schema_errors]
        faults += _order_faults(recording)
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
            if name not in present:
                if spec.required:
                    where = "is a variable" if name in recording else "is missing"
                    yield f"{name}: the {kind} {where}; expected a {kind} on {_listed(spec.dims)}"
                continue
            array = recording[name]
            if array.dims != spec.dims:
                yield (f"{name}: found on dimensions {_listed(array.dims)}, "
                       f"expected {_listed(spec.dims)}")
            if array.dtype.kind not in _KINDS[spec.kind]:
                wanted = "text" if spec.kind == TEXT else f"{spec.kind} numbers"
                yield f"{name}: found dtype {array.dtype}, expected {wanted}"
    if "choice" in recording and not _is_labels(recording["choice"].attrs.get("labels")):
        yield "choice: no attribute 'labels'; expected the list of what its values 0, 1, ... mean"
    for key, value in recording.attrs.items():
        if not isinstance(value, (str, int, float, np.number)) and not _is_labels(value):
            yield (f"attribute {key!r}: found {type(value).__name__}; "
                   "expected a string, a number or a list of strings (netCDF takes no other)")


def _is_labels(value: object) -> bool:
    return isinstance(value, (list, tuple, np.ndarray)) and all(
        isinstance(label, str) for label in value
    )


def _value_schema(recording: xr.Dataset) -> DatasetSchema:
    from pandera.xarray import Check, Coordinate, DatasetSchema, DataVar

    def checks(name: str, spec: VariableSpec) -> list[Check]:
        return [
            Check(lambda array, rule=rule: bool(rule.holds(array.values).all()),
                  error=rule.expected)
            for rule in _rules(spec, recording[name])
        ]

    return DatasetSchema(
        data_vars={
            name: DataVar(required=spec.required, nullable=True, checks=checks(name, spec))
            for name, spec in VARIABLES.items()
            if name in recording
        },
        coords={
            name: Coordinate(required=spec.required, nullable=True, checks=checks(name, spec))
            for name, spec in COORDINATES.items()
            if name in recording.coords
        },
    )


def _rules(spec: VariableSpec, array: xr.DataArray) -> list[_Rule]:
    rules = []
    if spec.kind == REAL:
        if spec.nullable:
            rules.append(_Rule("finite numbers, or NaN where there is none",
                               lambda v: ~np.isinf(v)))
        else:
            rules.append(_Rule("finite numbers", np.isfinite))
    if spec.allowed is not None:
        allowed = list(spec.allowed)
        rules.append(_Rule(f"one of {allowed}", lambda v: np.isin(v, allowed)))
    if spec.lowest is not None:
        lowest = spec.lowest
        rules.append(_Rule(f"at least {lowest:g}", lambda v: ~(v < lowest)))
    highest = spec.highest
    labels = array.attrs.get("labels")
    if spec.kind != TEXT and _is_labels(labels):
        assert labels is not None
        highest = len(labels) - 1
    if highest is not None:
        limit = highest
        rules.append(_Rule(f"at most {limit:g}", lambda v: ~(v > limit)))
    return rules


def _describe_values(recording: xr.Dataset, fault: SchemaError) -> str:
    """Say which entries of a variable break a rule, with the first of them as found."""
    name = fault.schema.name
    array = recording[name]
    spec = VARIABLES.get(name) or COORDINATES[name]
    expected = fault.check.error
    rule = next(rule for rule in _rules(spec, array) if rule.expected == expected)
    wrong = np.argwhere(~rule.holds(array.values))
    first = tuple(wrong[0])
    where = ", ".join(f"{dim} {index}" for dim, index in zip(array.dims, first, strict=True))
    return (f"{name}: found {array.values[first]!s} at {where} "
            f"({len(wrong)} such value(s)), expected {expected}")


def _order_faults(recording: xr.Dataset) -> list[str]:
    """Faults of trial order: every session in one run, its trials going forwards."""
    if recording.sizes["trial"] == 0:
        return ["trial: found 0 trials, expected at least 1"]
    subject = recording["subject"].values.astype(str)
    session = recording["session"].values
    trial = recording["trial_in_session"].values.astype(np.int64)
    starts = np.append(
        True, (subject[1:] != subject[:-1]) | (session[1:] != session[:-1])
    )
    faults = []
    backwards = np.flatnonzero(~starts[1:] & (np.diff(trial) <= 0)) + 1
    if backwards.size:
        i = backwards[0]
        faults.append(
            f"trial_in_session: found {trial[i]} after {trial[i - 1]} at trial {i} (subject "
            f"{subject[i]}, session {session[i]}), expected trials to go forwards in a session"
        )
    seen: set[tuple[str, int]] = set()
    for i in np.flatnonzero(starts):
        key = (subject[i], int(session[i]))
        if key in seen:
            faults.append(
                f"session: found session {key[1]} of subject {key[0]} again at trial {i}, "
                "expected the trials of a session in one run"
            )
            break
        seen.add(key)
    return faults


def _listed(names: Iterable[object]) -> str:
    return "(" + ", ".join(repr(str(name)) for name in names) + ")"
