"""Curves over trials, sessions or training: a line for each subject, and their mean with a band."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.curves import LineStyle, draw_curves

FEWEST_FOR_BAND = 3
"""Student's t of two subjects has one degree of freedom, so that its interval is 12.7 standard
errors to each side."""


def draw_over(
    axes: Axes, result: xr.Dataset, variable: str, dim: str, colour: str, name: str
) -> int:
    """Draw a thin line for every subject, and their mean with its band.

    The mean is drawn where at least half of the subjects have data, its band where at least
    `FEWEST_FOR_BAND` have. A single subject has the band of its own interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        `variable` on `subject` and `dim`.
    variable, dim, colour, name : str
        What to draw, over what, in which colour, and its name in the legend.

    Returns
    -------
    int
        The number of subjects.
    """
    if dim == "trial_in_session":  # trials are counted from 0 in recordings, from 1 in pictures
        result = result.assign_coords({dim: result[dim] + 1})
    values = result[variable].transpose("subject", dim)
    n = values.sizes["subject"]
    if n > 1:
        for row in values.values:
            axes.plot(result[dim].values, row, color=colour, lw=0.5, alpha=0.4)
    enough = np.flatnonzero(2 * values.notnull().sum("subject").values >= n)
    mean = summarise_subjects(result.isel({dim: enough}), variable)
    if n > 1:
        banded = mean["n_subjects"] >= FEWEST_FOR_BAND
        mean = mean.assign({end: mean[end].where(banded) for end in ("lower", "upper")})
    drawn = axes.dataLim.frozen()
    draw_curves(axes, {name: mean}, {name: LineStyle(colour)})
    if n > 1:  # a band over few subjects may be wider than all of them, and does not set the limits
        axes.dataLim.set(drawn)
        axes.autoscale_view()
    return n


def tell_curves(n_subjects: Iterable[int]) -> str:
    """Return what lines and bands are, for a caption, by the groups' numbers of subjects."""
    sizes = set(n_subjects)
    told = []
    if max(sizes) >= FEWEST_FOR_BAND:
        told.append(
            "Thin lines, subjects; line and band, mean over subjects and its 95 % interval "
            "(Student's t over subjects), where at least half of them have data."
        )
    if FEWEST_FOR_BAND - 1 in sizes:
        told.append(
            "Of two subjects: thin lines, subjects; line, their mean, without a band, because an "
            "interval needs at least three."
        )
    if 1 in sizes:
        told.append(
            "A single subject has one line, and a band only where its sessions give an interval."
        )
    return " ".join(told)
