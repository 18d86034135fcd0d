"""An agent's prediction errors against a learner's (Wang et al. 2018, Fig. 5f, g)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, INK, ORANGE

_EVENTS = {"second_state": ("second stage", ORANGE), "outcome": ("reward", BLUE)}
_LABELS = {
    "model_based": "model-based prediction error",
    "model_free": "model-free prediction error",
    "model_free_unique": "model-free error, unique part",
    "model_based_unique": "model-based error, unique part",
}


def draw_prediction_error(
    axes: Axes, points: xr.Dataset, regressor: str, line: xr.Dataset, legend: bool = True
) -> Axes:
    """Draw a dot for each prediction error, coloured by event, and the regression line.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    points : xarray.Dataset
        `rpe` and the regressor on `point`, with coordinate `event`.
    regressor : str
        Name of the learner's prediction error in `points`.
    line : xarray.Dataset
        `slope` and `intercept`, one number each.
    legend : bool
        Whether to name the events.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for event, (label, colour) in _EVENTS.items():
        chosen = points.isel(point=(points["event"] == event).values)
        axes.plot(chosen[regressor], chosen["rpe"], ".", ms=2, mew=0, color=colour, alpha=0.5,
                  label=label, rasterized=True)  # fmt: skip
    ends = np.array([float(points[regressor].min()), float(points[regressor].max())])
    axes.plot(ends, line["intercept"].item() + line["slope"].item() * ends, color=INK, lw=1.0)
    axes.axhline(0, color=INK, lw=0.4)
    axes.axvline(0, color=INK, lw=0.4)
    axes.set(xlabel=_LABELS[regressor], ylabel="agent's prediction error")
    if legend:
        axes.legend(loc="lower right", markerscale=4, handletextpad=0.2)
    return axes
