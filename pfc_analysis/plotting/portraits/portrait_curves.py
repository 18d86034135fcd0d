"""Phase portrait of one variable: log-odds of a choice before a trial against their change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import ground_colour
from pfc_analysis.plotting.portraits.portrait_styles import KindStyle, list_kind_styles
from pfc_analysis.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_portrait_curves(
    axes: Axes,
    portrait: xr.Dataset,
    fixed_points: xr.Dataset | None = None,
    legend: bool = True,
    n_marks: int = 8,
) -> Axes:
    """Draw how the log-odds change in a trial, by what they were and by the kind of trial.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    portrait : xarray.Dataset
        `log_odds` on `point`; `change` on (`trial_kind`, `point`), drawn as curves, or on `point`
        with the coordinate `kind`, an index into `trial_kind`, drawn as points. Coordinates of
        `trial_kind` as in `list_kind_styles`.
    fixed_points : xarray.Dataset, optional
        `log_odds` and `stability` on `fixed_point`.
    legend : bool
        Whether to name the kinds of trial.
    n_marks : int
        Number of marks along a curve, about.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(0, color=GREY, lw=0.8)
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    for number, style in enumerate(list_kind_styles(portrait).values()):
        if "trial_kind" in portrait["change"].dims:
            change = portrait["change"].isel(trial_kind=number).values
            every = max(1, change.size // n_marks)
            _draw_curve(axes, portrait["log_odds"].values, change, style, every)
        else:
            _draw_points(axes, portrait.isel(point=(portrait["kind"] == number).values), style)
    if fixed_points is not None:
        for place in range(fixed_points.sizes["fixed_point"]):
            one = fixed_points.isel(fixed_point=place)
            mark_fixed_point(axes, float(one["log_odds"]), 0.0, str(one["stability"].item()))
    axes.set(xlabel="log-odds before the trial", ylabel="change of log-odds")
    if legend:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.8)
    return axes


def _draw_curve(axes: Axes, x: np.ndarray, y: np.ndarray, style: KindStyle, every: int) -> None:
    """Draw a curve, with few marks, so that the two choices differ without colour too."""
    axes.plot(x, y, color=style.colour, ls=style.line, lw=1.2, marker=style.marker, ms=3,
              markevery=(every // 2, every), mew=0.7, label=style.title,
              mfc=style.colour if style.filled else ground_colour())  # fmt: skip


def _draw_points(axes: Axes, own: xr.Dataset, style: KindStyle) -> None:
    """Draw trials as points."""
    axes.plot(own["log_odds"].values, own["change"].values, style.marker, ms=1.8, mew=0.4,
              color=style.colour, mfc=style.colour if style.filled else "none", alpha=0.6,
              label=style.title)  # fmt: skip


def mark_fixed_point(axes: Axes, x: float, y: float, stability: str) -> None:
    """Mark a fixed point: filled if stable, open if unstable, a cross if neutral."""
    ink = mpl.rcParams["text.color"]
    marker = "x" if stability == "neutral" else "D"
    axes.plot([x], [y], marker, ms=4.5, mec=ink, mew=0.9, ls="", zorder=5,
              mfc=ink if stability == "stable" else ground_colour())  # fmt: skip
