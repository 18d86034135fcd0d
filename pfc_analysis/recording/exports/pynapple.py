"""Convert a session to objects of pynapple (the extra `pynapple`), and back.

References
----------
.. [1] Viejo, G. et al. (2023) Pynapple, a toolbox for data analysis in neuroscience. eLife
   12:RP85786. https://pynapple.org
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.given_types import checks_types
from pfc_analysis.recording.exports.clock import make_clock
from pfc_analysis.recording.exports.export_manifest import (
    describe,
    from_labels,
    labels_of,
    rebuild,
    to_labels,
    unique_names,
)
from pfc_analysis.recording.exports.nwb_places import (
    RUNNING,
    stacked,
    stacked_shape,
    time_order,
    unstacked,
)
from pfc_analysis.recording.exports.sessions import list_sessions, pick_sessions
from pfc_analysis.recording.schema import RecordingError, did_you_mean, plain_text
from pfc_analysis.recording.validation import validate


@dataclass(frozen=True)
class PynappleSession:
    """One session of a recording as pynapple holds it.

    Attributes
    ----------
    trials : pynapple.IntervalSet
        The trials, in s; every variable on trial is a metadata column of its name, coded ones as
        their labels (empty for none), those on (trial, arm) as NAME_LABEL.
    series : dict
        What runs inside trials, by name, in s: `hidden` and `cell` (TsdFrame, a column a unit),
        `value`, `rpe`, `photometry` (Tsd), and what else the recording has.
    about : dict
        What it takes to rebuild the recording: `from_pynapple`.
    """

    trials: Any
    series: dict[str, Any]
    about: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return `trials` or a series by name."""
        if name == "trials":
            return self.trials
        if name not in self.series:
            known = ["trials", *self.series]
            raise KeyError(f"no {name!r}{did_you_mean(name, known)}, expected one of {known}")
        return self.series[name]


@checks_types
def to_pynapple(
    recording: xr.Dataset,
    subject: str | None = None,
    session: int | None = None,
    step_seconds: float = 1.0,
) -> PynappleSession:
    """Turn one session of a recording into objects of pynapple.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording.
    subject : str, optional
        Whose session; may be left out where there is one subject.
    session : int, optional
        Which; may be left out where there is one.
    step_seconds : float
        Seconds a step where the recording has no clock, as agents have none (`clock.make_clock`).

    Returns
    -------
    PynappleSession
        Its trials and series. Each sample lies within its trial: ``series.restrict(trials[...])``
        picks what belongs to trials. A prediction error is stamped half a step after the step
        before it.

    Raises
    ------
    ModuleNotFoundError
        If pynapple is not installed.
    RecordingError
        If the dataset is no recording, or the session is not there, or is not one.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2)
    >>> session = pfc.to_pynapple(recording, subject="seed_1", session=0)
    >>> sorted(session.series)
    ['action', 'cell', 'hidden', 'observation', 'rpe', 'value']
    >>> hidden = session.series["hidden"].restrict(session.trials[:10])  # states in ten trials
    >>> len(session.trials)
    100
    """
    nap = _import_pynapple()
    validate(recording)
    picked = pick_sessions(
        recording,
        None if subject is None else [subject],
        None if session is None else [session],
    )
    if len(picked) > 1:
        raise RecordingError(
            f"found {len(picked)} of {len(list_sessions(recording))} sessions, expected 1: name it "
            f"by `subject` and `session`, such as {picked[0].subject!r} and {picked[0].session}"
        )
    trials = recording.isel(trial=picked[0].trials)
    clock = make_clock(trials, step_seconds)
    about = describe(trials, [str(name) for name in trials.variables])
    metadata = _metadata(trials, about["variables"], nap)
    intervals = nap.IntervalSet(start=clock.start, end=clock.stop, metadata=metadata)
    series = {}
    for name, entry in about["variables"].items():
        if "trial" not in entry["dims"] or "columns" in entry:
            continue
        running = _running(entry)
        # Samples around an event have gaps between trials; steps follow each other.
        support = intervals if running == "time" else None
        times = clock.times(trials, running)
        series[name] = _make_series(trials, name, times, support, nap)
        entry["series"] = name
    about["sizes"] = {str(dim): size for dim, size in trials.sizes.items()}
    return PynappleSession(intervals, series, about)


