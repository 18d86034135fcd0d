"""What sets of features add to the prediction of a population, with intervals and replicas."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, GREY, INK, ORANGE, VERMILLION

COLOURS = (BLUE, VERMILLION, ORANGE, GREY, INK)
"""Of several comparisons in the same axes."""

HALF = 0.36
"""Half the width that the marks of one set take."""


def draw_encoding_gains(
    axes: Axes, comparisons: Mapping[str, xr.Dataset], score: str, unique: bool
) -> Axes:
    """Draw a mark with its interval for each set, and a small dot for each replica.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    comparisons : mapping of str to xarray.Dataset
        By name: results of `compare_encoding_models`. Sets are in the order of the first.
    score : str
        "components" or "units".
    unique : bool
        Whether unique variance is drawn beside the gain, as open marks.

    Returns
    -------
    matplotlib.axes.Axes
    """
    sets = [str(name) for name in next(iter(comparisons.values()))["features"].values]
    n = len(comparisons) * (1 + unique)
    steps = np.linspace(-HALF, HALF, 2 * n + 1)[1::2]
    axes.axhline(0, color=INK, lw=0.6, zorder=1)
    for i, (name, comparison) in enumerate(comparisons.items()):
        one, colour = comparison.sel(score=score), COLOURS[i % len(COLOURS)]
        place = np.arange(len(sets)) + steps[i * (1 + unique)]
        known = one.reindex(features=sets)
        _draw_replicas(axes, one, sets, place, colour)
        _draw_marks(axes, known, "gain", place, (colour, colour), name or "added to the base")
        if unique:
            beside = np.arange(len(sets)) + steps[2 * i + 1]
            label = f"{name}, lost without it" if name else "lost without it"
            _draw_marks(axes, known, "unique", beside, (colour, "white"), label)
    axes.set_xticks(range(len(sets)), [name.replace("_", "\n") for name in sets])
    axes.set(xlim=(-0.6, len(sets) - 0.4), ylabel="variance explained (%)")
    if n > 1:
        axes.legend(loc="best")
    return axes


def _draw_marks(
    axes: Axes,
    one: xr.Dataset,
    quantity: str,
    place: np.ndarray,
    colours: tuple[str, str],
    label: str,
) -> None:
    middle, low, high = (100 * one[f"{quantity}{end}"].values for end in ("", "_lower", "_upper"))
    axes.errorbar(
        place, middle, [middle - low, high - middle], fmt="o", ms=4, color=colours[0],
        mfc=colours[1], lw=1.0, label=label, zorder=3,
    )  # fmt: skip


def _draw_replicas(
    axes: Axes, one: xr.Dataset, sets: list[str], place: np.ndarray, colour: str
) -> None:
    """Draw the gain of each replica of the sets that have several."""
    base = str(one["rival"].values[0])
    for x, name in zip(place, sets, strict=True):
        if name not in one["model"].values:
            continue
        own = one["replica_r_squared"].sel(model=name) - one["replica_r_squared"].sel(model=base)
        values = 100 * own.values
        if np.ptp(values) > 0:
            axes.plot(
                np.full(values.size, x),
                values,
                ".",
                ms=3,
                mew=0,
                color=colour,
                alpha=0.45,
                zorder=2,
            )
