"""Dose-response curves: a quantity against the size of a manipulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.curves import LineStyle, draw_curves
from pfc_analysis.plotting.style import GREY, INK

Traces = Literal["dots", "lines"]


def draw_dose_response(
    axes: Axes,
    values: Mapping[str, xr.DataArray],
    means: Mapping[str, xr.Dataset],
    styles: Mapping[str, LineStyle],
    *,
    log: bool = False,
    traces: Traces = "dots",
) -> Axes:
    """Draw one curve or several: subjects, their mean and its 95 % interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    values : mapping of str to xarray.DataArray
        By name of curve: on `subject` and one other dimension, whose labels are the doses; NaN
        where a subject has no value.
    means : mapping of str to xarray.Dataset
        `mean`, `lower`, `upper` on the dose (`summarise_subjects`), by the same names. Without an
        interval (NaN) there is no band.
    styles : mapping of str to LineStyle
        By the same names.
    log : bool
        Whether the axis of doses is logarithmic; all doses must then be above 0.
    traces : {"dots", "lines"}
        How subjects are drawn. A subject alone in its curve is the mean and is not drawn again.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `traces` is unknown, doses do not ascend, a dose is not above 0 on a logarithmic axis,
        or a curve has values but no mean or style.
    """
    if traces not in get_args(Traces):
        raise ValueError(f"traces: found {traces!r}, expected 'dots' or 'lines'")
    for name, array in values.items():
        if name not in means or name not in styles:
            raise ValueError(
                f"curve {name!r}: found values, but no mean or no style; give both under this name"
            )
        doses = _doses(array, name, log)
        if array.sizes["subject"] > 1:
            y = array.transpose(_dose_of(array), "subject").values
            style = {"ls": "", "marker": "."} if traces == "dots" else {"ls": "-", "lw": 0.6}
            axes.plot(doses, y, ms=3, mew=0, color=styles[name].colour, alpha=0.5, **style)
    draw_curves(axes, {name: means[name] for name in values}, styles)
    if log:
        axes.set_xscale("log")
    ticks = np.unique(np.concatenate([_doses(a, n, log) for n, a in values.items()]))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    return axes


def draw_reference(axes: Axes, value: float, text: str, *, below: bool = False) -> Axes:
    """Draw a dashed horizontal line with its name, for a published value or a threshold.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    value : float
        Where the line is.
    text : str
        Its name, at the right end of the line.
    below : bool
        Whether the name stands below the line; else above it.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(value, color=GREY, ls="--", lw=0.9, zorder=0)
    axes.annotate(
        text, (1, value), xytext=(0, -2 if below else 2), xycoords=axes.get_yaxis_transform(),
        textcoords="offset points", ha="right", va="top" if below else "bottom",
        fontsize=mpl.rcParams["legend.fontsize"], color=INK,
    )  # fmt: skip
    return axes


def spread_small_doses(axes: Axes) -> Axes:
    """Draw doses on a square-root scale, on which small ones are farther apart."""

    def root(dose: np.ndarray) -> np.ndarray:
        return np.sign(dose) * np.sqrt(np.abs(dose))  # the margin left of 0 is negative

    def square(place: np.ndarray) -> np.ndarray:
        return np.sign(place) * np.square(place)

    axes.set_xscale("function", functions=(root, square))
    return axes


def _dose_of(array: xr.DataArray) -> str:
    """Return the name of the dimension that counts doses."""
    (dim,) = (str(dim) for dim in array.dims if dim != "subject")
    return dim


def _doses(array: xr.DataArray, name: str, log: bool) -> np.ndarray:
    doses = array[_dose_of(array)].values.astype(np.float64)
    if not (np.diff(doses) > 0).all():
        raise ValueError(
            f"curve {name!r}: found doses {doses.tolist()}, expected ascending doses; "
            "sort the array"
        )
    if log and doses[0] <= 0:
        raise ValueError(
            f"curve {name!r}: found dose {doses[0]:g}, expected doses above 0 on a logarithmic "
            "axis. Leave this dose out, draw it with draw_reference, or use log=False."
        )
    return doses
