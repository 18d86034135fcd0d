"""Phase portrait of two units: how their activation changes in a trial of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.plotting.portraits.portrait_curves import mark_fixed_point
from pfc_analysis.plotting.portraits.portrait_styles import style_of_kind
from pfc_analysis.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_portrait_field(axes: Axes, portrait: xr.Dataset, kind: str) -> Axes:
    """Draw the change of two units' activations in trials of one kind as arrows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    portrait : xarray.Dataset
        `change_first` and `change_second` on (`kind`, `first`, `second`), whose coordinates are the
        activations of the two units before the trial. Where they are known, `log_odds` on (`first`,
        `second`), whose line of 0 is drawn, and `fixed_first`, `fixed_second`, `fixed_kind`,
        `stable` on `fixed_point`.
    kind : str
        Kind of trial, a label of `kind`.

    Returns
    -------
    matplotlib.axes.Axes
        Arrows are in units of the axes, all shortened by one factor where they would overlap.
    """
    number = [str(name) for name in portrait["kind"].values].index(kind)
    one = portrait.sel(kind=kind)
    x, y = one["first"].values, one["second"].values
    u, v = (
        one[f"change_{unit}"].transpose("second", "first").values for unit in ("first", "second")
    )
    axes.quiver(x, y, u, v, color=style_of_kind(kind, number).colour, angles="xy",
                scale_units="xy", scale=_shorten(x, y, u, v), width=0.006, pivot="tail",
                headwidth=4.5, headlength=5.0, headaxislength=4.5)  # fmt: skip
    if "log_odds" in one and one["log_odds"].min() < 0 < one["log_odds"].max():
        axes.contour(x, y, one["log_odds"].transpose("second", "first").values, levels=[0],
                     colors=GREY, linewidths=0.9, linestyles=":")  # fmt: skip
    if "fixed_point" in portrait.dims:
        own = portrait.isel(fixed_point=(portrait["fixed_kind"] == kind).values)
        for place in range(own.sizes["fixed_point"]):
            point = own.isel(fixed_point=place)
            mark_fixed_point(
                axes,
                float(point["fixed_first"]),
                float(point["fixed_second"]),
                bool(point["stable"]),
            )
    axes.set(xlabel="unit 1", ylabel="unit 2")
    return axes


def _shorten(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> float:
    """Return by how much arrows are shortened, so that the longest spans about one grid cell."""
    cell = max(float(np.diff(x).mean()), float(np.diff(y).mean()))
    longest = float(np.nanmax(np.hypot(u, v)))
    return max(1.0, longest / (1.3 * cell))
