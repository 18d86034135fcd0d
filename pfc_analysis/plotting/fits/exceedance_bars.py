"""Bayesian model selection over subjects: exceedance probabilities and model frequencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import name_rows, place_rows, style_of_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_exceedance(
    axes: Axes, result: xr.Dataset, places: Mapping[str, float] | None = None
) -> Axes:
    """Draw protected exceedance probabilities as bars, and model frequencies as diamonds.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `protected_exceedance` and, where it is known, `model_frequency`, on
        `model`.
    places : mapping of str to float, optional
        Row of each model; default: `place_rows`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    places = places or place_rows(result)
    for model, place in places.items():
        one, colour = result.sel(model=model), style_of_model(result, model).colour
        axes.barh(place, float(one["protected_exceedance"]), 0.62, color=colour, alpha=0.6)
        if "model_frequency" in one:
            axes.plot([float(one["model_frequency"])], [place], "D", ms=3.2, mfc="none",
                      mec=mpl.rcParams["text.color"], mew=0.7)  # fmt: skip
    name_rows(axes, result, places)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.set_xlabel("probability")
    return axes
