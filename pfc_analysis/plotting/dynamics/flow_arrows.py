"""Where trials of one kind push the states of a network, in the plane of two components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from pfc_analysis.plotting.portraits.portrait_curves import mark_fixed_point
from pfc_analysis.plotting.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

_LONGEST = 1.6
"""Length of the longest arrow, in cells of the plane."""


def draw_flow(axes: Axes, flow: xr.Dataset, kind: str, colour: str = INK) -> float:
    """Draw the mean displacement of states by trials of one kind, as arrows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    flow : xarray.Dataset
        `displacement` on (`trial_kind`, `second`, `first`, `component`), NaN in empty cells.
    kind : str
        Label of `trial_kind`.
    colour : str
        Colour of the arrows.

    Returns
    -------
    float
        The factor by which all arrows are shortened, 1 or more.
    """
    own = flow["displacement"].sel(trial_kind=kind)
    arrows = own.transpose("second", "first", "component").values
    x, y = np.meshgrid(flow["first"].values, flow["second"].values)
    shown = np.isfinite(arrows).all(axis=-1)
    longest = np.linalg.norm(arrows[shown], axis=-1).max(initial=0.0)
    cell = min(np.diff(x[0]).mean(), np.diff(y[:, 0]).mean())
    factor = max(1.0, float(longest / (_LONGEST * cell)))
    axes.quiver(x[shown], y[shown], arrows[shown, 0], arrows[shown, 1], color=colour, angles="xy",
                scale_units="xy", scale=factor, width=0.008, headwidth=4.0, headlength=4.5,
                headaxislength=4.0, zorder=3)  # fmt: skip
    return factor


def draw_flow_states(
    axes: Axes, flow: xr.Dataset, shade: np.ndarray | None = None
) -> PathCollection:
    """Draw the recorded states as small dots, coloured by a quantity from 0 to 1 if it is given."""
    x, y = flow["score"].transpose("component", "trial").values
    look: dict[str, Any] = (
        {"c": "0.8"} if shade is None else {"c": shade, "cmap": "coolwarm", "vmin": 0, "vmax": 1}
    )
    return axes.scatter(x, y, 3, lw=0, alpha=0.7, rasterized=True, zorder=1, **look)


def mark_flow_points(axes: Axes, places: np.ndarray, stability: np.ndarray) -> None:
    """Mark fixed points at places (fixed_point, 2): filled if stable, open if unstable."""
    for (x, y), name in zip(places, stability, strict=True):
        mark_fixed_point(axes, float(x), float(y), str(name))
