"""Hidden states around reversals, step by step (Wang et al. 2018, Fig. 4c)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, VERMILLION

_COLOURS, _MARKERS = (VERMILLION, BLUE), ("<", ">")


def draw_latent_states(
    axes: Axes, score: xr.DataArray, rewarded_side: xr.DataArray, cue: xr.DataArray
) -> Axes:
    """Draw hidden states in the plane of two principal components.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    score : xarray.DataArray
        On (`trial`, `component`), two components or more.
    rewarded_side : xarray.DataArray
        0 left (red), 1 right (blue): colour, on `trial`.
    cue : xarray.DataArray
        0 left, 1 right: the marker points there, on `trial`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    x, y = score.isel(component=0).values, score.isel(component=1).values
    for side, colour in enumerate(_COLOURS):
        for shown, marker in enumerate(_MARKERS):
            rows = np.flatnonzero((rewarded_side.values == side) & (cue.values == shown))
            axes.plot(x[rows], y[rows], marker, ms=2.6, mew=0, color=colour, alpha=0.5,
                      rasterized=True)  # fmt: skip
    return axes
