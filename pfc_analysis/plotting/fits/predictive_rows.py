"""Whether fitted models behave as the subjects do: observed quantities beside simulated ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import (
    find_main_learner,
    name_subjects,
    place_rows,
    style_of_model,
)
from pfc_analysis.plotting.fits.panel_strip import title_small_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HALF = 0.22
"""Distance of the outermost models' bars from the middle of a row."""


_MOST = 3
"""Up to how many models are drawn in a row."""


def choose_checked_models(result: xr.Dataset) -> list[str]:
    """Choose models with replicates: all of a few, else the main learner and the best network."""
    known = result["replicated"].notnull().any(("subject", "predicted"))
    checked = [str(name) for name in result["model"].values[known.values]]
    if len(checked) <= _MOST:
        return checked
    rows = [name for name in place_rows(result) if name in checked]
    networks = [name for name in rows if result["kind"].sel(model=name) == "network"]
    best = sorted(networks, key=lambda name: -float(result["group_heldout"].sel(model=name)))[:1]
    main = find_main_learner(result)
    return [*([main] if main in checked else rows[:1]), *best]


def draw_predictions(
    grid: Sequence[Axes],
    result: xr.Dataset,
    quantities: Sequence[str],
    first_columns: Sequence[int],
) -> None:
    """Draw observed quantities beside the replicates of fitted models, a row for each subject.

    Parameters
    ----------
    grid : sequence of matplotlib.axes.Axes
        A panel for each quantity.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `observed` on (`subject`, `predicted`), `replicated`,
        `replicated_lower`, `replicated_upper` on (`subject`, `model`, `predicted`); NaN for models
        that were not simulated.
    quantities : sequence of str
        Labels of `predicted`, one for each panel.
    first_columns : sequence of int
        Panels at the left of a row, which name the subjects.
    """
    subjects = [str(name) for name in result["subject"].values]
    models = choose_checked_models(result)
    shifts = np.linspace(-_HALF, _HALF, len(models)) if len(models) > 1 else np.zeros(1)
    for number, (axes, quantity) in enumerate(zip(grid, quantities, strict=True)):
        one = result.sel(predicted=quantity)
        for model, shift in zip(models, shifts, strict=False):
            _draw_replicates(
                axes, one.sel(model=model), style_of_model(result, model).colour, shift
            )
        axes.plot(one["observed"].values, np.arange(len(subjects)), "D", ms=3.4, mfc="none",
                  mec=mpl.rcParams["text.color"], mew=0.9, ls="", zorder=4)  # fmt: skip
        title_small_panel(axes, quantity)
        axes.locator_params(axis="x", nbins=3)
        name_subjects(axes, subjects)
        if number not in first_columns:
            axes.tick_params(axis="y", labelleft=False)
            axes.set_ylabel("")


def _draw_replicates(axes: Axes, one: xr.Dataset, colour: str, shift: float) -> None:
    """Draw the middle and the interval of a model's replicates for every subject."""
    rows = np.arange(one.sizes["subject"]) + shift
    low, high = one["replicated_lower"].values, one["replicated_upper"].values
    axes.hlines(rows, low, high, color=colour, lw=2.6, alpha=0.55)
    axes.plot(one["replicated"].values, rows, "|", ms=4, color=colour, mew=1.0)
