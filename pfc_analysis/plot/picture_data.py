"""What a picture is drawn from: a recording, a result, or several recordings by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.trials.choice_trials import read_trials
from pfc_analysis.given_types import require_dataset

Data = xr.Dataset | Mapping[str, xr.Dataset]
"""A recording or a result, or several of them by the name of the group."""


MOST_GROUPS = 5
"""As many groups have colours that a reader can tell apart."""


def analyse(
    data: xr.Dataset, variable: str, analysis: Callable[[xr.Dataset], xr.Dataset]
) -> xr.Dataset:
    """Return the result of an analysis: `data` itself if it holds the result's variable.

    Raises
    ------
    TypeError
        If `data` is no dataset.
    """
    data = require_dataset(data)
    return data if variable in data and "trial" not in data[variable].dims else analysis(data)


def name_groups(data: Data) -> dict[str, xr.Dataset]:
    """Return groups by name; a single dataset has an empty name.

    Raises
    ------
    TypeError
        If something else than datasets is given.
    ValueError
        If there is no group, or more than `MOST_GROUPS`.
    """
    if isinstance(data, xr.Dataset) or not isinstance(data, Mapping):
        return {"": require_dataset(data)}
    if not 1 <= len(data) <= MOST_GROUPS:
        raise ValueError(f"data: found {len(data)} groups, expected 1 to {MOST_GROUPS}")
    return {str(name): require_dataset(group, f"data[{name!r}]") for name, group in data.items()}


def cut_sessions(recording: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Return sessions of one length, that of the shortest, and a sentence on what was left out.

    Sessions of a tenth of the median length or less are dropped first.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` and `reward` on `trial`, with coordinates `subject`, `session`.

    Returns
    -------
    recording : xarray.Dataset
    note : str
        For the caption; empty if nothing was left out.

    Raises
    ------
    EmptySelectionError
        If the recording has no trial.
    """
    session = read_trials(recording, two_arms=False).session
    _, first, length = np.unique(session, return_index=True, return_counts=True)
    long_enough = length > 0.1 * np.median(length)
    shortest = int(length[long_enough].min())
    order = np.arange(session.size) - first[session]
    kept = recording.isel(trial=np.flatnonzero(long_enough[session] & (order < shortest)))
    n_out = recording.sizes["trial"] - kept.sizes["trial"]
    if not n_out:
        return recording, ""
    dropped = int((~long_enough).sum())
    short = f"; {dropped} much shorter sessions are left out" if dropped else ""
    return kept, (
        f"Sessions are cut to the first {shortest} trials, the length of the shortest one{short}: "
        f"{n_out} of {recording.sizes['trial']} trials do not enter."
    )


def keep_free_choices(recording: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Return the trials with a valid choice that was free, numbered anew in each session.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` and `reward` on `trial`, with coordinates `subject`, `session`.

    Returns
    -------
    recording : xarray.Dataset
    note : str
        A sentence on what was left out, for the caption; empty if nothing was.

    Raises
    ------
    EmptySelectionError
        If no such trial is left.
    """
    trials = read_trials(recording, two_arms=False)
    free = trials.valid & ~trials.forced
    n_out = int((~free).sum())
    if not n_out:
        return recording, ""
    kept = recording.isel(trial=np.flatnonzero(free))
    if not kept.sizes["trial"]:
        raise EmptySelectionError("choice: found no trial with a valid choice that was free")
    session = trials.session[free]
    _, first, number = np.unique(session, return_index=True, return_inverse=True)
    order = np.arange(session.size) - first[number]
    return kept.assign_coords(trial_in_session=("trial", order)), tell_left_out(n_out)


def tell_left_out(n_trials: int) -> str:
    """Return a sentence on trials without a valid choice that was free; empty if there are none."""
    return f"{n_trials} trials without a valid free choice are left out." if n_trials else ""
