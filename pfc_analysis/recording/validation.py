"""Check that a dataset is a valid recording; one error lists every fault."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import RecordingError, did_you_mean, is_labels, plain_text
from pfc_analysis.recording.standard_variables import (
    COORDINATES,
    DIMENSIONS,
    TEXT,
    VARIABLES,
    VariableSpec,
)
from pfc_analysis.recording.value_checks import value_faults

if TYPE_CHECKING:
    pass

_ORDER_ROWS = 2**20
"""Trials whose order is checked at once."""

_KINDS = {"integer": "iu", "real": "f", "text": "UOT"}


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
            "narrow, or the session aborted?"
        )
    faults = list(_structure_faults(recording))
    if not faults:
        faults = [*value_faults(recording), *_order_faults(recording)]
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise RecordingError(f"{source}: not a valid recording, {len(faults)} fault(s):\n{listed}")
    return recording


def _structure_faults(recording: xr.Dataset) -> Iterator[str]:
    """Yield faults: missing variables, wrong place, dimensions, dtype or attributes."""
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
        if not isinstance(other, str):
            kind = type(other).__name__
            yield f"{other!r}: found {kind} as a name, expected text: dataset.rename"
        elif other not in COORDINATES and other not in VARIABLES:
            yield from _other_faults(recording, other)
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
    instead = f", or {spec.unless!r} instead where nothing is chosen" if spec.unless else ""
    return f"on {_listed(spec.dims)}{instead}"


def _array_faults(array: xr.DataArray, spec: VariableSpec) -> Iterator[str]:
    """Yield faults of the dimensions and the dtype of a standard variable."""
    if array.dims != spec.dims:
        yield (
            f"{array.name}: found on dimensions {_listed(array.dims)}, "
            f"expected {_listed(spec.dims)}"
        )
    if array.dtype.kind not in _KINDS[spec.kind]:
        wanted = "text" if spec.kind == TEXT else f"{spec.kind} numbers"
        yield f"{array.name}: found dtype {array.dtype}, expected {wanted}"


def _other_faults(recording: xr.Dataset, name: str) -> Iterator[str]:
    """Yield faults of a variable that is not a standard one: dimensions, name, long_name."""
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


def _order_faults(recording: xr.Dataset) -> Iterator[str]:
    """Yield faults of order: sessions that are interrupted, trials or samples that go backwards."""
    if "time" in recording.coords:
        yield from _time_faults(recording["time"].values)
    seen: set[tuple[str, int]] = set()
    backwards = again = ""
    for start in range(0, recording.sizes["trial"], _ORDER_ROWS):
        order = _Order.read(recording, start)
        backwards = backwards or order.backwards()
        again = again or order.again(seen)
    yield from filter(None, (backwards, again))


@dataclass(frozen=True)
class _Order:
    """Subject, session and number of some trials; `first` is the trial of the first entry.

    But for the first block, the first entry is the last trial of the block before.
    """

    first: int
    subject: np.ndarray
    session: np.ndarray
    trial: np.ndarray

    @classmethod
    def read(cls, recording: xr.Dataset, start: int) -> _Order:
        first = max(start - 1, 0)
        part = slice(first, start + _ORDER_ROWS)
        subject, session, trial = (
            recording[name][part].values for name in ("subject", "session", "trial_in_session")
        )
        return cls(first, plain_text(subject), session, trial.astype(np.int64))

    def starts(self) -> np.ndarray:
        """Mark the entries that begin a session."""
        changes = self.subject[1:] != self.subject[:-1]
        return np.append(self.first == 0, changes | (self.session[1:] != self.session[:-1]))

    def backwards(self) -> str:
        """Describe the first trial whose number is not above that of the trial before."""
        found = np.flatnonzero(~self.starts()[1:] & (np.diff(self.trial) <= 0)) + 1
        if not found.size:
            return ""
        at = found[0]
        return (
            f"trial_in_session: found {self.trial[at]} after {self.trial[at - 1]} at trial "
            f"{self.first + at} (subject {self.subject[at]}, session {self.session[at]}), expected "
            "numbers of trials to increase within a session"
        )

    def again(self, seen: set[tuple[str, int]]) -> str:
        """Describe the first session that was in `seen`, to which all others are added."""
        for at in np.flatnonzero(self.starts()):
            key = (str(self.subject[at]), int(self.session[at]))
            if key in seen:
                return (
                    f"session: found session {key[1]} of subject {key[0]} again at trial "
                    f"{self.first + at}, expected the trials of a session in one run"
                )
            seen.add(key)
        return ""


def _time_faults(time: np.ndarray) -> Iterator[str]:
    backwards = np.flatnonzero(~(np.diff(time) > 0))
    if backwards.size:
        at = backwards[0] + 1
        yield (
            f"time: found {time[at]:g} after {time[at - 1]:g} at time {at}, expected times to "
            "increase"
        )


def _listed(names: Iterable[object]) -> str:
    return "(" + ", ".join(repr(str(name)) for name in names) + ")"
