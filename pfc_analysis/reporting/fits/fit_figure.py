"""Draw the figure of a fit: models compared, sizes of networks, parameters, and checks."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import xarray as xr

from pfc_analysis.packed_parts import unpack
from pfc_analysis.plotting.fits.confusion_cells import draw_confusion
from pfc_analysis.plotting.fits.estimate_rows import draw_estimates
from pfc_analysis.plotting.fits.exceedance_bars import draw_exceedance
from pfc_analysis.plotting.fits.fit_panels import PANELS, list_panels, select_learner
from pfc_analysis.plotting.fits.held_out_rows import draw_difference, draw_held_out
from pfc_analysis.plotting.fits.model_rows import find_main_learner, place_rows, title_of_model
from pfc_analysis.plotting.fits.panel_strip import (
    list_first_columns,
    shape_strip,
    title_small_panel,
)
from pfc_analysis.plotting.fits.predictive_rows import draw_predictions, list_main_measures
from pfc_analysis.plotting.fits.recovery_rows import draw_recovery
from pfc_analysis.plotting.fits.unit_curves import draw_unit_curves
from pfc_analysis.plotting.portraits.portrait_curves import draw_portrait_curves
from pfc_analysis.plotting.portraits.portrait_parts_of_fit import select_portrait
from pfc_analysis.plotting.style import label_panel, new_figure, settle_layout
from pfc_analysis.reporting.fits.fit_figure_plan import (
    HEAD,
    STRIPS,
    Row,
    describe_fit_figure,
    list_drawn_portraits,
    plan_rows,
)
from pfc_analysis.reporting.themed_figure import WIDTH, draw_in_both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from pfc_analysis.reporting.page import PageFigure

_WIDTHS = {"held_out": 1.5, "difference": 1.5, "exceedance": 0.8, "units": 1.2}
"""Widths of panels beside each other; 1 where none is given."""


def draw_fit(result: xr.Dataset) -> Figure:
    """Draw a fit on one figure.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.

    Returns
    -------
    matplotlib.figure.Figure
        180 mm wide. It has the panels whose numbers are in the result, with letters in the order of
        `pfc_analysis.plotting.fits.fit_panels.PANELS`. Parameters and recovery are those of the
        learner that is best for most subjects.
    """
    rows = plan_rows(result)
    letters = dict(zip(list_panels(result), string.ascii_lowercase, strict=False))
    figure = new_figure(WIDTH, sum(row.height for row in rows))
    heights = [row.height for row in rows]
    parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part, row in zip(parts, rows, strict=True):
        if row.panels[0] in STRIPS:
            _draw_strip(part, result, row, letters[row.panels[0]])
        else:
            _draw_row(part, result, row, letters)
    return settle_layout(figure)


def _draw_row(part: SubFigure, result: xr.Dataset, row: Row, letters: dict[str, str]) -> None:
    """Draw panels beside each other; rows of models are named once."""
    widths = [_WIDTHS.get(panel, 1.0) for panel in row.panels]
    grid = part.subplots(1, len(row.panels), squeeze=False, width_ratios=widths)[0]
    for place, (axes, panel) in enumerate(zip(grid, row.panels, strict=True)):
        _draw_panel(axes, result, panel)
        label_panel(axes, letters[panel], PANELS[panel])
        if panel in ("difference", "exceedance") and place > 0:
            axes.tick_params(axis="y", labelleft=False)


def _draw_panel(axes: Axes, result: xr.Dataset, panel: str) -> None:
    """Draw one panel, in the style of the figure."""
    places = place_rows(result)
    if panel == "held_out":
        draw_held_out(axes, result, places)
    elif panel == "difference":
        draw_difference(axes, result, places)
    elif panel == "exceedance":
        draw_exceedance(axes, result, places)
    elif panel == "units":
        draw_unit_curves(axes, result)
    elif panel == "recovery":
        draw_recovery(axes, unpack(result, f"recovery_{find_main_learner(result)}"))
    else:
        draw_confusion(axes, unpack(result, "confusion"), result)


def _draw_strip(part: SubFigure, result: xr.Dataset, row: Row, letter: str) -> None:
    """Draw small panels below a line with letter and title."""
    heights = [HEAD, row.height - HEAD]
    head, body = part.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0]
    panel, title = row.panels[0], PANELS[row.panels[0]]
    if panel == "parameters":
        learner = find_main_learner(result)
        own = select_learner(result, learner)
        n = own.sizes["estimated"]
        draw_estimates(_divide(body, n), own, list_first_columns(n))
        title = f"{title} of {title_of_model(result, learner)}"
    elif panel == "predictions":
        checks = unpack(result, "predictions")
        measures = list_main_measures(checks)
        n = len(measures)
        grid = _divide(body, n)
        draw_predictions(grid, checks, result, measures, list_first_columns(n))
        body.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    else:
        _draw_portraits(body, result)
    size = mpl.rcParams["axes.titlesize"]
    head.text(0.035, 0.0, title, fontsize=size)
    head.text(0.01, 0.0, letter, fontsize=size, fontweight="bold")


def _draw_portraits(body: SubFigure, result: xr.Dataset) -> None:
    """Draw the phase portraits of networks of one unit, with one legend below all of them."""
    subjects = list_drawn_portraits(result)
    first = list_first_columns(len(subjects))
    grid = _divide(body, len(subjects))
    for place, (axes, subject) in enumerate(zip(grid, subjects, strict=True)):
        portrait, fixed = select_portrait(result, "curves", subject)
        draw_portrait_curves(axes, portrait, fixed, legend=False, n_marks=4)
        title_small_panel(axes, subject)
        axes.set(xlabel="log-odds", ylabel="change" if place in first else "")
    body.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=3,
                handlelength=2.8)  # fmt: skip


def _divide(part: SubFigure, n: int) -> Sequence[Axes]:
    """Divide a part of the figure into `n` small panels."""
    rows, columns = shape_strip(n)
    grid = part.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[n:]:
        axes.set_axis_off()
    drawn: Sequence[Axes] = grid[:n].tolist()
    return drawn


def draw_fit_for_page(result: xr.Dataset, light: Figure | None = None) -> PageFigure:
    """Draw the figure for a light (unless given) and for a dark background, with its caption."""
    return draw_in_both(lambda: draw_fit(result), describe_fit_figure(result), light)
