"""Panels of Prediction 3: effects of stimulated dopamine and of reward on later choices."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.choices.stimulation import (
    draw_stimulated_stay,
    draw_stimulation_coefficients,
)
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.style import Axes, label_panel


def draw_stay_pairs(axes: Axes, effect: xr.Dataset, letter: str, title: str) -> Axes:
    """Draw stay probabilities without and with stimulation (`compute_stimulation_effect`)."""
    draw_stimulated_stay(axes, effect, summarise_subjects(effect, "stay_probability"))
    return label_panel(axes, letter, title)


def draw_coefficients(
    axes: Axes, regression: xr.Dataset, mice: Mapping[str, float], letter: str, title: str
) -> Axes:
    """Draw weights of reward and of stimulation, with published directions of mice.

    Parameters
    ----------
    regression : xarray.Dataset
        Of `regress_stimulation`.
    mice : mapping of str to float
        Directions by predictor (`find_directions`).
    letter, title : str
        Of the panel.
    """
    mean = summarise_subjects(regression, "coefficient")
    draw_stimulation_coefficients(axes, regression, mean, mice)
    return label_panel(axes, letter, title)


def draw_ratios(axes: Axes, ratios: xr.DataArray, mice: pd.Series) -> Axes:
    """Draw the effect of stimulation as a share of that of reward.

    Parameters
    ----------
    ratios : xarray.DataArray
        On `subject` and `stimulation`.
    mice : pandas.Series
        Published row of mice: `value`, `lower` and `upper`, drawn as a line and a band.
    """
    draw_columns(axes, ratios.to_dataset(name="ratio"), "ratio")
    draw_reference(axes, 1.0, "as a reward")
    draw_reference(axes, float(mice["value"]), "mice")
    axes.axhspan(mice["lower"], mice["upper"], color="0.88", lw=0, zorder=-1)
    axes.set(ylabel="effect of stimulation / effect of reward", ylim=(-0.25, 1.3))
    return axes
