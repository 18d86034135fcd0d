"""Quantities over trials, lags or other ordered labels: a line and a band for each of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Look:
    """How a curve looks.

    Attributes
    ----------
    colour : str
        Of line, band and dots.
    line : str
        Matplotlib's line style.
    marker : str
        Matplotlib's marker; none where empty.
    """

    colour: str
    line: str = "-"
    marker: str = ""


def draw_curves(axes: Axes, curves: Mapping[str, xr.Dataset], looks: Mapping[str, Look]) -> Axes:
    """Draw means as lines, their 95 % intervals as bands.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    curves : mapping of str to xarray.Dataset
        By name: `mean`, `lower` and `upper` on one dimension, whose labels are the x axis
        (`summarise_subjects`). Without an interval (NaN) there is no band.
    looks : mapping of str to Look
        By name.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for name, curve in curves.items():
        look = looks[name]
        (dim,) = curve["mean"].dims
        x = curve[dim].values
        axes.plot(x, curve["mean"], color=look.colour, ls=look.line, marker=look.marker, ms=3.5,
                  lw=1.3, label=name)  # fmt: skip
        axes.fill_between(
            x, curve["lower"].values, curve["upper"].values, color=look.colour, alpha=0.2, lw=0
        )
    return axes


def draw_subject_dots(axes: Axes, values: xr.DataArray, look: Look) -> Axes:
    """Draw every subject's value as a dot, over the labels of the other dimension.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    values : xarray.DataArray
        On `subject` and one other dimension, whose labels are the x axis.
    look : Look
        Its colour is used.

    Returns
    -------
    matplotlib.axes.Axes
    """
    (dim,) = (dim for dim in values.dims if dim != "subject")
    y = values.transpose(dim, "subject").values
    x = np.repeat(values[dim].values, y.shape[1])
    axes.plot(x, y.ravel(), ".", ms=3, color=look.colour, alpha=0.4, mew=0)
    return axes