@checks_types
def from_pynapple(session: PynappleSession) -> xr.Dataset:
    """Turn pynapple's objects back into a recording.

    Parameters
    ----------
    session : PynappleSession
        From `to_pynapple`, perhaps with fewer trials or series, or changed values.

    Returns
    -------
    xarray.Dataset
        A recording of the trials that `session.trials` still holds, with the series that
        `session.series` still holds.

    Raises
    ------
    RecordingError
        If a trial lacks samples or has too many, or the outcome is no recording.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2)
    >>> session = pfc.to_pynapple(recording, subject="seed_1", session=0)
    >>> again = pfc.from_pynapple(session)
    >>> again.sizes["trial"], again["hidden"].dims
    (100, ('trial', 'step', 'unit'))
    """
    trials, kept = session.trials, {}
    arrays: dict[str, np.ndarray] = {}
    for name, entry in session.about["variables"].items():
        if "columns" in entry:
            arrays[name] = _column(trials, entry)
        elif "series" in entry:
            if entry["series"] not in session.series:
                continue
            sizes = session.about["sizes"] | {"trial": len(trials)}
            arrays[name] = _samples(session.series[entry["series"]], trials, name, entry, sizes)
        kept[name] = entry
    return rebuild({**session.about, "variables": kept}, arrays, "pynapple session")


def _import_pynapple() -> Any:
    try:
        import pynapple
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "this needs the package pynapple, which is not installed: "
            "pip install 'pfc_analysis[pynapple]'."
        ) from error
    return pynapple


def _running(entry: Mapping[str, Any]) -> str | None:
    """Return the dimension of time inside a trial (step, event or time), or None."""
    order = time_order(entry["dims"])
    return order[1] if len(order) > 1 and order[1] in RUNNING else None


def _metadata(trials: xr.Dataset, entries: Mapping[str, Any], nap: Any) -> dict[str, np.ndarray]:
    """Columns of the trials; their names and labels are noted in the entries."""
    wanted: list[tuple[str, str, np.ndarray]] = []
    for name, entry in entries.items():
        if "trial" not in entry["dims"] or set(entry["dims"]) - {"trial", "arm"}:
            continue
        array = trials[name]
        labels = labels_of(array)
        values = array.transpose("trial", ...).values
        values = plain_text(values) if values.dtype.kind in "OT" else values
        entry["as_labels"] = None if labels is None else labels
        shown = values if labels is None else to_labels(values, labels)
        if "arm" not in entry["dims"]:
            wanted.append((name, name, shown))
            continue
        arms = trials["arm"].values if "arm" in trials.coords else range(values.shape[1])
        wanted += [(name, f"{name}_{arm}", shown[:, at]) for at, arm in enumerate(arms)]
    taken = dir(nap.IntervalSet([0.0], [1.0]))
    metadata = {}
    fitting = unique_names([column for _, column, _ in wanted], taken, r"[^\w]|^(?=\d)")
    for (name, _, values), column in zip(wanted, fitting, strict=True):
        entries[name].setdefault("columns", []).append(column)
        metadata[column] = values
    return metadata


def _make_series(trials: xr.Dataset, name: str, times: np.ndarray, support: Any, nap: Any) -> Any:
    values, when = stacked(trials[name]), times.ravel()
    if values.ndim == 1:
        return nap.Tsd(t=when, d=values, time_support=support)
    if values.ndim > 2:
        return nap.TsdTensor(t=when, d=values, time_support=support)
    dim = time_order([str(dim) for dim in trials[name].dims])[-1]
    columns = trials[dim].values if dim in trials.coords else None
    about = {
        str(other): trials[other].values
        for other in trials.coords
        if trials[other].dims == (dim,) and other != dim
    }
    return nap.TsdFrame(
        t=when, d=values, time_support=support, columns=columns, metadata=about or None
    )


def _column(trials: Any, entry: Mapping[str, Any]) -> np.ndarray:
    parts = [np.asarray(trials.get_info(column)) for column in entry["columns"]]
    if entry["as_labels"] is not None:
        parts = [from_labels(part, entry["as_labels"]) for part in parts]
    if "arm" not in entry["dims"]:
        return parts[0]
    return np.stack(parts, axis=entry["dims"].index("arm"))


def _samples(
    series: Any, trials: Any, name: str, entry: Mapping[str, Any], sizes: Mapping[str, int]
) -> np.ndarray:
    values = np.asarray(series.restrict(trials).d)
    shape = stacked_shape(entry["dims"], sizes)
    if values.shape != shape:
        raise RecordingError(
            f"pynapple session, {name}: found shape {values.shape} within {len(trials)} trial(s), "
            f"expected {shape}: every sample of each trial, and no other."
        )
    return unstacked(values, entry["dims"], sizes)
