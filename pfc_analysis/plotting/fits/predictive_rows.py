"""Whether fitted models behave as the subjects do: observed measures beside simulated ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.plotting.comparison_panels import GROUP_COLOURS
from pfc_analysis.plotting.fits.model_rows import KIND_STYLES, name_subjects, title_of_model
from pfc_analysis.plotting.fits.panel_strip import title_small_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HALF = 0.18
"""Distance of the outermost models' bars from the middle of a row."""

_SERIES = re.compile(r"lag \d|trials from reversal")
"""Measures that are one of a long series, which a figure leaves to the table."""


def list_main_measures(part: xr.Dataset) -> list[str]:
    """List the measures without single lags and single trials around reversals."""
    names = [str(name) for name in part["measure"].values]
    return [name for name in names if not _SERIES.search(name)] or names


def colour_models(result: xr.Dataset, models: Sequence[str]) -> dict[str, str]:
    """Give each model a colour: learners different ones, networks that of networks."""
    learners = [name for name in models if result["kind"].sel(model=name) == "learner"]
    others = [colour for colour in GROUP_COLOURS if colour != KIND_STYLES["network"].colour]
    colours = dict(zip(learners, cycle(others), strict=False))
    return {name: colours.get(name, KIND_STYLES["network"].colour) for name in models}


def draw_predictions(
    grid: Sequence[Axes],
    part: xr.Dataset,
    result: xr.Dataset,
    measures: Sequence[str],
    first_columns: Sequence[int],
) -> None:
    """Draw observed measures beside the replicas of fitted models, a row for each subject.

    Parameters
    ----------
    grid : sequence of matplotlib.axes.Axes
        A panel for each measure.
    part : xarray.Dataset
        Predictive checks: `observed` on (`subject`, `measure`); `mean`, `lower`, `upper` of the
        replicas on (`learner`, `subject`, `measure`), whose learners are names of models.
    result : xarray.Dataset
        Of `pfc_analysis.fit`, for the kinds of these models.
    measures : sequence of str
        Labels of `measure`, one for each panel.
    first_columns : sequence of int
        Panels at the left of a row, which name the subjects.
    """
    subjects = [str(name) for name in part["subject"].values]
    colours = colour_models(result, [str(name) for name in part["learner"].values])
    shifts = np.linspace(-_HALF, _HALF, len(colours)) if len(colours) > 1 else np.zeros(1)
    for number, (axes, measure) in enumerate(zip(grid, measures, strict=True)):
        one = part.sel(measure=measure)
        for (model, colour), shift in zip(colours.items(), shifts, strict=True):
            _draw_replicas(axes, one.sel(learner=model), colour, shift, 5.4 / (1 + len(colours)))
            axes.plot([], [], color=colour, lw=2.5, alpha=0.6, label=title_of_model(result, model))
        axes.plot(one["observed"].values, np.arange(len(subjects)), "D", ms=3.4, mfc="none",
                  mec=mpl.rcParams["text.color"], mew=0.9, ls="", zorder=4)  # fmt: skip
        title_small_panel(axes, measure)
        axes.locator_params(axis="x", nbins=3)
        name_subjects(axes, subjects)
        if number not in first_columns:
            axes.tick_params(axis="y", labelleft=False)
            axes.set_ylabel("")


def _draw_replicas(axes: Axes, one: xr.Dataset, colour: str, shift: float, width: float) -> None:
    """Draw the mean and the interval of a model's replicas for every subject."""
    rows = np.arange(one.sizes["subject"]) + shift
    axes.hlines(rows, one["lower"].values, one["upper"].values, color=colour, lw=width, alpha=0.55)
    axes.plot(one["mean"].values, rows, "|", ms=1.6 * width, color=colour, mew=1.0)
