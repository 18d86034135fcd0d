"""Which parameters the trials determine: correlations of true and recovered values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from pfc_analysis.plotting.fits.model_rows import KIND_STYLES, draw_interval, read_estimate
from pfc_analysis.plotting.style import GREY, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BELOW = 0.28
"""How far below a parameter's row the marks for more trials lie."""


def draw_recovery(axes: Axes, part: xr.Dataset) -> Axes:
    """Draw the correlation of true and recovered values, a row for each parameter.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    part : xarray.Dataset
        Recovery of one learner: `r`, `r_lower`, `r_upper` on (`repeat`, `parameter`),
        `identifiable` on `parameter`; the attribute `identifiable_from`, the correlation from which
        a parameter counts as identifiable, gives a line.

    Returns
    -------
    matplotlib.axes.Axes
        Filled marks are identifiable parameters, open marks the others; small marks below them, the
        same with several times the trials.
    """
    axes.axvline(0, color=GREY, lw=0.8)
    if "identifiable_from" in part.attrs:
        axes.axvline(float(part.attrs["identifiable_from"]), color=GREY, lw=0.8, ls=":")
    for row in range(part.sizes["parameter"]):
        one = part.isel(parameter=row)
        style, known = KIND_STYLES["learner"], bool(one["identifiable"] == 1)
        draw_interval(axes, row, read_estimate(one.isel(repeat=0), "r"), style, filled=known)
        if not known:
            later = one["r"].values
            axes.plot(later, [row + _BELOW] * later.size, "-", color=GREY, lw=0.6)
            axes.plot(later[1:], [row + _BELOW] * (later.size - 1), ".", ms=3.5, color=GREY)
    names = [plain_label(str(name).replace("_", " ")) for name in part["parameter"].values]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(min(-0.05, float(part["r_lower"][0].min()) - 0.05), 1.05)
    axes.set_xlabel("r, true and recovered")
    return axes
