"""Curves of means over trials, lags or other ordered labels, with 95 % bands and subject dots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes


@dataclass(frozen=True)
class LineStyle:
    """Colour, line style and marker of a curve.

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


def draw_curves(
    axes: Axes, curves: Mapping[str, xr.Dataset], styles: Mapping[str, LineStyle]
) -> Axes:
    """Draw means as lines, their 95 % intervals as bands.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    curves : mapping of str to xarray.Dataset
        By name: `mean`, `lower` and `upper` on one dimension, whose labels are the x axis
        (`summarise_subjects`). Without an interval (NaN) there is no band.
    styles : mapping of str to LineStyle
        By name.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for name, curve in curves.items():
        style = styles[name]
        (dim,) = curve["mean"].dims
        x = curve[dim].values
        axes.plot(x, curve["mean"], color=style.colour, ls=style.line, marker=style.marker, ms=2.5,
                  lw=1.0, label=name)  # fmt: skip
        axes.fill_between(
            x, curve["lower"].values, curve["upper"].values, color=style.colour, alpha=0.2, lw=0
        )
    return axes


def draw_subject_dots(axes: Axes, values: xr.DataArray, style: LineStyle) -> Axes:
    """Draw a dot for every subject at each label of the other dimension.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    values : xarray.DataArray
        On `subject` and one other dimension, whose labels are the x axis.
    style : LineStyle
        Only its colour is used.

    Returns
    -------
    matplotlib.axes.Axes
    """
    (dim,) = (dim for dim in values.dims if dim != "subject")
    y = values.transpose(dim, "subject").values
    x = np.repeat(values[dim].values, y.shape[1])
    axes.plot(x, y.ravel(), ".", ms=2.5, color=style.colour, alpha=0.4, mew=0)
    return axes
