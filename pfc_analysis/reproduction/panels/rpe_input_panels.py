"""Panels of Supplementary Figure 9: a column of agents for each network that is compared."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.style import INK, VERMILLION, Axes

_LOOKS = {"reward": (INK, "o", -0.2), "RPE": (VERMILLION, "s", 0.2)}
"""Colour and marker of each network, and how far right of the label its column is."""

_NAMES = {"reward": "network reads rewards", "RPE": "network reads prediction errors"}


def draw_networks(axes: Axes, values: xr.DataArray, label: str) -> Axes:
    """Draw a column of agents for each label and network, with its mean and 95 % interval.

    Parameters
    ----------
    values : xarray.DataArray
        On `subject` and one or two other dimensions, of which one may be `network`. Without it,
        the networks are those that read prediction errors.
    label : str
        Label of the y axis.
    """
    if "network" not in values.dims:
        values = values.expand_dims(network=["RPE"])
    others = [str(dim) for dim in values.dims if dim not in ("subject", "network")]
    names = [_in_lines(name) for name in values[others[0]].values] if others else [""]
    networks = [str(network) for network in values["network"].values]
    for network in networks:
        colour, marker, shift = _LOOKS[network]
        own = values.sel(network=network, drop=True)
        own = own if others else own.expand_dims(column=[0])
        places = np.arange(len(names)) + (shift if len(networks) > 1 else 0.0)
        draw_agent_columns(axes, places, own, (colour, marker))
    axes.set_xticks(range(len(names)), names)
    axes.set(xlim=(-0.6, len(names) - 0.4), ylabel=label)
    if names == [""]:
        axes.tick_params(axis="x", length=0)
    return axes


def label_networks(axes: Axes) -> Axes:
    """Add a legend of both networks."""
    handles = [
        Line2D([], [], ls="", color=colour, marker=marker, ms=3, label=_NAMES[network])
        for network, (colour, marker, _) in _LOOKS.items()
    ]
    axes.legend(handles=handles, loc="lower center")
    return axes


def _in_lines(name: object) -> str:
    """Return a label as words, one a line."""
    return str(name).replace("_", "\n")


def draw_agent_columns(
    axes: Axes,
    places: np.ndarray,
    values: xr.DataArray,
    look: tuple[str, str],
    width: float = 0.13,
) -> None:
    """Draw subjects as open marks, and beside them their mean and its interval.

    Parameters
    ----------
    places : ndarray
        Where columns stand on the x axis.
    values : xarray.DataArray
        On `subject` and one other dimension, the columns; NaN where a subject has none.
    look : tuple of str
        Colour and marker.
    width : float
        Half the width of a column.
    """
    colour, marker = look
    (dim,) = (str(dim) for dim in values.dims if dim != "subject")
    mean = summarise_subjects(values.to_dataset(name="value"), "value")
    for place, label in zip(places, values[dim].values, strict=True):
        dots = values.sel({dim: label}).dropna("subject").values
        spread = np.linspace(-width, width, dots.size)
        axes.plot(place + spread, dots, marker, ms=2.2, mfc="white", mec=colour, mew=0.6)
        middle, low, high = (float(mean[b].sel({dim: label})) for b in ("mean", "lower", "upper"))
        axes.errorbar(place, middle, [[middle - low], [high - middle]], color=colour, fmt="_",
                      ms=5, lw=1.2, zorder=3)  # fmt: skip
