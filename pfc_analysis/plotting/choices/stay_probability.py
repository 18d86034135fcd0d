"""Bars of stay probability after each kind of two-step trial (Wang et al. 2018, Fig. 5b, c)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pfc_analysis.plotting.style import BLUE, INK, VERMILLION

_BARS = {
    "common_rewarded": (0.0, BLUE),
    "uncommon_rewarded": (0.9, VERMILLION),
    "common_unrewarded": (2.2, BLUE),
    "uncommon_unrewarded": (3.1, VERMILLION),
}
"""Place and colour of each bar."""

GROUP_WIDTH = 4.8
"""From one group of four bars to the next, where there are several."""


def draw_stay_probability(
    axes: Axes,
    stay: xr.Dataset,
    mean: xr.Dataset,
    published: Mapping[str, float],
    lowest: float = 0.2,
    shift: float = 0.0,
) -> Axes:
    """Draw stay probabilities: bars for the mean, dots for subjects.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    stay : xarray.Dataset
        `stay_probability` on (`subject`, `previous`).
    mean : xarray.Dataset
        `mean`, `lower`, `upper` on `previous` (`summarise_subjects`).
    published : mapping
        Published values by label of `previous`, drawn as open diamonds; may be empty.
    lowest : float
        Lower end of the axis.
    shift : float
        How far to the right the bars are drawn.

    Returns
    -------
    matplotlib.axes.Axes
    """
    n_subjects = stay.sizes["subject"]
    spread = np.linspace(-0.25, 0.25, n_subjects) if n_subjects > 1 else np.zeros(1)
    for previous, (first, colour) in _BARS.items():
        place = first + shift
        height = float(mean["mean"].sel(previous=previous))
        low, high = (float(mean[name].sel(previous=previous)) for name in ("lower", "upper"))
        axes.bar(place, height - lowest, 0.8, bottom=lowest, color=colour, alpha=0.45)
        axes.errorbar(place, height, [[height - low], [high - height]], color=INK, lw=1.0)
        if n_subjects > 1:
            dots = stay["stay_probability"].sel(previous=previous).values
            axes.plot(place + spread, dots, "o", ms=2.2, mfc="white", mec=INK, mew=0.6)
        if previous in published:
            axes.plot(place, published[previous], "D", ms=3.5, mfc="none", mec=INK, mew=0.8)
    axes.set_xticks([0.45 + shift, 2.65 + shift], ["reward", "no reward"])
    axes.tick_params(axis="x", length=0)
    axes.set(ylim=(lowest, 1.03), xlim=(shift - 0.6, shift + 3.7), ylabel="stay probability")
    return axes


def label_bars(axes: Axes, published: str | None = None) -> Axes:
    """Add a legend of the bars below the figure of these axes; `published` names the diamonds."""
    handles: list[Patch | Line2D] = [
        Patch(color=BLUE, alpha=0.45, label="common"),
        Patch(color=VERMILLION, alpha=0.45, label="uncommon"),
    ]
    if published is not None:
        handles.append(
            Line2D([], [], marker="D", ls="", ms=3.5, mfc="none", mec=INK, label=published)
        )
    axes.figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return axes
