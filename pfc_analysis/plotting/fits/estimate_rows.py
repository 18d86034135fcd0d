"""Estimates of a learner's parameters with their intervals, subject by subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import KIND_STYLES, draw_interval, name_subjects
from pfc_analysis.plotting.fits.panel_strip import title_small_panel
from pfc_analysis.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REACH = 1.0
"""How far an interval is drawn beyond all estimates: so many times their spread."""


def draw_estimates(grid: Sequence[Axes], own: xr.Dataset, first_columns: Sequence[int]) -> None:
    """Draw the parameters of one learner, a small panel for each, a row for each subject.

    Parameters
    ----------
    grid : sequence of matplotlib.axes.Axes
        A panel for each parameter.
    own : xarray.Dataset
        Of `pfc_analysis.fit`, the parameters of one learner: `estimate`, `lower`, `upper` on
        (`subject`, `estimated`) with the coordinate `parameter`.
    first_columns : sequence of int
        Panels at the left of a row, which name the subjects.

    Notes
    -----
    An interval that reaches far beyond all estimates is cut, with an arrow where it goes on.
    """
    subjects = [str(name) for name in own["subject"].values]
    for number, axes in enumerate(grid):
        one = own.isel(estimated=number)
        draw_one_estimate(axes, one)
        title_small_panel(axes, str(one["parameter"].item()))
        name_subjects(axes, subjects)
        if number not in first_columns:
            axes.tick_params(axis="y", labelleft=False)
            axes.set_ylabel("")


def draw_one_estimate(axes: Axes, one: xr.Dataset) -> Axes:
    """Draw `estimate`, `lower` and `upper` on `subject`, a row for each subject."""
    value, lower, upper = (
        one[name].values.astype(float) for name in ("estimate", "lower", "upper")
    )
    left, right = _find_limits(value, lower, upper)
    style = KIND_STYLES["learner"]
    if left < 0 < right:
        axes.axvline(0, color=GREY, lw=0.8)
    for row, middle in enumerate(value):
        low, high = np.clip([lower[row], upper[row]], left, right).tolist()
        draw_interval(axes, row, (middle, low, high), style)
        for end, limit, arrow in ((lower[row], left, "<"), (upper[row], right, ">")):
            if np.isfinite([low, high]).all() and (end < left or end > right):
                axes.plot([limit], [row], arrow, ms=3, color=style.colour, clip_on=False)
    # estimates without intervals can all be the same, up to rounding
    margin = max(0.06 * (right - left), 1e-3 * max(abs(left), abs(right), 1.0))
    axes.set_xlim(left - margin, right + margin)
    axes.locator_params(axis="x", nbins=3)
    return axes


def _find_limits(value: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[float, float]:
    """Return the ends of the axis: those of the intervals, but not far beyond the estimates."""
    known = value[np.isfinite(value)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    halves = np.concatenate([value - lower, upper - value])
    halves = halves[np.isfinite(halves)]
    typical = float(np.median(halves)) if halves.size else 0.0
    reach = max(_REACH * (high - low), 3 * typical) or max(abs(high), 1.0)
    ends = np.concatenate([lower[~np.isnan(lower)], upper[~np.isnan(upper)], known])
    return max(float(ends.min()), low - reach), min(float(ends.max()), high + reach)
