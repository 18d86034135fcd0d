"""Columns of dots, one for each subject, with their mean and published values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import GREY, INK

_INTERVAL = ("mean", "lower", "upper")


def draw_dots(
    axes: Axes,
    values: xr.DataArray,
    mean: xr.Dataset,
    published: Mapping[str, float | Sequence[float]],
) -> Axes:
    """Draw a column of dots for each label of a quantity.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    values : xarray.DataArray
        On `subject` and one other dimension, whose labels name the columns; NaN where a subject
        does not belong to a column.
    mean : xarray.Dataset
        `mean`, `lower`, `upper` over subjects, on the other dimension.
    published : mapping
        Published value or values by label, drawn as open diamonds; may be empty.

    Returns
    -------
    matplotlib.axes.Axes
    """
    (dim,) = (dim for dim in values.dims if dim != "subject")
    labels = [str(label) for label in values[dim].values]
    for place, label in enumerate(labels):
        dots = values.sel({dim: label}).dropna("subject").values
        spread = np.linspace(-0.2, 0.2, dots.size) if dots.size > 1 else np.zeros(dots.size)
        axes.plot(place + spread, dots, "o", ms=2.2, mfc="white", mec=GREY, mew=0.6)
        middle, low, high = (float(mean[name].sel({dim: label})) for name in _INTERVAL)
        if np.isfinite(low):
            axes.errorbar(
                place, middle, [[middle - low], [high - middle]], color=INK, fmt="_", ms=5, lw=1.0
            )
        if label in published:
            theirs = np.atleast_1d(published[label])
            places = np.full(theirs.size, place)
            axes.plot(places, theirs, "D", ms=3.5, mfc="none", mec=INK, mew=0.8)
    axes.set_xticks(range(len(labels)), [label.replace("_", "\n") for label in labels])
    axes.set_xlim(-0.6, len(labels) - 0.4)
    return axes
