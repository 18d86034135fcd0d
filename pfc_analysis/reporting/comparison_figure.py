"""Draw the figure of a comparison: headline quantities, their differences, and curves over lags."""

from __future__ import annotations

import string
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import xarray as xr

from pfc_analysis.plotting.choices.matching_line import draw_matching
from pfc_analysis.plotting.comparison_panels import (
    colour_of,
    draw_differences,
    draw_group_values,
    draw_lag_weights,
    share_scale,
)
from pfc_analysis.plotting.style import label_panel, new_figure, settle_layout
from pfc_analysis.reporting.comparison_caption import describe_figure
from pfc_analysis.reporting.comparison_panel_plan import Panel, plan_curves, plan_values
from pfc_analysis.reporting.page import PageFigure
from pfc_analysis.reporting.themed_figure import WIDTH, draw_in_both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_VALUES, _CURVES = 3.6, 1.9
"""Height of the rows of values and differences, and of one row of curves, in inches."""

_IN_A_ROW = 4
"""Number of curves side by side."""

_LINE = 14
"""Letters in a line of a curve's title, which is above a quarter of the page's width."""

_MANY = 200
"""Number of points of a group above which they are drawn small."""


def draw_comparison(result: xr.Dataset) -> Figure:
    """Draw a comparison on one figure.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.

    Returns
    -------
    matplotlib.figure.Figure
        180 mm wide. At the top, headline quantities, with their differences below; then points of
        the matching line and weights over lags, where there are any. Panels have letters in this
        order. Curves of one unit share a scale, as do headline quantities of one unit.
    """
    values, curves = plan_values(result), plan_curves(result)
    scatter = "log_reward_ratio" in result
    n_rows = -(-(len(curves) + scatter) // _IN_A_ROW)
    heights = [_VALUES, *([_CURVES * n_rows] if n_rows else [])]
    figure = new_figure(WIDTH, sum(heights))
    parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    letters = iter(string.ascii_letters)
    _draw_values(parts[0], result, values, letters)
    if n_rows:
        grid = parts[1].subplots(n_rows, _IN_A_ROW, squeeze=False).ravel()
        if scatter:
            _draw_points(grid[0], result, next(letters))
        _draw_curves(list(grid[scatter:]), result, curves, letters)
    settle_layout(figure)
    return figure


def _draw_values(
    part: SubFigure, result: xr.Dataset, panels: list[Panel], letters: Iterator[str]
) -> None:
    """Draw headline quantities, and below them the differences between groups."""
    widths = [len(panel.quantities) + 0.8 for panel in panels]
    axes = part.subplots(
        2, len(panels), squeeze=False, width_ratios=widths, height_ratios=[1.7, 1.0]
    )
    for above, panel in zip(axes[0], panels, strict=True):
        draw_group_values(above, result, panel.quantities)
        label_panel(above, next(letters), panel.title)
        above.set_ylabel("" if panel.unit == "1" else panel.unit)
        above.tick_params(axis="x", labelbottom=False)
    for below, panel in zip(axes[1], panels, strict=True):
        draw_differences(below, result, panel.quantities)
        label_panel(below, next(letters), "")
        if below is not axes[1, 0]:
            below.set_ylabel("")
    for row in axes:
        _share_by_unit(list(row), panels)
    axes[0, 0].legend(loc="best")


def _share_by_unit(axes: list[Axes], panels: list[Panel]) -> None:
    """Give panels of one unit one scale; ratios of different kinds have the unit 1."""
    for unit in {panel.unit for panel in panels} - {"1"}:
        share_scale([ax for ax, panel in zip(axes, panels, strict=True) if panel.unit == unit])


def _draw_points(axes: Axes, result: xr.Dataset, letter: str) -> None:
    """Draw the points of the matching line."""
    for group in map(str, result["group"].values):
        points = result.isel(point=(result["point_group"] == group).values)
        if points.sizes["point"]:
            size = 1.5 if points.sizes["point"] > _MANY else 3.0
            draw_matching(axes, points, colour_of(result, group), group, size)
    axes.set(xlabel="rewards, log$_2$ ratio", ylabel="choices, log$_2$ ratio")
    label_panel(axes, letter, "matching")
    axes.legend(loc="upper left")


def _draw_curves(
    grid: list[Axes], result: xr.Dataset, curves: list[Panel], letters: Iterator[str]
) -> None:
    """Draw quantities over past trials, and leave the other places empty."""
    for axes in grid[len(curves) :]:
        axes.set_axis_off()
    drawn = grid[: len(curves)]
    for axes, panel in zip(drawn, curves, strict=True):
        draw_lag_weights(axes, result, panel.quantities)
        label_panel(axes, next(letters), textwrap.fill(panel.title, _LINE))
        axes.set_ylabel(panel.unit if axes is drawn[0] else "")
    _share_by_unit(drawn, curves)
    if drawn:
        drawn[0].legend(loc="best")


def draw_for_page(result: xr.Dataset, light: Figure | None = None) -> PageFigure:
    """Draw the figure for a light (unless given) and for a dark background, with its caption."""
    return draw_in_both(lambda: draw_comparison(result), describe_figure(result), light)
