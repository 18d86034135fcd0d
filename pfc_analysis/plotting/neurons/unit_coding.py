"""Partial correlations of all units with each factor (Wang et al. 2018, Fig. 2e)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION


def draw_unit_coding(axes: Axes, coding: xr.Dataset, mean: xr.Dataset) -> Axes:
    """Draw a dot for every unit, the mean as a bar, and the chance level as a dashed line.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    coding : xarray.Dataset
        `partial_correlation` and `significant_family_wise` (blue dots, others grey) on (`subject`,
        `factor`, `unit`), `mean_absolute_null` on (`subject`, `factor`) (`compute_unit_coding`).
    mean : xarray.Dataset
        `mean`, `lower` and `upper` of `mean_absolute` over subjects, on `factor`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    factors = [str(label) for label in coding["factor"].values]
    size = abs(coding["partial_correlation"]).stack(every=("subject", "unit"))
    found = coding["significant_family_wise"].astype(bool).stack(every=("subject", "unit"))
    for place, factor in enumerate(factors):
        of_factor = mean.sel(factor=factor)
        middle, low, high = (float(of_factor[name]) for name in ("mean", "lower", "upper"))
        axes.bar(place, middle, 0.75, color=BLUE, alpha=0.35, zorder=1)
        values, passed = size.sel(factor=factor).values, found.sel(factor=factor).values
        spread = np.linspace(-0.32, 0.32, values.size)
        for which, colour in ((passed, BLUE), (~passed, GREY)):
            axes.plot(place + spread[which], values[which], ".", ms=1.6, mew=0, color=colour,
                      alpha=0.6, zorder=2, rasterized=True)  # fmt: skip
        axes.errorbar(place, middle, [[middle - low], [high - middle]], color=INK, lw=1.0, zorder=3)
        chance = float(coding["mean_absolute_null"].sel(factor=factor).mean())
        axes.plot([place - 0.38, place + 0.38], [chance, chance], "--", color=VERMILLION, lw=0.9,
                  zorder=4)  # fmt: skip
    axes.plot([], [], "--", color=VERMILLION, lw=0.9, label="chance: other sessions")
    axes.legend(loc="upper right")
    _name_factors(axes, factors)
    axes.set(ylim=(0, 1), ylabel="|partial correlation|")
    return axes


def draw_shares(axes: Axes, shares: Mapping[str, float]) -> Axes:
    """Draw published shares of neurons as hatched bars, which mark what was not measured here.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    shares : mapping of str to float
        From 0 to 1, by factor.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.bar(range(len(shares)), list(shares.values()), 0.75, color="white", edgecolor=GREY,
             hatch="///")  # fmt: skip
    _name_factors(axes, list(shares))
    axes.set(ylim=(0, 1), ylabel="share significant")
    return axes


def _name_factors(axes: Axes, factors: list[str]) -> None:
    """Label the bars with the factors, with products of two factors shortened."""
    short = [factor.replace("last_action_x_last_", "action_x_") for factor in factors]
    axes.set_xticks(
        range(len(short)), [name.replace("_x_", " x\n").replace("_", "\n") for name in short]
    )
