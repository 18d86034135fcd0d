"""Check the values of the standard variables with pandera, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import is_labels
from pfc_analysis.recording.standard_variables import (
    COORDINATES,
    REAL,
    TEXT,
    VARIABLES,
    VariableSpec,
)

if TYPE_CHECKING:
    from pandera.xarray import DatasetSchema


_BLOCK = 2**22
"""Number of values that are checked at once, which limits the memory that is needed."""


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


def value_faults(recording: xr.Dataset) -> list[str]:
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
    """Build the pandera schema; each variable is read once, however many rules it has."""
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


def blocks_of(array: xr.DataArray) -> Iterator[tuple[int, np.ndarray]]:
    """Read an array in blocks along its first dimension, and keep none of them.

    Yields
    ------
    start : int
        Where the block begins on the first dimension.
    block : numpy.ndarray
        Its values.
    """
    if array.ndim == 0:
        yield 0, array.values
        return
    length = array.shape[0]
    rows = max(1, _BLOCK * length // max(array.size, 1))
    for start in range(0, length, rows):
        yield start, array[start : start + rows].values


def _scan(array: xr.DataArray, rules: list[_Rule]) -> dict[str, _Breach]:
    """Check every value once, in blocks along the first dimension."""
    found: dict[str, _Breach] = {}
    for start, block in blocks_of(array):
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
