"""Which parameters the trials determine: correlations of true and recovered values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from pfc_analysis.plotting.fits.model_rows import KIND_STYLES, draw_interval
from pfc_analysis.plotting.style import GREY, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_recovery(axes: Axes, own: xr.Dataset) -> Axes:
    """Draw the correlation of true and recovered values, a row for each parameter.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    own : xarray.Dataset
        Of `pfc_analysis.fit`, the parameters of one learner: `recovery`, `recovery_lower`,
        `recovery_upper`, `identifiable` on `estimated`; the attribute `identifiable_from` of
        `recovery`, from which correlation on a parameter counts as identifiable, gives a line.

    Returns
    -------
    matplotlib.axes.Axes
        Filled marks are identifiable parameters, open marks the others.
    """
    axes.axvline(0, color=GREY, lw=0.8)
    if "identifiable_from" in own["recovery"].attrs:
        axes.axvline(float(own["recovery"].attrs["identifiable_from"]), color=GREY, lw=0.8, ls=":")
    for row in range(own.sizes["estimated"]):
        one = own.isel(estimated=row)
        values = [float(one[f"recovery{end}"]) for end in ("", "_lower", "_upper")]
        filled = bool(one["identifiable"] == 1)
        draw_interval(axes, row, *values, KIND_STYLES["learner"], filled=filled)
    names = [plain_label(str(name).replace("_", " ")) for name in own["parameter"].values]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    lowest = float(own["recovery_lower"].min(skipna=True))
    axes.set_xlim(min(-0.05, lowest - 0.05) if lowest < 0 else -0.05, 1.05)
    axes.set_xlabel("r, true and recovered")
    return axes
