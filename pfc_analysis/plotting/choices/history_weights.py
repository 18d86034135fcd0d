"""Weights of past trials on choice, over lags (Wang et al. 2018, Fig. 5d, e)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    TRIAL_TYPE_STYLES,
    VERMILLION,
)

_COLOURS = (INK, BLUE, GREEN, VERMILLION, ORANGE, PURPLE)
_MARKERS = ("o", "s", "^", "D", "v", "P")


def draw_history_weights(
    axes: Axes, weights: xr.DataArray, mean: xr.Dataset, legend: bool = True
) -> Axes:
    """Draw regression weights by lag: lines for the mean, dots for subjects.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    weights : xarray.DataArray
        Log-odds on (`subject`, `lag`, `trial_type`).
    mean : xarray.Dataset
        `mean`, `lower`, `upper` on (`lag`, `trial_type`) (`summarise_subjects`).
    legend : bool
        Whether to name the kinds of trial.

    Returns
    -------
    matplotlib.axes.Axes
    """
    lags = mean["lag"].values
    shifts = np.linspace(-0.21, 0.21, len(TRIAL_TYPE_STYLES))
    axes.axhline(0, color=INK, lw=0.6)
    for shift, (name, (colour, line, marker)) in zip(
        shifts, TRIAL_TYPE_STYLES.items(), strict=True
    ):
        curve = mean.sel(trial_type=name)
        middle = curve["mean"].values
        reach = np.stack([middle - curve["lower"].values, curve["upper"].values - middle])
        if weights.sizes["subject"] > 1:
            dots = weights.sel(trial_type=name).transpose("lag", "subject").values
            places = np.repeat(lags + shift, dots.shape[1])
            axes.plot(places, dots.ravel(), ".", ms=2.5, color=colour, alpha=0.35, mew=0)
        axes.errorbar(
            lags + shift, middle, np.where(np.isfinite(reach), reach, 0.0), color=colour, ls=line,
            marker=marker, ms=2.8, lw=1.0, mfc=colour if line == "-" else "white",
            label=name.replace("_", " "),
        )  # fmt: skip
    axes.set(xlabel="trials ago", ylabel="weight on choice (log-odds)", xticks=lags)
    if legend:
        axes.legend(loc="upper right")
    return axes


def draw_planning_weights(axes: Axes, means: Mapping[str, xr.Dataset]) -> Axes:
    """Draw planning weights by lag, as shares of their sum over all lags.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    means : mapping of str to xarray.Dataset
        `mean`, `lower`, `upper` of the planning weight on `lag` (`summarise_subjects`), by name.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(0, color=INK, lw=0.6)
    shifts = np.linspace(-0.15, 0.15, len(means))
    for i, (shift, (name, mean)) in enumerate(zip(shifts, means.items(), strict=True)):
        colour, marker = _COLOURS[i % len(_COLOURS)], _MARKERS[i % len(_MARKERS)]
        # Curves are scaled to compare their shapes; intervals are those of single weights.
        unit = float(np.abs(mean["mean"]).sum())
        middle, low, high = (mean[key].values / unit for key in ("mean", "lower", "upper"))
        reach = np.stack([middle - low, high - middle])
        axes.errorbar(mean["lag"].values + shift, middle, np.abs(reach), color=colour,
                      marker=marker, ms=2.8, lw=1.0, label=name)  # fmt: skip
    lags = next(iter(means.values()))["lag"].values
    axes.set(xlabel="trials ago", ylabel="planning weight, share of all lags", xticks=lags)
    axes.legend(loc="upper right")
    return axes
