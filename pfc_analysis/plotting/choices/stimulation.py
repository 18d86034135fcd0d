"""Effects of stimulation and of reward on staying (Blanco-Pozo et al. 2024, Fig. 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pfc_analysis.plotting.style import GREY, INK, VERMILLION

_PLACES = {
    "common_rewarded": 0.0,
    "uncommon_rewarded": 2.0,
    "common_unrewarded": 4.0,
    "uncommon_unrewarded": 6.0,
}
"""Place of trials without stimulation; those with it are 0.8 to the right."""

_WITHOUT, _WITH = INK, VERMILLION
"""Colour without stimulation, or of reward; and with stimulation, or of its effect."""

_PAIRS = (("outcome", "stimulated"), ("transition_x_outcome", "transition_x_stimulated"))
_NAMES = {
    "outcome": "reward",
    "transition_x_outcome": "transition\n\u00d7 reward",
    "stimulated": "stimulation",
    "transition_x_stimulated": "transition\n\u00d7 stimulation",
}
_DIRECTIONS = {-1: "less staying", 0: "no effect", 1: "more staying"}


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
    for previous, place in _PLACES.items():
        places = place + np.array([0.0, 0.8])
        if effect.sizes["subject"] > 1:
            stay = effect["stay_probability"].sel(previous=previous, stimulated=order)
            lines = stay.transpose("stimulated", "subject").values
            axes.plot(places, lines, "-o", color=GREY, lw=0.5, ms=1.6, mew=0)
        own = mean.sel(previous=previous, stimulated=order)
        middle = own["mean"].values
        reach = np.nan_to_num([middle - own["lower"].values, own["upper"].values - middle])
        for k, (colour, fill) in enumerate(((_WITHOUT, "white"), (_WITH, _WITH))):
            axes.errorbar(
                places[k], middle[k], reach[:, [k]], color=colour, fmt="o", ms=3.6, mfc=fill,
                mew=0.9, lw=1.1, zorder=4,
            )  # fmt: skip
    axes.set_xticks(
        [place + 0.4 for place in _PLACES.values()],
        [name.replace("_", ",\n") for name in _PLACES],
    )
    axes.tick_params(axis="x", length=0)
    axes.set(ylim=(lowest, 1.05), xlim=(-0.6, 7.4), ylabel="stay probability")
    return axes


def label_stimulated_stay(axes: Axes, subjects: str = "subjects") -> Axes:
    """Add a legend of the dots; `subjects` is the name of the thin lines."""
    handles = [
        Line2D([], [], ls="", color=colour, marker="o", ms=3.6, mfc=fill, label=name)
        for colour, fill, name in (
            (_WITHOUT, "white", "not stimulated"),
            (_WITH, _WITH, "stimulated"),
        )
    ]
    handles.append(Line2D([], [], color=GREY, marker="o", ms=1.6, lw=0.5, label=subjects))
    axes.legend(handles=handles, loc="lower right")
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
        Published direction in mice by predictor: 1, -1, or 0 for no effect found; written above the
        predictor. May be empty.
    lag : int
        Trials ago.
    pairs : sequence of pairs of str
        Predictors to set side by side: reward's (black circles) and stimulation's (red squares).

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
        for k, (name, style) in enumerate(zip(pair, ((_WITHOUT, "o"), (_WITH, "s")), strict=True)):
            place = 2.5 * i + k
            names.append(name)
            places.append(place)
            _draw_coefficient(axes, place, style, *_select(regression, mean, lag, name))
            if name in published:
                _write_direction(axes, place, name, published[name])
    if published:
        axes.margins(y=0.2)  # room for the words above
    axes.set_xticks(places, [_NAMES.get(name, name.replace("_", "\n")) for name in names])
    axes.set(xlim=(-0.7, places[-1] + 0.7), ylabel="weight on staying (log-odds)")
    return axes


def _select(
    regression: xr.Dataset, mean: xr.Dataset, lag: int, name: str
) -> tuple[np.ndarray, xr.Dataset]:
    """Select the coefficients of subjects and their mean for one predictor."""
    where = {"lag": lag, "predictor": name}
    return regression["coefficient"].sel(where).values, mean.sel(where)


def _draw_coefficient(
    axes: Axes, place: float, style: tuple[str, str], values: np.ndarray, mean: xr.Dataset
) -> None:
    colour, marker = style
    if values.size > 1:
        spread = np.linspace(-0.25, 0.25, values.size)
        axes.plot(place + spread, values, "o", ms=2, mfc="white", mec=GREY, mew=0.6)
    middle, low, high = (float(mean[name]) for name in ("mean", "lower", "upper"))
    reach = np.nan_to_num([[middle - low], [high - middle]])
    axes.errorbar(place, middle, reach, color=colour, fmt=marker, ms=3.4, lw=1.1, zorder=3)


def _write_direction(axes: Axes, place: float, name: str, direction: float) -> None:
    """Write a direction at the upper edge of the axes."""
    if direction not in _DIRECTIONS:
        raise ValueError(f"published direction of {name!r}: found {direction}, expected -1, 0 or 1")
    axes.annotate(f"mice:\n{_DIRECTIONS[int(direction)]}", (place, 0.99),
                  xycoords=axes.get_xaxis_transform(), ha="center", va="top",
                  fontsize=mpl.rcParams["legend.fontsize"])  # fmt: skip
