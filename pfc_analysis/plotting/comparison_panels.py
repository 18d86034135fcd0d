"""Draw panels of a comparison: values, differences, and curves over past trials, by group."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.plotting.style import GREEN, GREY, ORANGE, PURPLE, VERMILLION, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLEAR_BLUE = "#2B8CCB"  # the palette's blue is hard to see on a dark background
GROUP_COLOURS = (_CLEAR_BLUE, VERMILLION, GREEN, ORANGE, PURPLE)
"""Colours of groups in their order, clear on a light and on a dark background."""

_MARKERS = ("o", "s", "^", "D", "v")

_DOTS = 0.11
"""Distance between the dots of a group's subjects and the mark of its mean."""

_LINE = 11
"""Letters in a line of the label of a place."""

_FEW = 30
"""Number of subjects up to which their dots are drawn large."""


def colour_of(result: xr.Dataset, group: str) -> str:
    """Return the colour of a group of a comparison."""
    place = [str(name) for name in result["group"].values].index(group)
    return GROUP_COLOURS[place % len(GROUP_COLOURS)]


def draw_group_values(axes: Axes, result: xr.Dataset, quantities: Sequence[str]) -> Axes:
    """Draw quantities of every group: a dot for each subject, and the mean with its interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`: `group_value`,
        `group_lower`, `group_upper` on (`group`, `quantity`), `subject_value` on (`subject`,
        `quantity`).
    quantities : sequence of str
        Labels on `quantity`, from left to right.

    Returns
    -------
    matplotlib.axes.Axes
    """
    groups = [str(name) for name in result["group"].values]
    for number, group in enumerate(groups):
        colour, marker = colour_of(result, group), _MARKERS[number % len(_MARKERS)]
        own = result.isel(subject=(result["subject_group"] == group).values)
        for place, quantity in enumerate(quantities):
            centre = place + _shift(number, len(groups))
            dots = own["subject_value"].sel(quantity=quantity).values
            # Beside the mean, so that its mark does not hide them.
            spread = _spread(dots.size, 0.05) - _DOTS
            axes.plot(centre + spread, dots, "o", ms=_size(dots.size), color=colour, alpha=0.55,
                      mew=0)  # fmt: skip
            mean = result.sel(group=group, quantity=quantity)
            _draw_estimate(axes, centre + _DOTS / 2, mean, "group", colour, marker)
        axes.plot([], [], marker=marker, color=colour, label=plain_label(group), ls="", ms=4)
    return _name_places(axes, result, quantities)


def draw_differences(axes: Axes, result: xr.Dataset, quantities: Sequence[str]) -> Axes:
    """Draw the differences between groups with their intervals, and a line at 0.

    Parameters
    ----------
    axes, result, quantities
        As in `draw_group_values`; of the result `difference`, `difference_lower`,
        `difference_upper` on (`comparison`, `quantity`).

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(0, color=GREY, lw=0.8)
    names = [str(name) for name in result["comparison"].values]
    others = [str(name) for name in result["group"].values][1:]
    for number, (name, other) in enumerate(zip(names, others, strict=True)):
        colour = colour_of(result, other) if len(names) > 1 else GREY
        for place, quantity in enumerate(quantities):
            found = result.sel(comparison=name, quantity=quantity)
            centre = place + _shift(number, len(names))
            _draw_estimate(axes, centre, found, "difference", colour, "o")
    axes.set_ylabel("difference" if len(names) > 1 else names[0])
    return _name_places(axes, result, quantities)


def draw_lag_weights(axes: Axes, result: xr.Dataset, quantities: Sequence[str]) -> Axes:
    """Draw a quantity over trials: a line with its interval for each group, dots for subjects.

    Parameters
    ----------
    axes, result
        As in `draw_group_values`.
    quantities : sequence of str
        Labels of the quantity at each place; the coordinate `lag` holds the number of trials, and
        `along` what they are counted from.

    Returns
    -------
    matplotlib.axes.Axes
    """
    curve = result.sel(quantity=list(quantities))
    lags = curve["lag"].values
    axes.axhline(0.5 if curve["unit"].values[0] == "probability" else 0, color=GREY, lw=0.8)
    for number, group in enumerate(str(name) for name in result["group"].values):
        colour, marker = colour_of(result, group), _MARKERS[number % len(_MARKERS)]
        own = curve.isel(subject=(curve["subject_group"] == group).values)
        dots = own["subject_value"].transpose("quantity", "subject").values
        shift = (number - 0.5) * 0.2
        axes.plot(np.repeat(lags + shift, dots.shape[1]), dots.ravel(), "o", color=colour,
                  ms=_size(dots.shape[1]) * 0.7, alpha=0.5, mew=0)  # fmt: skip
        mean = curve.sel(group=group)
        axes.plot(
            lags,
            mean["group_value"],
            color=colour,
            marker=marker,
            ms=3,
            lw=1.3,
            label=plain_label(group),
        )
        axes.fill_between(
            lags, mean["group_lower"].values, mean["group_upper"].values, color=colour, alpha=0.2,
            lw=0,
        )  # fmt: skip
    axes.set(xlabel=curve["along"].values[0], xticks=lags if lags.size < 8 else lags[::2])
    return axes


def share_scale(axes: Sequence[Axes]) -> None:
    """Give panels that show one kind of quantity the same vertical scale."""
    ends = [panel.get_ylim() for panel in axes]
    for panel in axes:
        panel.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))


def _size(n: int) -> float:
    """Size of a subject's dot, in points."""
    return 3.2 if n <= _FEW else 2.0


def _spread(n: int, half: float) -> np.ndarray:
    """Spread dots around their place, so that equal ones can be told apart."""
    return np.linspace(-half, half, n) if n > 1 else np.zeros(n)


def _draw_estimate(
    axes: Axes, place: float, found: xr.Dataset, stem: str, colour: str, marker: str
) -> None:
    """Draw a mark, with its interval if there is one."""
    middle = found["group_value" if stem == "group" else stem].item()
    low, high = (found[f"{stem}_{end}"].item() for end in ("lower", "upper"))
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([place, place], [low, high], color=colour, lw=1.6, solid_capstyle="butt")
    axes.plot(place, middle, marker=marker, ms=5, color=colour)


def _shift(number: int, n: int) -> float:
    """Horizontal shift of a group's mark from the middle of its place."""
    return (number - (n - 1) / 2) * min(0.4, 0.8 / n)


def _name_places(axes: Axes, result: xr.Dataset, quantities: Sequence[str]) -> Axes:
    """Label the places by condition, or by name if there is no condition."""
    found = result.sel(quantity=list(quantities))
    names = [
        str(condition) or str(name)
        for name, condition in zip(found["name"].values, found["condition"].values, strict=True)
    ]
    lines = [textwrap.fill(name.replace("_", " "), _LINE) for name in names]
    axes.set_xticks(range(len(names)), lines)
    axes.set_xlim(-0.6, len(names) - 0.4)
    return axes
