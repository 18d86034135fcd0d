"""Read the activity of units and the variable that is decoded from it, subject by subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.neurons.trial_factors import select_step
from pfc_analysis.analysis.neurons.unit_alignment import align_units
from pfc_analysis.analysis.row_blocks import as_slice
from pfc_analysis.analysis.trials.choice_trials import read_variable

Kind = Literal["number", "code"]

MOST_CLASSES = 20

UNITS = "hidden"
"""Of agents; read where no other activity is named."""


@dataclass(frozen=True)
class DecodingRows:
    """What is decoded from what.

    Attributes
    ----------
    activity : xarray.DataArray
        On (`trial`, `unit`), perhaps in a file.
    target : float array (trial,)
        NaN where there is none.
    subject, session : arrays (trial,)
        Labels.
    kind : {"number", "code"}
    told : dict
        Attributes for the result: `target`, `event`, `step`.
    """

    activity: xr.DataArray
    target: FloatArray
    subject: np.ndarray
    session: np.ndarray
    kind: Kind
    told: dict[str, Any]

    def describe(self) -> dict[str, Any]:
        """Return the attributes for the result."""
        return self.told | {"kind": self.kind}

    def by_subject(self) -> Iterator[tuple[str, tuple[FloatArray, FloatArray, IntArray]]]:
        """Yield each subject's name and its activity (trial, unit), target and session (trial,).

        Units have mean 0 and variance 1, or 0 where they are constant. Sessions count from 0.
        """
        for name in dict.fromkeys(self.subject.tolist()):
            own = np.flatnonzero((self.subject == name) & np.isfinite(self.target))
            values = self.activity.isel(trial=as_slice(own)).values.astype(np.float64)
            values = values[:, np.isfinite(values).any(axis=0)]
            used = np.isfinite(values).all(axis=1)
            if not used.any() or not values.size:
                raise AnalysisError(
                    f"subject {name!r}: found no trial with a target and all of "
                    f"{values.shape[1]} unit(s), of {own.size} with a target; select units, or "
                    "sessions, in which all were recorded together"
                )
            rows, scaled = own[used], _standardise(values[used])
            if not scaled.any():
                raise AnalysisError(
                    f"subject {name!r}: found none of {values.shape[1]} unit(s) that varies over "
                    f"{rows.size} trials, expected one or more"
                )
            yield (
                str(name),
                (
                    scaled,
                    self.target[rows],
                    np.unique(self.session[rows], return_inverse=True)[1].astype(np.int64),
                ),
            )


def read_decoding_rows(
    recording: xr.Dataset,
    target: str | xr.DataArray,
    event: str | None,
    step: str | None,
    activity: str | xr.DataArray | None,
    kind: Kind | None,
) -> DecodingRows:
    """Read activity and target; parameters and errors as for `decode_variable`."""
    if kind is not None and kind not in get_args(Kind):
        raise AnalysisError(f"kind: found {kind!r}, expected {listed(get_args(Kind))}")
    subject, session = (read_variable(recording, name) for name in ("subject", "session"))
    wanted = _read_target(recording, target, event, step)
    units = _read_activity(recording, activity, event, step)
    if units.sizes["trial"] != subject.size or wanted.size != subject.size:
        raise AnalysisError(
            f"trial: found {units.sizes['trial']} trials of activity, {wanted.size} of the target "
            f"and {subject.size} in the recording, expected as many; select the same of all"
        )
    name = str(wanted.name or "target")
    found: Kind = kind or ("code" if _is_coded(wanted) else "number")
    return DecodingRows(
        activity=units,
        target=_read_numbers(name, wanted, found),
        subject=subject.astype(str),
        session=session,
        kind=found,
        told={"target": name, "event": event or "", "step": str(units.attrs.get("step", ""))},
    )


def _is_coded(target: xr.DataArray) -> bool:
    return target.dtype.kind in "biu" or "labels" in target.attrs


def _read_target(
    recording: xr.Dataset, target: str | xr.DataArray, event: str | None, step: str | None
) -> xr.DataArray:
    """Read the target on `trial`."""
    if isinstance(target, str):
        if target not in recording:
            raise MissingVariableError(
                f"{target}: the recording has no such variable; it has "
                f"{listed(recording.variables)}. Name one of them, or pass an array on 'trial'"
            )
        target = recording[target]
    for dim, label in (("event", event), ("step", step)):
        if dim in target.dims:
            labels = [str(each) for each in target[dim].values]
            if label not in labels:
                raise AnalysisError(
                    f"{dim}: {target.name!r} is on {listed(target.dims)}, and {dim}={label!r}; "
                    f"expected one of {listed(labels)}"
                )
            target = target.isel({dim: labels.index(str(label))}, drop=True)
    if target.dims != ("trial",):
        raise AnalysisError(
            f"{target.name or 'target'}: found dimensions {listed(target.dims)}, expected 'trial' "
            "(and 'event' or 'step'); select one with .isel() or .sel() and pass the array"
        )
    return target


def _read_activity(
    recording: xr.Dataset,
    activity: str | xr.DataArray | None,
    event: str | None,
    step: str | None,
) -> xr.DataArray:
    """Read activity on (`trial`, `unit`); its attribute `step` says at which step it is."""
    if not isinstance(activity, xr.DataArray):
        name = _find_activity(recording) if activity is None else activity
        if name not in recording:
            raise MissingVariableError(
                f"{name}: the recording has no such variable; it has {listed(recording.variables)}"
            )
        activity = recording[name]
        if event is not None and step is None and "step" in activity.dims:
            return align_units(recording, event, name)
    if "step" in activity.dims and step is None:
        events = listed(recording["event"].values) if "event" in recording.dims else "none"
        raise AnalysisError(
            f"step: {str(activity.name)!r} has the steps {listed(activity['step'].values)}, and "
            f"neither step= nor event= (found {events}) says which; expected one of them"
        )
    taken = select_step(activity, step)
    if set(taken.dims) != {"trial", "unit"}:
        raise AnalysisError(
            f"{activity.name or 'activity'}: found dimensions {listed(activity.dims)}, expected "
            "'trial', 'unit' and 'step' where there are several; select or average the others"
        )
    at = step if "step" in activity.dims else ""
    return taken.transpose("trial", "unit").assign_attrs(step=at)


def _find_activity(recording: xr.Dataset) -> str:
    """Find the variable with the activity of units."""
    if UNITS in recording:
        return UNITS
    places = ({"trial", "unit"}, {"trial", "step", "unit"})
    found = [str(name) for name, array in recording.data_vars.items() if set(array.dims) in places]
    if len(found) == 1:
        return found[0]
    raise MissingVariableError(
        f"{UNITS}: the recording has no such variable, and {len(found)} others with activity on "
        f"(trial, unit): {listed(found) if found else 'none'}. Name one: activity='spike_count'; "
        "record agents with units (units=True)"
    )


def _read_numbers(name: str, target: xr.DataArray, kind: Kind) -> FloatArray:
    """Read the target; NaN where there is none, which codes below 0 mean."""
    if target.dtype.kind not in "biuf":
        raise AnalysisError(
            f"{name}: found values of type {target.dtype}, expected numbers; code categories as 0, "
            "1, 2, ..."
        )
    values = target.values.astype(np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    if kind == "number":
        return values
    values = np.where(values < 0, np.nan, values)
    codes = np.unique(values[np.isfinite(values)])
    if codes.size > MOST_CLASSES or (codes != np.floor(codes)).any():
        raise AnalysisError(
            f"{name}: found {codes.size} values, such as {listed(f'{c:g}' for c in codes[:3])}, "
            f"expected at most {MOST_CLASSES} codes (whole numbers); kind='number' decodes numbers"
        )
    return values


def _standardise(values: FloatArray) -> FloatArray:
    spread = values.std(axis=0)
    still = spread <= 1e-10 * np.abs(values).max(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(still, np.inf, spread))
