"""Panels of Figure R1: three networks side by side."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pfc_analysis.plot.subject_means import draw_mean_curve
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.style import BLUE, INK, VERMILLION, Axes, label_panel
from pfc_analysis.reproduction.agents.rival_agents import ERROR, PREDICTS, REWARD
from pfc_analysis.reproduction.panels.rpe_input_panels import draw_agent_columns

LOOKS = MappingProxyType({REWARD: (INK, "o"), ERROR: (VERMILLION, "s"), PREDICTS: (BLUE, "^")})
"""Colour and marker of each network."""

NAMES = MappingProxyType(
    {
        REWARD: "Wang et al., reads rewards",
        ERROR: "Wang et al., reads errors",
        PREDICTS: "rival: predicts",
    }
)


def draw_rivals(axes: Axes, values: xr.DataArray, label: str) -> Axes:
    """Draw a column of agents for each network, at each label of another dimension if there is one.

    Parameters
    ----------
    values : xarray.DataArray
        On `network`, `subject` and perhaps one other dimension.
    label : str
        Label of the y axis.
    """
    others = [str(dim) for dim in values.dims if dim not in ("subject", "network")]
    names = [str(name).replace("_", "\n") for name in values[others[0]].values] if others else [""]
    shifts = np.linspace(-0.27, 0.27, values.sizes["network"])
    for network, shift in zip(values["network"].values, shifts, strict=True):
        own = values.sel(network=network, drop=True)
        own = own if others else own.expand_dims(column=[0])
        draw_agent_columns(axes, np.arange(len(names)) + shift, own, LOOKS[str(network)], 0.08)
    axes.set_xticks(range(len(names)), names)
    axes.set(xlim=(-0.55, len(names) - 0.45), ylabel=label)
    if names == [""]:
        axes.tick_params(axis="x", length=0)
    return axes


def draw_lags(axes: Axes, weights: xr.DataArray, letter: str) -> Axes:
    """Draw how much past trials speak for planning, a curve for each network.

    Parameters
    ----------
    weights : xarray.DataArray
        `planning_weight` on `network`, `subject` and `lag`.
    letter : str
        Of the panel.
    """
    for network in map(str, weights["network"].values):
        colour, marker = LOOKS[network]
        own = weights.sel(network=network, drop=True).dropna("subject", how="all")
        curve = own.to_dataset(name="weight")
        draw_mean_curve(axes, curve, "weight", network, LineStyle(colour, "-", marker), dots=True)
    axes.axhline(0.0, color="0.6", lw=0.6, ls=":")
    axes.set(xlabel="trials back", ylabel="planning weight (log-odds)")
    return label_panel(axes, letter, "two-step: how far back")


def draw_raised_errors(axes: Axes, ratio: xr.DataArray, mice: pd.Series, letter: str) -> Axes:
    """Draw the effect of a raised error as a share of reward's, by how fast agents learn in play.

    Parameters
    ----------
    ratio : xarray.DataArray
        On `network`, `subject` and `learning`.
    mice : pandas.Series
        Published row of mice: `value`, `lower` and `upper`, drawn as a line and a band.
    letter : str
        Of the panel.
    """
    draw_rivals(axes, ratio, "effect of a raised error /\neffect of a reward")
    draw_reference(axes, 1.0, "as a reward", below=True)
    draw_reference(axes, float(mice["value"]), "")
    axes.axhspan(mice["lower"], mice["upper"], color="0.88", lw=0, zorder=-1)
    axes.text(axes.get_xlim()[1], mice["upper"], "mice", ha="right", va="bottom")
    axes.set(ylim=(-0.25, 1.5))
    return label_panel(axes, letter, "error raised by one reward at the outcome")


def label_rivals(figure: Figure) -> None:
    """Add a legend of the networks."""
    handles = [
        Line2D([], [], ls="", color=colour, marker=marker, ms=3, label=NAMES[network])
        for network, (colour, marker) in LOOKS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
