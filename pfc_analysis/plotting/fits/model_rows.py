"""Rows of a panel, one for each model: their order, names, colours, dots and intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.plotting.comparison_panels import GROUP_COLOURS
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.style import plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KIND_STYLES = {
    "learner": LineStyle(GROUP_COLOURS[0], "-", "o"),
    "network": LineStyle(GROUP_COLOURS[1], "-", "s"),
}
"""Colour and marker of learners and of networks."""

_GAP = 0.6
"""Empty space between learners and networks, in rows."""

_DOTS = (-0.34, -0.04)
"""Where subjects' dots lie around the middle of a row; the mean lies below them."""

_MEAN = 0.2


def place_rows(result: xr.Dataset) -> dict[str, float]:
    """Give each model a row: learners from the best down, then networks by their size.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `group_heldout`, `kind` and `units_of_network` on `model`.

    Returns
    -------
    dict of str to float
        Height of the middle of each row, 0 at the top, growing downwards.
    """
    names = [str(name) for name in result["model"].values]
    network = dict(zip(names, (result["kind"] == "network").values, strict=True))
    value = dict(zip(names, result["group_heldout"].fillna(-np.inf).values, strict=True))
    units = dict(zip(names, result["units_of_network"].values, strict=True))
    order = sorted(names, key=lambda one: (network[one], units[one], -value[one]))
    gap = _GAP if len(set(network.values())) > 1 else 0.0
    return {name: row + gap * network[name] for row, name in enumerate(order)}


def name_rows(axes: Axes, result: xr.Dataset, places: Mapping[str, float]) -> Axes:
    """Write the models' names beside their rows, the first row at the top."""
    titles = [title_of_model(result, name) for name in places]
    axes.set_yticks(list(places.values()), titles)
    axes.set_ylim(max(places.values()) + 0.6, min(places.values()) - 0.6)
    axes.tick_params(axis="y", length=0)
    return axes


def title_of_model(result: xr.Dataset, name: str) -> str:
    """Return the title of a model, safe to draw."""
    return plain_label(str(result["title"].sel(model=name).item()))


def style_of_model(result: xr.Dataset, name: str) -> LineStyle:
    """Return the colour and marker of a model, that of its kind."""
    return KIND_STYLES[str(result["kind"].sel(model=name).item())]


def draw_rows(
    axes: Axes, result: xr.Dataset, name: str, places: Mapping[str, float], clear: bool = False
) -> Axes:
    """Draw a quantity of every model: a dot for each subject, and the mean with its interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        Of `pfc_analysis.fit`.
    name : {"heldout", "difference"}
        The quantity, on (`subject`, `model`), with `group_heldout` or `group_difference` on
        `model`.
    places : mapping of str to float
        Row of each model (`place_rows`).
    clear : bool
        Whether to fill only the dots of subjects whose interval leaves out 0.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for model, place in places.items():
        one, style = result.sel(model=model), style_of_model(result, model)
        values = np.atleast_1d(one[name].values)
        heights = place + spread_dots(values.size)
        filled = np.ones(values.size, dtype=bool)
        if clear:
            low, high = (np.atleast_1d(one[f"{name}_{end}"].values) for end in ("lower", "upper"))
            filled = (low > 0) | (high < 0)
        draw_subject_marks(axes, values, heights, filled, style.colour)
        draw_interval(axes, place + _MEAN, read_estimate(one, f"group_{name}"), style)
    return axes


def spread_dots(n: int) -> np.ndarray:
    """Return where the dots of a row lie: each subject has the same place in every row."""
    return np.linspace(*_DOTS, n) if n > 1 else np.array([np.mean(_DOTS)])


def draw_subject_marks(
    axes: Axes, values: np.ndarray, heights: np.ndarray, filled: np.ndarray, colour: str
) -> None:
    """Draw subjects' dots, filled or open."""
    for rows, face in ((filled, colour), (~filled, "none")):
        if rows.any():
            axes.plot(values[rows], heights[rows], "o", ms=2.4, mfc=face, mec=colour, mew=0.5,
                      alpha=0.75)  # fmt: skip


def draw_interval(
    axes: Axes,
    place: float,
    estimate: tuple[float, float, float],
    style: LineStyle,
    *,
    filled: bool = True,
) -> None:
    """Draw a value as a mark in a row, with its interval if there is one.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    place : float
        Height of the row.
    estimate : tuple of float
        The value and the ends of its interval; NaN where there is none.
    style : LineStyle
        Colour and marker.
    filled : bool
        Whether the mark is filled.
    """
    value, lower, upper = estimate
    if np.isfinite(lower) and np.isfinite(upper):
        axes.plot([lower, upper], [place, place], color=style.colour, lw=1.3,
                  solid_capstyle="butt")  # fmt: skip
    face = style.colour if filled else ground_colour()
    axes.plot([value], [place], marker=style.marker, ms=4.2, color=style.colour, ls="", mfc=face,
              zorder=3)  # fmt: skip


def read_estimate(one: xr.Dataset, name: str) -> tuple[float, float, float]:
    """Read a value without dimensions and the ends of its interval."""
    return float(one[name]), float(one[f"{name}_lower"]), float(one[f"{name}_upper"])


def ground_colour() -> str:
    """Return the colour that empties a mark: that of the panel, or none on a transparent one."""
    return str(mpl.rcParams["axes.facecolor"])


def find_main_learner(result: xr.Dataset) -> str:
    """Return the learner that is best for most subjects; the first one if none is.

    Of learners that are best for equally many subjects, it is the first one by name.
    """
    learners = [str(name) for name in result["model"].values[(result["kind"] == "learner").values]]
    won = Counter(name for name in map(str, result["best_learner"].values) if name)
    order = sorted(won, key=lambda name: (-won[name], name))
    return next(iter([*order, *learners]), "")


def name_subjects(axes: Axes, subjects: Sequence[str], most: int = 25) -> Axes:
    """Write subjects' names beside rows 0, 1, ..., the first at the top; none if there are many."""
    if len(subjects) <= most:
        axes.set_yticks(range(len(subjects)), [plain_label(name) for name in subjects])
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(subjects)} subjects")
    axes.set_ylim(len(subjects) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    return axes
