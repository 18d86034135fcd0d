"""Percentages of risky choices without and with a manipulation (Wang et al. 2018, Fig. 7)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION

CONTROL, EXPERIMENTAL = "control", "experimental"
_COLOURS = {CONTROL: BLUE, EXPERIMENTAL: VERMILLION}
_WIDTH = 0.8


def draw_preference(
    axes: Axes,
    preference: Mapping[str, xr.DataArray],
    mean: Mapping[str, xr.Dataset],
    learner: Mapping[str, xr.DataArray],
    best: xr.DataArray,
) -> Axes:
    """Draw pairs of bars, a pair for each probability that the risky arm pays.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    preference : mapping
        Under "control" and "experimental": per cent on (`subject`, `probability`). Each subject is
        a dot; a line joins its two.
    mean : mapping
        Likewise `mean`, `lower`, `upper` on `probability` (`summarise_subjects`).
    learner : mapping
        Likewise, per cent on `probability` of a learner that is told the same, drawn as crosses;
        may be empty.
    best : xarray.DataArray
        Per cent on `probability` of the player who earns most, without manipulation: a bar across
        "control".

    Returns
    -------
    matplotlib.axes.Axes
    """
    levels = np.sort(preference[CONTROL]["probability"].values)[::-1]
    for group, level in enumerate(levels):
        places = 2.4 * group + np.array([0.0, _WIDTH + 0.05])
        dots = []
        for place, (name, colour) in zip(places, _COLOURS.items(), strict=True):
            middle, low, high = (
                float(mean[name][part].sel(probability=level))
                for part in ("mean", "lower", "upper")
            )
            axes.bar(place, middle, _WIDTH, color=colour, alpha=0.45)
            reach = np.nan_to_num([[middle - low], [high - middle]])
            axes.errorbar(place, middle, reach, color=INK, lw=1.0, zorder=4)
            if name == CONTROL:
                reached = float(best.sel(probability=level))
                axes.hlines(
                    reached, place - 0.45, place + 0.45, color=INK, ls=":", lw=1.0, zorder=5
                )
            dots.append(preference[name].sel(probability=level).values)
            if name in learner:
                expected = float(learner[name].sel(probability=level))
                axes.plot(place, expected, "x", ms=3.5, mec=INK, mew=1.0, zorder=5)
        axes.plot(places, np.stack(dots), "-o", color=GREY, lw=0.6, ms=2.2, mfc="white", mew=0.6)
    axes.set_xticks(
        2.4 * np.arange(len(levels)) + _WIDTH / 2, [f"p = {level:g}" for level in levels]
    )
    axes.set(ylim=(0, 103), ylabel="risky choices (%)")
    return axes


def label_preference(axes: Axes, learner: str) -> Axes:
    """Add a legend below the figure of these axes; `learner` names the crosses."""
    handles = [
        *(Patch(color=colour, alpha=0.45, label=name) for name, colour in _COLOURS.items()),
        Line2D([], [], color=GREY, marker="o", ms=3, mfc="white", lw=0.6, label="one agent"),
        Line2D([], [], color=INK, marker="x", ls="", ms=3.5, label=learner),
        Line2D([], [], color=INK, ls=":", lw=1.0, label="Bayes-optimal, control"),
    ]
    axes.figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return axes


def draw_directions(axes: Axes, directions: Mapping[str, tuple[str, float, int]]) -> Axes:
    """Draw published directions of change, whose sizes are unknown, as arrows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    directions : mapping
        By manipulation: ``(label, direction, n)``, with direction 1 or -1 and n animals.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for place, (label, direction, n) in enumerate(directions.values()):
        colour = VERMILLION if direction < 0 else BLUE
        axes.annotate(
            "", (place, 0.5 * direction), (place, 0.0),
            arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.5, "mutation_scale": 9},
        )  # fmt: skip
        axes.annotate(f"n = {n}", (place, -0.06 * direction), ha="center", va="center")
        axes.annotate(label.replace(" ", "\n", 1), (place, -0.88), ha="center", va="center")
    axes.axhline(0, color=GREY, lw=0.8, zorder=0)
    axes.set(xlim=(-0.6, len(directions) - 0.4), ylim=(-1.05, 0.8), xticks=[], yticks=[-0.5, 0.5])
    axes.set_yticklabels(["fewer", "more"])
    axes.set_ylabel("risky choices")
    return axes
