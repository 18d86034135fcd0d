"""Hidden states in the plane of two principal components (Wang et al. 2018, Fig. 1e, f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

_MARKERS = ("<", ">")
"""Left and right choices."""


def draw_session_states(axes: Axes, score: xr.DataArray, choice: xr.DataArray) -> PathCollection:
    """Draw the states of one session, coloured by trial; markers point to the chosen side.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    score : xarray.DataArray
        On (`trial`, `component`): one session, trial by trial, two components or more.
    choice : xarray.DataArray
        0 left, 1 right, on `trial`.

    Returns
    -------
    matplotlib.collections.PathCollection
        Source of a colour bar of trials.
    """
    x, y = score.isel(component=0).values, score.isel(component=1).values
    trial = np.arange(1, x.size + 1)
    axes.plot(x, y, color="0.8", lw=0.5, zorder=1)
    for side, marker in enumerate(_MARKERS):
        rows = choice.values == side
        points = axes.scatter(
            x[rows],
            y[rows],
            6,
            trial[rows],
            marker=marker,
            cmap="viridis",
            vmin=1,
            vmax=x.size,
            lw=0,
        )
    return points


def draw_states(axes: Axes, score: xr.DataArray, colour: xr.DataArray) -> PathCollection:
    """Draw a state for each session, coloured by a quantity from 0 to 1.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    score : xarray.DataArray
        On (`trial`, `component`), two components or more.
    colour : xarray.DataArray
        On `trial`.

    Returns
    -------
    matplotlib.collections.PathCollection
        Source of a colour bar.
    """
    x, y = score.isel(component=0).values, score.isel(component=1).values
    return axes.scatter(x, y, 5, colour.values, cmap="coolwarm", vmin=0, vmax=1, lw=0)


def align_state_spaces(panels: Sequence[Axes]) -> None:
    """Give panels of one state space the same limits, and label their axes."""
    for limit in ("xlim", "ylim"):
        ends = np.array([getattr(axes, f"get_{limit}")() for axes in panels])
        for axes in panels:
            axes.set(**{limit: (ends[:, 0].min(), ends[:, 1].max())})
    for axes in panels:
        axes.set(xlabel="first component")
    panels[0].set(ylabel="second component")
