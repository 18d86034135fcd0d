"""What a picture is drawn from: a recording, a result, or several recordings by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

Data = xr.Dataset | Mapping[str, xr.Dataset]
"""A recording or a result, or several of them by the name of the group."""


def analyse(
    data: xr.Dataset, variable: str, analysis: Callable[[xr.Dataset], xr.Dataset]
) -> xr.Dataset:
    """Return the result of an analysis: `data` itself if it holds the result's variable."""
    return data if variable in data and "trial" not in data[variable].dims else analysis(data)


def name_groups(data: Data) -> dict[str, xr.Dataset]:
    """Return groups by name; a single dataset has an empty name.

    Raises
    ------
    TypeError
        If something else than datasets is given.
    """
    groups = {"": data} if isinstance(data, xr.Dataset) else data
    if not isinstance(groups, Mapping):
        raise TypeError(
            f"data: found {type(data).__name__}, expected a recording (xarray.Dataset), or a "
            'mapping of names to recordings such as {"rats": rats, "agents": agents}. '
            "pfc.load reads files"
        )
    for name, group in groups.items():
        if not isinstance(group, xr.Dataset):
            raise TypeError(
                f"data[{name!r}]: found {type(group).__name__}, expected a recording "
                "(xarray.Dataset). pfc.load reads files"
            )
    return dict(groups)


def even_sessions(recording: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Return the valid choices of sessions that are equally long, and what was left out.

    Trials without a choice are dropped, the others numbered anew, and longer sessions are cut to
    the length of the shortest one. Sessions of a tenth of the median length or less are dropped.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (-1 none) on `trial`, with coordinates `subject`, `session`.

    Returns
    -------
    recording : xarray.Dataset
    note : str
        A sentence for the caption; empty if nothing was left out.
    """
    made = recording["choice"].values >= 0
    if "forced" in recording:
        made &= recording["forced"].values == 0
    kept = recording.isel(trial=np.flatnonzero(made))
    labels = [
        f"{s}\0{k}" for s, k in zip(kept["subject"].values, kept["session"].values, strict=True)
    ]
    _, session, length = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.arange(session.size) - _first_rows(session)[session]
    long_enough = length > 0.1 * np.median(length)
    shortest = int(length[long_enough].min())
    inside = long_enough[session] & (order < shortest)
    kept = kept.assign_coords(trial_in_session=("trial", order)).isel(trial=np.flatnonzero(inside))
    if kept.sizes["trial"] == recording.sizes["trial"]:
        return recording, ""
    n_out = recording.sizes["trial"] - kept.sizes["trial"]
    return kept, (
        f"{n_out} of {recording.sizes['trial']} trials are left out: those without a free choice, "
        f"and those after the first {shortest} of a session, the length of the shortest one."
    )


def _first_rows(session: np.ndarray) -> np.ndarray:
    """Return the first row of each session, whose rows follow each other."""
    return np.unique(session, return_index=True)[1]
