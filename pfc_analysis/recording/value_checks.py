"""Check the values of the standard variables, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import is_labels
from pfc_analysis.recording.standard_variables import (
    COORDINATES,
    INTEGER,
    REAL,
    TEXT,
    VARIABLES,
    VariableSpec,
)

_BLOCK = 2**22
"""Number of values that are checked at once, which limits the memory that is needed."""

_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class _Rule:
    """A rule on a variable's values: what is expected, and which entries keep to it.

    All values from `least` to `most` keep to it, so that it takes only the extremes of most arrays
    to check them, a quarter of the time. NaN is in no such range.
    """

    expected: str
    holds: Callable[[np.ndarray], np.ndarray]
    least: float = np.inf
    most: float = -np.inf


@dataclass(frozen=True)
class _Breach:
    """The entries of a variable that break a rule: how many, and the first as found."""

    count: int
    first: tuple[int, ...]
    value: object


def value_faults(recording: xr.Dataset) -> list[str]:
    """Describe what is wrong with the values of the standard variables of a recording."""
    return [
        _describe(name, array.dims, expected, breach)
        for name, array in recording.variables.items()
        if name in VARIABLES or name in COORDINATES
        for expected, breach in _scan(array, _rules(_spec(name), array.attrs.get("labels"))).items()
    ]


def _spec(name: Hashable) -> VariableSpec:
    return VARIABLES.get(str(name)) or COORDINATES[str(name)]


def _rules(spec: VariableSpec, labels: object) -> list[_Rule]:
    if spec.kind == TEXT:
        return [_Rule("text that is not empty", _is_text)]
    rules = []
    if spec.kind == REAL and spec.nullable:
        expected = "finite numbers, or NaN where there is none"
        rules.append(_Rule(expected, lambda v: ~np.isinf(v), -_LARGEST, _LARGEST))
    elif spec.kind == REAL:
        rules.append(_Rule("finite numbers", np.isfinite, -_LARGEST, _LARGEST))
    if spec.allowed is not None:
        rules.append(_one_of(spec.allowed, spec.kind == INTEGER))
    lowest, highest = spec.lowest, spec.highest
    if is_labels(labels):
        highest = len(labels) - 1  # type: ignore[arg-type]
    if lowest is not None:
        rules.append(_Rule(f"at least {lowest:g}", lambda v: ~(v < lowest), lowest, np.inf))
    if highest is not None:
        rules.append(_Rule(f"at most {highest:g}", lambda v: ~(v > highest), -np.inf, highest))
    return rules


def _one_of(allowed: Sequence[float], whole: bool) -> _Rule:
    """Make the rule that values are among some; `whole` if the values are whole numbers."""
    least, most = min(allowed), max(allowed)
    without_gap = whole and len(set(allowed)) == most - least + 1
    span = (least, most) if without_gap else (np.inf, -np.inf)
    return _Rule(f"one of {list(allowed)}", lambda v: np.isin(v, allowed), *span)


def _is_text(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "O":
        flat = [isinstance(value, str) and value != "" for value in values.ravel()]
        return np.array(flat, dtype=bool).reshape(values.shape)
    return values != ""


def blocks_of(array: xr.DataArray | xr.Variable) -> Iterator[tuple[int, np.ndarray]]:
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


def _scan(array: xr.Variable, rules: list[_Rule]) -> dict[str, _Breach]:
    """Check every value once, in blocks along the first dimension."""
    found: dict[str, _Breach] = {}
    for start, block in blocks_of(array):
        least, most = _extremes(block)
        for rule in rules:
            if rule.least <= least and most <= rule.most:
                continue
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


def _extremes(values: np.ndarray) -> tuple[float, float]:
    """Return the smallest and the largest number; NaN if there is one among them, or no number."""
    if values.dtype.kind not in "iuf" or not values.size:
        return np.nan, np.nan
    return float(values.min()), float(values.max())


def _describe(name: Hashable, dims: tuple[Hashable, ...], expected: str, breach: _Breach) -> str:
    where = ", ".join(f"{dim} {index}" for dim, index in zip(dims, breach.first, strict=True))
    value = repr(str(breach.value)) if isinstance(breach.value, str) else str(breach.value)
    return f"{name}: found {value} at {where} ({breach.count} such value(s)), expected {expected}"
