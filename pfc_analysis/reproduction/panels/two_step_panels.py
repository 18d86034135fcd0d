"""Panels of the two-step task: prediction errors of agents, and counts of subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.neurons.prediction_error import draw_prediction_error
from pfc_analysis.plotting.style import Axes, label_panel


def draw_errors(
    axes: Axes,
    dots: Axes,
    points: xr.Dataset,
    errors: xr.Dataset,
    regressors: Sequence[str],
    published: Mapping[str, float],
    *,
    legend: bool,
) -> None:
    """Draw prediction errors of one agent against a learner's, and r squared of all agents.

    Parameters
    ----------
    axes, dots : matplotlib.axes.Axes
        Where to draw the errors of one agent, and r squared.
    points : xarray.Dataset
        Prediction errors of the first agent (`compute_prediction_error_points`).
    errors : xarray.Dataset
        Of `regress_prediction_error`.
    regressors : sequence of str
        The learner's errors: the first against those of the agent, all as columns of `dots`.
    published : mapping of str to float
        Published r squared by regressor.
    legend : bool
        Whether to name the events.
    """
    line = errors.isel(subject=0).sel(selection="both", regressor=regressors[0])
    draw_prediction_error(axes, points, regressors[0], line, legend)
    pooled = errors.sel(selection="both", regressor=list(regressors))
    draw_columns(dots, pooled, "r2", published)
    dots.set(ylim=(-0.03, 1.0), title="all, r²")


def label_count(axes: Axes, letter: str, result: xr.Dataset, source: str) -> Axes:
    """Set a panel's letter, and the number and name of its subjects as the title."""
    n = result.sizes["subject"]
    return label_panel(axes, letter, source if n == 1 else f"{n} {source}")
