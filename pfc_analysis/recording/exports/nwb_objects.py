"""Turn the variables of a session into tables and series of NWB."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.exports.clock import Clock
from pfc_analysis.recording.exports.nwb_places import RUNNING, UNITS, stacked, time_order
from pfc_analysis.recording.schema import is_labels, plain_text
from pfc_analysis.recording.standard_variables import MISSING, VARIABLES


def make_trials(trials: xr.Dataset, places: dict[str, dict[str, Any]], clock: Clock) -> Any:
    """Return the table of trials, with what the values of coded columns mean.

    Parameters
    ----------
    trials : xarray.Dataset
        Trials of one session.
    places : dict
        Where each variable goes (`nwb_places.find_places`).
    clock : Clock
        Their times.

    Returns
    -------
    pynwb.epoch.TimeIntervals
        A row a trial.
    """
    from hdmf.common import VectorData
    from pynwb.epoch import TimeIntervals

    columns = [
        VectorData(name="start_time", description="Start of the trial, in s.", data=clock.start),
        VectorData(name="stop_time", description="End of the trial, in s.", data=clock.stop),
    ]
    coded = []
    for name, place in places.items():
        if place["kind"] != "trial":
            continue
        array = trials[name]
        values = array.transpose("trial", ...).values.reshape(trials.sizes["trial"], -1)
        labels = trials["arm"].values if "arm" in trials.coords else range(values.shape[1])
        for number, column in enumerate(place["columns"]):
            arm = f" Arm: {list(labels)[number]}." if "arm" in array.dims else ""
            data = VectorData(
                name=column, description=_say(array, name) + arm, data=_as_data(values[:, number])
            )
            columns.append(data)
            if _meanings(array, name):
                coded.append((data, _meanings(array, name)))
    table = TimeIntervals(name="trials", description="One row a trial.", columns=columns)
    for data, meanings in coded:
        _add_meanings(table, data, meanings)
    return table


def _as_data(values: np.ndarray) -> Any:
    """Return numbers as they are (16-bit floats as 32-bit, since NWB has none), text as a list."""
    if values.dtype.kind in "OTU":
        return plain_text(values).tolist()
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _say(array: xr.DataArray, name: str) -> str:
    """Describe a variable in words: what it is, its unit, what its values mean."""
    long_name, units = (array.attrs.get(key) for key in ("long_name", "units"))
    text = str(long_name or name)
    if units is not None and str(units) != "1":
        text += f", in {units}"
    meanings = _meanings(array, name)
    listed = ", ".join(f"{value} {meaning}" for value, meaning in meanings.items())
    return f"{text}. {listed}." if listed else f"{text}."


def _meanings(array: xr.DataArray, name: str) -> dict[int, str]:
    """Return what the values of a coded variable mean, by value."""
    if array.dtype.kind not in "iu":
        return {}
    spec, labels = VARIABLES.get(name), array.attrs.get("labels")
    if spec is not None and spec.meanings is not None:
        return dict(spec.meanings)
    if labels is None or not is_labels(labels):
        return {}
    none = {MISSING: "none"} if spec is None or spec.lowest != 0 else {}
    return none | {code: str(label) for code, label in enumerate(labels)}


def _add_meanings(table: Any, data: Any, meanings: dict[int, str]) -> None:
    """Add the meanings of values to the table, if this version of NWB has a place for them."""
    try:
        from hdmf.common import MeaningsTable
    except ImportError:
        return
    found = MeaningsTable(target=data, description=f"What the values of {data.name} mean.")
    for value, meaning in meanings.items():
        found.add_row(value=value, meaning=meaning)
    table.add_meanings_table(found)


def make_units(trials: xr.Dataset, places: dict[str, dict[str, Any]]) -> Any:
    """Return the table of units. NWB's own table of units is for sorted spikes and is not used."""
    from hdmf.common import DynamicTable, VectorData

    units = trials.sizes["unit"]
    numbers = trials["unit"].values if "unit" in trials.coords else np.arange(units)
    columns = [VectorData(name="unit", description="Number of the unit.", data=numbers)]
    columns += [
        VectorData(
            name=place["column"],
            description=_say(trials[name], name),
            data=_as_data(trials[name].values),
        )
        for name, place in places.items()
        if place["kind"] == "unit" and "column" in place
    ]
    return DynamicTable(
        name=UNITS,
        description="Recurrent units or neurons: row j is column j of the series with units.",
        columns=columns,
    )


def make_series(trials: xr.Dataset, name: str, title: str, clock: Clock) -> Any:
    """Return a variable on steps, events or samples as a series in the order of time.

    Parameters
    ----------
    trials : xarray.Dataset
        Trials of one session.
    name, title : str
        The variable, and its name in the file.
    clock : Clock
        Their times.

    Returns
    -------
    pynwb.TimeSeries
        A row a step (or event, or sample), the other dimensions as they are.
    """
    from pynwb import TimeSeries

    array = trials[name]
    order = time_order([str(dim) for dim in array.dims])
    running = order[1] if len(order) > 1 and order[1] in RUNNING else None
    times = clock.times(trials, running).ravel()
    return TimeSeries(
        name=title,
        description=f"{_say(array, name)} {_say_rows(trials, order, running)} {clock.note}",
        data=_as_data(stacked(array)),
        unit=str(array.attrs.get("units", "n.a.")),
        comments="NaN where there is none." if array.dtype.kind == "f" else "no comments",
        **_when(times, clock.step_seconds is not None and running != "time"),
    )


def _when(times: np.ndarray, regular: bool) -> dict[str, Any]:
    """Return start and rate of evenly spaced samples, else the time of each."""
    between = np.diff(times)
    if not regular or between.size == 0 or not np.allclose(between, between[0]):
        return {"timestamps": times}
    return {"starting_time": float(times[0]), "rate": 1 / float(between[0])}


def _say_rows(trials: xr.Dataset, order: Sequence[str], running: str | None) -> str:
    """Say what the rows of a series are, and its columns."""
    text = "Rows are the trials"
    if running is not None:
        names = trials[running].values if running in trials.coords and running != "time" else ()
        listed = f" ({', '.join(map(str, names))})" if len(names) else ""
        text = f"Rows are the {running}s, {trials.sizes[running]} a trial{listed}"
    others = [dim for dim in order[1:] if dim != running]
    return f"{text}; columns are the {' and '.join(others)}s." if others else f"{text}."


def same_ids_manager(identifier: str) -> Any:
    """Return a build manager that gives objects ids which follow from the identifier.

    The same recording then gives the same bytes: pynwb draws the ids at random.
    """
    import pynwb
    from hdmf.build import BuildManager

    class SameIds(BuildManager):
        """Number the objects in the order in which they are first built."""

        numbers: dict[int, int]

        def build(self, *args: Any, **kwargs: Any) -> Any:
            builder = super().build(*args, **kwargs)
            number = self.numbers.setdefault(id(builder), len(self.numbers))
            name = str(uuid.uuid5(uuid.UUID(identifier), str(number)))
            builder.set_attribute("object_id", name)
            return builder

    manager = SameIds(pynwb.get_type_map())
    manager.numbers = {}
    return manager
