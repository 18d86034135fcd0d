"""At which step have the units seen an event? Take their activity there.

An agent reads the outcome of a trial at the first step of the next one. Activity that can code the
outcome is therefore found in the next trial. Each recording of agents says, for every event, at
which step its units first see it (`seen_at_step`) and how many trials later that is
(`seen_trials_later`), as the task states it.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import NONE, find_previous, read_trials

SEEN = ("seen_at_step", "seen_trials_later")


@labelled
def align_units(recording: xr.Dataset, event: str, activity: str = "hidden") -> xr.DataArray:
    """Take the activity of units at the step at which they have just seen an event.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording of agents: `hidden` on (`trial`, `step`, `unit`), the coordinates
        `seen_at_step` and `seen_trials_later` on `event`, and `choice`, `reward`, `subject`,
        `session` and `trial_in_session` on `trial`.
    event : str
        Label of `event`, such as "outcome".
    activity : str
        Name of the variable with the activity.

    Returns
    -------
    xarray.DataArray
        On (`trial`, `unit`): row by row, the activity that follows the event *of that trial*. NaN
        where that step was not reached, and, if it lies in the next trial, in the last trial of a
        session and before a trial that is missing from the recording. Attributes: `event`, `step`
        and `trials_later` (0, or 1 for the next trial).

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If there is no such event, or the activity has no such step.

    See Also
    --------
    pfc_analysis.analysis.decode_variable : Decode a variable from activity that is aligned so.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=2)
    >>> after = pfc.analysis.align_units(agents, "outcome")
    >>> print(after.dims, after.attrs["step"], after.attrs["trials_later"])
    ('trial', 'unit') fixation 1

    The units have seen the outcome at the fixation of the next trial. The last trial of a session
    has none:

    >>> print(after.isel(trial=99).isnull().all().item())
    True
    """
    _require(recording, activity)
    events = [str(name) for name in recording["event"].values]
    if event not in events:
        raise AnalysisError(f"event: found {event!r}, expected one of {listed(events)}")
    at = events.index(event)
    step, later = str(recording["seen_at_step"].values[at]), int(recording[SEEN[1]].values[at])
    steps = [str(name) for name in recording["step"].values]
    if step not in steps:
        raise AnalysisError(
            f"step: units see the event {event!r} at {step!r}, which {activity!r} does not have; "
            f"found {listed(steps)}"
        )
    taken = recording[activity].isel(step=steps.index(step), drop=True)
    taken = taken.transpose("trial", "unit")
    if later:
        following = _find_following(recording, later)
        aligned = taken.isel(trial=np.maximum(following, 0)).where(
            xr.DataArray(following != NONE, dims="trial")
        )
        # Rows are those of the events, and so are their coordinates.
        taken = aligned.assign_coords(
            {k: c for k, c in taken.coords.items() if "trial" in c.dims}
        ).astype(taken.dtype)
    taken.attrs = recording[activity].attrs | {
        "event": event,
        "step": step,
        "trials_later": later,
    }
    return taken.rename(activity)


def _find_following(recording: xr.Dataset, later: int) -> IntArray:
    """Find the trial some trials after each one in its session; -1 for none; on trial."""
    before = find_previous(read_trials(recording, two_arms=False), later)
    following = np.full(before.size, NONE, np.int64)
    known = np.flatnonzero(before != NONE)
    following[before[known]] = known
    return following


def _require(recording: xr.Dataset, activity: str) -> None:
    """Raise `MissingVariableError` unless the recording has events and activity on steps."""
    if "event" not in recording.dims or any(name not in recording for name in SEEN):
        raise MissingVariableError(
            f"{SEEN[0]}, {SEEN[1]}: the recording does not say when units see its events; it has "
            f"{listed(recording.variables)}. Recordings of agents say it (pfc.record; record again "
            "what an earlier version recorded). Of animals, select their activity yourself"
        )
    if activity not in recording or {"trial", "step", "unit"} != set(recording[activity].dims):
        found = listed(recording[activity].dims) if activity in recording else "no such variable"
        raise MissingVariableError(
            f"{activity}: found {found}, expected activity on (trial, step, unit); record with "
            "units (units=True)"
        )
