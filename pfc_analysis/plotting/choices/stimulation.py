"""Effects of stimulation and of reward on staying (Blanco-Pozo et al. 2024, Fig. 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pfc_analysis.plotting.style import BLUE, GREEN, GREY, INK, PURPLE, VERMILLION

_PLACES = {
    "common_rewarded": (0.0, BLUE),
    "uncommon_rewarded": (2.0, VERMILLION),
    "common_unrewarded": (4.6, BLUE),
    "uncommon_unrewarded": (6.6, VERMILLION),
}
"""Place and colour of trials without stimulation; those with it are 0.8 to the right."""

_PAIRS = (("outcome", "stimulated"), ("transition_x_outcome", "transition_x_stimulated"))
_NAMES = {
    "outcome": "reward",
    "transition_x_outcome": "transition\nx reward",
    "stimulated": "stimu-\nlation",
    "transition_x_stimulated": "transition\nx stimu-\nlation",
}
_ARROWS = {-1: "v", 0: "_", 1: "^"}


def draw_stimulated_stay(
    axes: Axes, effect: xr.Dataset, mean: xr.Dataset, lowest: float = 0.0
) -> Axes:
    """Draw stay probabilities in pairs: without stimulation (open) and with it (filled).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    effect : xarray.Dataset
        `stay_probability` on (`subject`, `previous`, `stimulated`)
        (`compute_stimulation_effect`). Each subject is a thin line, where there are several.
    mean : xarray.Dataset
        `mean`, `lower`, `upper` on (`previous`, `stimulated`) (`summarise_subjects`).
    lowest : float
        Lower end of the axis.

    Returns
    -------
    matplotlib.axes.Axes
    """
    order = ["not_stimulated", "stimulated"]
    for previous, (place, colour) in _PLACES.items():
        places = place + np.array([0.0, 0.8])
        if effect.sizes["subject"] > 1:
            stay = effect["stay_probability"].sel(previous=previous, stimulated=order)
            lines = stay.transpose("stimulated", "subject").values
            axes.plot(places, lines, "-o", color=GREY, lw=0.5, ms=2, mew=0, alpha=0.6)
        own = mean.sel(previous=previous, stimulated=order)
        middle = own["mean"].values
        reach = np.stack([middle - own["lower"].values, own["upper"].values - middle])
        axes.errorbar(places, middle, np.nan_to_num(reach), color=colour, lw=1.4, zorder=3)
        for x, y, fill in zip(places, middle, ("white", colour), strict=True):
            axes.plot(x, y, "o", ms=5.5, mfc=fill, mec=colour, mew=1.3, zorder=4)
    axes.set_xticks([1.4, 6.0], ["rewarded", "unrewarded"])
    axes.tick_params(axis="x", length=0)
    axes.set(ylim=(lowest, 1.03), xlim=(-0.6, 8.0), ylabel="stay probability")
    return axes


def label_stimulated_stay(axes: Axes) -> Axes:
    """Add a legend of the colours and the filling of the dots."""
    handles = [
        Line2D([], [], color=colour, marker="o", ms=5, mfc=fill, label=label)
        for colour, fill, label in (
            (BLUE, BLUE, "common"),
            (VERMILLION, VERMILLION, "uncommon"),
            (INK, "white", "not stimulated"),
            (INK, INK, "stimulated"),
        )
    ]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2,
        columnspacing=1.0, handlelength=1.2, handletextpad=0.4,
    )  # fmt: skip
    return axes


def draw_stimulation_coefficients(
    axes: Axes,
    regression: xr.Dataset,
    mean: xr.Dataset,
    published: Mapping[str, float],
    lag: int = 1,
    pairs: Sequence[tuple[str, str]] = _PAIRS,
) -> Axes:
    """Draw regression weights of reward and of stimulation side by side.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    regression : xarray.Dataset
        `coefficient` in log-odds on (`subject`, `lag`, `predictor`) (`regress_stimulation`). Each
        subject is a dot, where there are several.
    mean : xarray.Dataset
        `mean`, `lower`, `upper` on (`lag`, `predictor`) (`summarise_subjects`).
    published : mapping
        Published direction by predictor: 1, -1, or 0 for no effect found; drawn above the
        predictor as a triangle that points up or down, or a bar. May be empty.
    lag : int
        Trials ago.
    pairs : sequence of pairs of str
        Predictors to set side by side: reward's (green) and stimulation's (purple).

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a published direction is none of -1, 0 and 1.
    """
    axes.axhline(0, color=INK, lw=0.6)
    names, places = [], []
    for i, pair in enumerate(pairs):
        for k, (name, colour) in enumerate(zip(pair, (GREEN, PURPLE), strict=True)):
            place = 2.5 * i + k
            names.append(name)
            places.append(place)
            _draw_coefficient(axes, place, colour, *_select(regression, mean, lag, name))
            if name in published:
                _draw_direction(axes, place, name, published[name])
    if published:
        axes.margins(y=0.15)  # room for the marks above
    axes.set_xticks(places, [_NAMES.get(name, name.replace("_", "\n")) for name in names])
    axes.set(xlim=(-0.6, places[-1] + 0.6), ylabel="weight on staying (log-odds)")
    return axes


def _select(
    regression: xr.Dataset, mean: xr.Dataset, lag: int, name: str
) -> tuple[np.ndarray, xr.Dataset]:
    """Select the coefficients of subjects and their mean for one predictor."""
    where = {"lag": lag, "predictor": name}
    return regression["coefficient"].sel(where).values, mean.sel(where)


def _draw_coefficient(
    axes: Axes, place: float, colour: str, values: np.ndarray, mean: xr.Dataset
) -> None:
    if values.size > 1:
        spread = np.linspace(-0.2, 0.2, values.size)
        axes.plot(place + spread, values, "o", ms=2.5, mfc="white", mec=GREY, mew=0.7)
    middle, low, high = (float(mean[name]) for name in ("mean", "lower", "upper"))
    reach = np.nan_to_num([[middle - low], [high - middle]])
    axes.errorbar(place, middle, reach, color=colour, fmt="o", ms=5, lw=1.6, zorder=3)


def _draw_direction(axes: Axes, place: float, name: str, direction: float) -> None:
    """Mark a direction near the upper edge of the axes."""
    if direction not in _ARROWS:
        raise ValueError(f"published direction of {name!r}: found {direction}, expected -1, 0 or 1")
    axes.plot(place, 0.96, _ARROWS[int(direction)], ms=6, mfc="none", mec=INK, mew=1.1,
              transform=axes.get_xaxis_transform(), clip_on=False, label="_published")  # fmt: skip
