"""Subjects as dots with their mean and its 95 % interval, as curves or in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.curves import LineStyle, draw_curves, draw_subject_dots
from pfc_analysis.plotting.dose_response import draw_dose_response
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.style import Axes


def draw_mean_curve(
    axes: Axes,
    result: xr.Dataset,
    variable: str,
    name: str,
    style: LineStyle,
    *,
    dots: bool = True,
) -> Axes:
    """Draw a variable over its labels: a dot for every subject, a line and band for the mean.

    Parameters
    ----------
    result : xarray.Dataset
        Result of an analysis; `variable` is on `subject` and one other dimension, the x axis.
    variable, name : str
        What to draw, and its name in the legend.
    style : LineStyle
        Colour, line and marker.
    dots : bool
        Whether to draw single subjects.
    """
    if dots:
        draw_subject_dots(axes, result[variable], style)
    return draw_curves(axes, {name: summarise_subjects(result, variable)}, {name: style})


def draw_columns(
    axes: Axes,
    result: xr.Dataset,
    variable: str,
    published: Mapping[str, float | Sequence[float]] | None = None,
) -> Axes:
    """Draw a column for every label of a variable: subjects as dots, mean, published values.

    Parameters
    ----------
    result : xarray.Dataset
        Result of an analysis; `variable` is on `subject` and one other dimension, the columns.
    variable : str
        What to draw.
    published : mapping, optional
        Values to draw as open diamonds, by label of the column.
    """
    return draw_dots(axes, result[variable], summarise_subjects(result, variable), published or {})


def draw_dose_curves(
    axes: Axes,
    curves: Mapping[str, xr.Dataset],
    variable: str,
    styles: Mapping[str, LineStyle],
) -> Axes:
    """Draw a variable against the dose for several groups, with single subjects and means.

    Parameters
    ----------
    curves : mapping of str to xarray.Dataset
        By name of the group: `variable` on `subject` and the dose.
    variable : str
        What to draw.
    styles : mapping of str to LineStyle
        By the same names.
    """
    values = {name: curve[variable] for name, curve in curves.items()}
    means = {name: summarise_subjects(curve, variable) for name, curve in curves.items()}
    return draw_dose_response(axes, values, means, styles)


def select_first_subject(recording: xr.Dataset) -> xr.Dataset:
    """Return the trials of the first subject of a recording."""
    return recording.isel(trial=(recording["subject"] == recording["subject"][0]).values)
