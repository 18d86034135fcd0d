"""Bars of stay probability after each kind of two-step trial (Wang et al. 2018, Fig. 5b, c)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.plotting.style import BLUE, INK, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ORDER = ("common_rewarded", "uncommon_rewarded", "common_unrewarded", "uncommon_unrewarded")
_PLACES = (0.0, 1.0, 2.4, 3.4)


def draw_stay_probability(
    axes: Axes,
    stay: xr.Dataset,
    mean: xr.Dataset,
    published: Mapping[str, float] | None = None,
    lowest: float = 0.4,
) -> Axes:
    """Draw stay probabilities: bars for the mean, dots for subjects.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    stay : xarray.Dataset
        `stay_probability` on (`subject`, `previous`).
    mean : xarray.Dataset
        `mean`, `lower`, `upper` on `previous`: over subjects, with a 95 % interval.
    published : mapping, optional
        Published values by label of `previous`, drawn as open diamonds.
    lowest : float
        Lower end of the axis.

    Returns
    -------
    matplotlib.axes.Axes
    """
    colours = (BLUE, VERMILLION, BLUE, VERMILLION)
    n_subjects = stay.sizes["subject"]
    spread = np.linspace(-0.25, 0.25, n_subjects) if n_subjects > 1 else np.zeros(1)
    for place, previous, colour in zip(_PLACES, _ORDER, colours, strict=True):
        height = float(mean["mean"].sel(previous=previous))
        axes.bar(place, height - lowest, 0.8, bottom=lowest, color=colour, alpha=0.45)
        if n_subjects > 1:
            low, high = (float(mean[name].sel(previous=previous)) for name in ("lower", "upper"))
            axes.errorbar(place, height, [[height - low], [high - height]], color=INK, lw=1.2)
        dots = stay["stay_probability"].sel(previous=previous).values
        axes.plot(place + spread, dots, "o", ms=3, mfc="white", mec=INK, mew=0.7)
        if published is not None and previous in published:
            axes.plot(place, published[previous], "D", ms=6, mfc="none", mec=INK, mew=1.1)
    axes.set_xticks(_PLACES, ["common", "uncommon"] * 2)
    axes.set_xticks([0.5, 2.9], ["\nrewarded", "\nunrewarded"], minor=True)
    axes.tick_params(axis="x", which="both", length=0)
    axes.set(ylim=(lowest, 1.03), xlim=(-0.6, 4.0), ylabel="stay probability")
    return axes
