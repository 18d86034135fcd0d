"""Log ratios of choices against log ratios of rewards (Wang et al. 2018, Fig. 2a, d)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import GREY, INK, plain_label


def draw_matching(
    axes: Axes, points: xr.Dataset, colour: str, label: str, size: float = 1.6
) -> Axes:
    """Draw a dot for each session or block, and the line of perfect matching.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    points : xarray.Dataset
        `log_reward_ratio` and `log_choice_ratio` (base 2, right to left) on `point`
        (`compute_log_ratios`).
    colour, label : str
        Of the dots.
    size : float
        Of the dots, in points.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axline((0, 0), slope=1, color=GREY, lw=0.7, ls=":", zorder=0)
    axes.plot(points["log_reward_ratio"], points["log_choice_ratio"], "o", ms=size, mew=0,
              color=colour, alpha=0.45, label=plain_label(label), rasterized=True)  # fmt: skip
    axes.set(xlabel="rewards, log₂ (right / left)", ylabel="choices, log₂ (right / left)")
    return axes


def draw_matching_lines(axes: Axes, fit: xr.Dataset, colour: str = INK, reach: float = 4.0) -> Axes:
    """Draw the fitted line of every subject.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    fit : xarray.Dataset
        `slope` and `intercept` on `subject` (`fit_matching`).
    colour : str
        Of the lines.
    reach : float
        How far lines reach on the axis of rewards, in either direction.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ends = np.array([-reach, reach])
    for slope, intercept in zip(fit["slope"].values, fit["intercept"].values, strict=True):
        axes.plot(ends, intercept + slope * ends, color=colour, lw=0.8)
    return axes
