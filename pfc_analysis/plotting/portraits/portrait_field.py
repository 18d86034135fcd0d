"""Phase portrait of two units: how their state changes in a trial of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.plotting.portraits.portrait_curves import mark_fixed_point
from pfc_analysis.plotting.portraits.portrait_styles import list_kind_styles
from pfc_analysis.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ARROWS = 11
"""Arrows along each axis, about."""

_LONGEST = 1.3
"""Length of the longest arrow, as a share of the distance between arrows."""


def draw_portrait_field(
    axes: Axes, portrait: xr.Dataset, kind: int, fixed_points: xr.Dataset | None = None
) -> Axes:
    """Draw the change of two units' states in trials of one kind as arrows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    portrait : xarray.Dataset
        `state_change` on (`trial_kind`, `second_unit`, `first_unit`, `unit`), whose coordinates
        `first_unit` and `second_unit` are the states before the trial; `log_odds` on
        (`second_unit`, `first_unit`), of which the line at 0 is drawn. Coordinates of `trial_kind`
        as in `list_kind_styles`.
    kind : int
        Kind of trial, an index into `trial_kind`.
    fixed_points : xarray.Dataset, optional
        `state` on (`fixed_point`, `state_number`), `stability` and `kind` on `fixed_point`.

    Returns
    -------
    matplotlib.axes.Axes
        Arrows point where the state goes. Where the longest would overlap, all are shortened by one
        factor. Of a fine grid, only every second, third, ... state has an arrow.
    """
    style = list(list_kind_styles(portrait).values())[kind]
    step = max(1, round(portrait.sizes["first_unit"] / _ARROWS))
    thin = portrait.isel(trial_kind=kind, first_unit=slice(step // 2, None, step),
                         second_unit=slice(step // 2, None, step))  # fmt: skip
    x, y = thin["first_unit"].values, thin["second_unit"].values
    arrows = thin["state_change"].transpose("second_unit", "first_unit", "unit").values
    axes.quiver(x, y, arrows[..., 0], arrows[..., 1], color=style.colour, angles="xy",
                scale_units="xy", scale=_shorten(x, arrows), width=0.007, headwidth=4.5,
                headlength=5.0, headaxislength=4.5)  # fmt: skip
    _draw_indifference(axes, portrait)
    if fixed_points is not None:
        own = fixed_points.isel(fixed_point=(fixed_points["kind"] == kind).values)
        for place in range(own.sizes["fixed_point"]):
            one = own.isel(fixed_point=place)
            first, second = map(float, one["state"].values)
            mark_fixed_point(axes, first, second, str(one["stability"].item()))
    axes.set(xlabel="unit 1", ylabel="unit 2")
    return axes


def _draw_indifference(axes: Axes, portrait: xr.Dataset) -> None:
    """Draw the line on which both choices are equally probable."""
    log_odds = portrait["log_odds"].transpose("second_unit", "first_unit").values
    if log_odds.min() < 0 < log_odds.max():
        axes.contour(portrait["first_unit"].values, portrait["second_unit"].values, log_odds,
                     levels=[0], colors=GREY, linewidths=0.9, linestyles=":")  # fmt: skip


def _shorten(x: np.ndarray, arrows: np.ndarray) -> float:
    """Return by how much arrows are shortened, so that the longest spans about one grid cell."""
    longest = float(np.nanmax(np.linalg.norm(arrows, axis=-1)))
    return max(1.0, longest / (_LONGEST * float(np.diff(x).mean())))
