"""Choices trial by trial, one row a session (Wang et al. 2018, Fig. 1c)."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from pfc_analysis.plotting.style import BLUE, ORANGE

ARM_COLOURS = {"left": ORANGE, "right": BLUE}


def draw_choices(axes: Axes, choice: xr.DataArray) -> Axes:
    """Draw the choices of sessions as a raster.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    choice : xarray.DataArray
        0 left (orange), 1 right (blue), on (`session`, `trial_in_session`).

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = choice.transpose("session", "trial_in_session").values
    n_sessions, n_trials = rows.shape
    colours = ListedColormap(list(ARM_COLOURS.values()))
    axes.imshow(
        rows, colours, aspect="auto", interpolation="nearest", vmin=0,
        vmax=1, extent=(0.5, n_trials + 0.5, n_sessions, 0),
    )  # fmt: skip
    axes.set(xlabel="trial", ylabel="session", xticks=[1, n_trials // 2, n_trials])
    return axes
