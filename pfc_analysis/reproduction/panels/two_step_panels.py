"""Panels of the two-step task: staying, weights of past trials, and prediction errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.choices.history_weights import draw_history_weights
from pfc_analysis.plotting.choices.stay_probability import draw_stay_probability
from pfc_analysis.plotting.neurons.prediction_error import draw_prediction_error
from pfc_analysis.plotting.style import Axes, label_panel
from pfc_analysis.plot.subject_means import draw_columns


def draw_stay(
    axes: Axes,
    stay: xr.Dataset,
    published: Mapping[str, float] | None = None,
    lowest: float = 0.2,
) -> Axes:
    """Draw stay probabilities as bars with their means over subjects.

    Parameters
    ----------
    stay, published, lowest
        As for `pfc_analysis.plotting.choices.stay_probability.draw_stay_probability`.
    """
    mean = summarise_subjects(stay, "stay_probability")
    return draw_stay_probability(axes, stay, mean, published or {}, lowest)


def draw_history(axes: Axes, history: xr.Dataset, legend: bool = False) -> Axes:
    """Draw weights of past trials on choice, with their means over subjects.

    Parameters
    ----------
    history : xarray.Dataset
        `coefficient` on (`subject`, `lag`, `trial_type`) (`fit_choice_history`).
    legend : bool
        Whether to name the kinds of trial.
    """
    mean = summarise_subjects(history, "coefficient")
    return draw_history_weights(axes, history["coefficient"], mean, legend)


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
