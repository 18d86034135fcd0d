"""Phase portrait of one variable: log-odds of a choice before a trial against their change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import ground_colour
from pfc_analysis.plotting.portraits.portrait_styles import KindStyle, style_of_kind
from pfc_analysis.plotting.style import GREY, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = 9
"""Number of marks along a curve."""


def draw_portrait_curves(axes: Axes, portrait: xr.Dataset, legend: bool = True) -> Axes:
    """Draw how the log-odds change in a trial, by what they were and by the kind of trial.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    portrait : xarray.Dataset
        `change` on (`kind`, `log_odds`), drawn as curves; or `log_odds` and `change` on one
        dimension with the coordinate `kind`, drawn as points. Where they are known,
        `fixed_log_odds`, `fixed_kind` and `stable` on `fixed_point`.
    legend : bool
        Whether to name the kinds of trial.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(0, color=GREY, lw=0.8)
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    for number, kind in enumerate(dict.fromkeys(map(str, portrait["kind"].values))):
        style, label = style_of_kind(kind, number), plain_label(kind.replace("_", " "))
        if "kind" in portrait.dims:
            x, y = portrait["log_odds"].values, portrait["change"].sel(kind=kind).values
            _draw_curve(axes, x, y, style, label)
        else:
            own = portrait.isel({portrait["kind"].dims[0]: (portrait["kind"] == kind).values})
            axes.plot(own["log_odds"].values, own["change"].values, style.marker, ms=1.8,
                      color=style.colour, mfc=style.colour if style.filled else "none", mew=0.4,
                      alpha=0.6, label=label)  # fmt: skip
    if "fixed_log_odds" in portrait:
        _mark_fixed_points(axes, portrait)
    axes.set(xlabel="log-odds before the trial", ylabel="change of log-odds")
    if legend:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.6)
    return axes


def _draw_curve(axes: Axes, x: np.ndarray, y: np.ndarray, style: KindStyle, label: str) -> None:
    """Draw a curve, with few marks, so that the two choices differ without colour too."""
    axes.plot(x, y, color=style.colour, ls=style.line, lw=1.2, marker=style.marker, ms=3,
              markevery=max(1, x.size // _MARKS), mew=0.7, label=label,
              mfc=style.colour if style.filled else ground_colour())  # fmt: skip


def _mark_fixed_points(axes: Axes, portrait: xr.Dataset) -> None:
    """Mark where the log-odds stay as they are: filled if stable, open if not."""
    for x, stable in zip(portrait["fixed_log_odds"].values, portrait["stable"].values, strict=True):
        mark_fixed_point(axes, float(x), 0.0, bool(stable))


def mark_fixed_point(axes: Axes, x: float, y: float, stable: bool) -> None:
    """Mark a fixed point: filled if stable, open if not."""
    ink = mpl.rcParams["text.color"]
    axes.plot([x], [y], "D", ms=4.5, mec=ink, mew=0.9, mfc=ink if stable else ground_colour(),
              ls="", zorder=5)  # fmt: skip
