"""Draw the figure of a comparison: headline quantities, their differences, and curves over lags."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import xarray as xr

from pfc_analysis.plotting.choices.matching_line import draw_matching
from pfc_analysis.plotting.comparison_panels import (
    colour_of,
    draw_differences,
    draw_group_values,
    draw_lag_weights,
)
from pfc_analysis.plotting.style import figure_style, new_figure, settle_layout
from pfc_analysis.reporting.page import PageFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_IN_A_ROW = 4
"""Number of curves side by side."""

_MANY = 200
"""Number of points of a group above which they are drawn small."""


@dataclass(frozen=True)
class Panel:
    """Quantities that are drawn on one axis.

    Attributes
    ----------
    title, unit : str
    quantities : tuple of str
        Labels of the result's dimension `quantity`.
    """

    title: str
    unit: str
    quantities: tuple[str, ...]


def plan_values(result: xr.Dataset) -> list[Panel]:
    """Plan the panels of headline quantities: one for each name, or for each unit."""
    found = result.isel(quantity=((result["headline"] == 1) & (result["lag"] == 0)).values)
    columns = ("name", "condition", "unit", "quantity")
    rows = list(zip(*(found[name].values for name in columns), strict=True))

    def shared(row: tuple[str, str, str, str]) -> tuple[str, str]:
        name, condition, unit, _ = map(str, row)
        return (name if condition else "", unit)

    panels = []
    for (name, unit), group in groupby(rows, shared):
        own = tuple(str(row[3]) for row in group)
        title = name or (own[0] if len(own) == 1 else "indices")
        panels.append(Panel(title.replace("_", " "), unit, own))
    return panels


def plan_curves(result: xr.Dataset) -> list[Panel]:
    """Plan the panels of curves over lags: one for each name and kind of trial."""
    found = result.isel(quantity=(result["lag"] > 0).values)
    curves: dict[tuple[str, str, str], list[str]] = {}
    for name, condition, lag, unit, quantity in zip(
        *(found[key].values for key in ("name", "condition", "lag", "unit", "quantity")),
        strict=True,
    ):
        kind = str(condition).removesuffix(f"lag {lag}").strip()
        curves.setdefault((str(name), kind, str(unit)), []).append(str(quantity))
    return [
        Panel(f"{name} {kind}".strip().replace("_", " "), unit, tuple(own))
        for (name, kind, unit), own in curves.items()
    ]


def draw_comparison(result: xr.Dataset) -> Figure:
    """Draw a comparison on one figure.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.

    Returns
    -------
    matplotlib.figure.Figure
        At the top, headline quantities, with their differences below; then points of the
        matching line and weights over lags, where there are any.
    """
    values, curves = plan_values(result), plan_curves(result)
    scatter = "log_reward_ratio" in result
    n_below = len(curves) + scatter
    n_rows = -(-n_below // _IN_A_ROW)
    figure = new_figure(12, 5.2 + 2.9 * n_rows)
    parts = figure.subfigures(
        1 + bool(n_rows), 1, squeeze=False, height_ratios=[5.2] + [2.9 * n_rows] * bool(n_rows)
    )[:, 0]
    _draw_values(parts[0], result, values)
    if n_rows:
        _draw_below(parts[1], result, curves, scatter, n_rows)
    settle_layout(figure)
    return figure


def _draw_values(part: SubFigure, result: xr.Dataset, panels: list[Panel]) -> None:
    widths = [len(panel.quantities) + 0.8 for panel in panels]
    axes = part.subplots(
        2, len(panels), squeeze=False, width_ratios=widths, height_ratios=[1.7, 1.0]
    )
    for above, below, panel in zip(axes[0], axes[1], panels, strict=True):
        draw_group_values(above, result, panel.quantities)
        above.set_title(panel.title, loc="left")
        above.set_ylabel("" if panel.unit == "1" else panel.unit)
        above.tick_params(axis="x", labelbottom=False)
        draw_differences(below, result, panel.quantities)
        if below is not axes[1, 0]:
            below.set_ylabel("")
    axes[0, 0].legend(loc="best")


def _draw_below(
    part: SubFigure, result: xr.Dataset, curves: list[Panel], scatter: bool, n_rows: int
) -> None:
    grid = part.subplots(n_rows, _IN_A_ROW, squeeze=False).ravel()
    for axes in grid[len(curves) + scatter :]:
        axes.set_axis_off()
    if scatter:
        for group in map(str, result["group"].values):
            points = result.isel(point=(result["point_group"] == group).values)
            if points.sizes["point"]:
                size = 2.0 if points.sizes["point"] > _MANY else 5.0
                draw_matching(grid[0], points, colour_of(result, group), group, size)
        grid[0].set_title("matching", loc="left")
        grid[0].legend(loc="upper left")
    for number, (axes, panel) in enumerate(zip(grid[scatter:], curves, strict=False)):
        draw_lag_weights(axes, result, panel.quantities)
        axes.set_title(panel.title, loc="left")
        if number == 0:
            axes.set_ylabel(panel.unit)
            axes.legend(loc="upper right")


def draw_for_page(result: xr.Dataset) -> PageFigure:
    """Draw the figure as SVG, for a light and for a dark background, with its caption."""
    drawn = []
    for dark in (False, True):
        with figure_style(dark):
            figure = draw_comparison(result)
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
            drawn.append(text.getvalue())
    caption = describe_figure(result)
    return PageFigure(light=drawn[0], dark=drawn[1], alt=caption, caption=caption)


def describe_figure(result: xr.Dataset) -> str:
    """Write the caption of the figure."""
    groups = " and ".join(
        f"{group} ({count_of(int(result['n_subjects'].sel(group=group).max()), 'subject')})"
        for group in map(str, result["group"].values)
    )
    text = (
        f"Measures of {groups}. Small dots are subjects, large marks are means over subjects, and "
        "lines are 95 % intervals. The panels below show the difference between the groups."
    )
    if plan_curves(result):
        text += (
            " Curves show how strongly events of past trials weigh on the choice, by the number "
            "of trials back."
        )
    return text


def count_of(n: int, what: str) -> str:
    """Write a number with what it counts: "1 subject", "2,400 sessions"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
