"""How many units of a network are worth having: held-out likelihood against their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import KIND_STYLES
from pfc_analysis.plotting.style import GREY, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = 12
"""Up to how many subjects are named at the ends of their lines."""

_LINE = 0.065
"""Least distance of two names, as a share of the panel's height."""


def draw_unit_curves(axes: Axes, result: xr.Dataset) -> Axes:
    """Draw held-out likelihood against the number of units, a line for each subject.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `heldout` on (`subject`, `model`), `kind` and `units_of_network` on
        `model`; `n_units` with its interval and `best_learner` on `subject`.

    Returns
    -------
    matplotlib.axes.Axes
        Left of the line of each subject, its best learner; right of it, where `ceiling` on
        `subject` is known, the likelihood of an agent's choices under its own policy. A ring marks
        the best number of units, a pale bar through it the interval of that number.
    """
    networks = result.isel(model=(result["kind"] == "network").values).sortby("units_of_network")
    units = np.unique(networks["units_of_network"].values)
    learners = bool((result["kind"] == "learner").any())
    place = {int(count): at for at, count in enumerate(units, start=1)}
    ends = {}
    for subject in map(str, result["subject"].values):
        own = networks.sel(subject=subject)
        places = [place[int(count)] for count in own["units_of_network"].values]
        if np.isfinite(own["heldout"].values).any():
            _draw_subject(axes, places, own)
            _mark_best(axes, own, place)
            ends[subject] = float(own.get("ceiling", own["heldout"][-1]))
            _draw_learner(axes, result.sel(subject=subject), float(own["heldout"].values[0]))
            _draw_ceiling(axes, own, len(place))
    labels = {0: "best\nlearner"} if learners else {}
    labels |= {at: str(count) for count, at in place.items()}
    labels |= {len(place) + 1: "own\npolicy"} if "ceiling" in result else {}
    axes.set_xticks(list(labels), list(labels.values()))
    right = max(labels) + 0.3
    axes.set_xlim(min(labels) - 0.4, right)
    axes.set(xlabel="units of the network", ylabel="normalised likelihood")
    _name_lines(axes, ends, right - 0.05)
    return axes


def _draw_subject(axes: Axes, places: list[int], own: xr.Dataset) -> None:
    style = KIND_STYLES["network"]
    axes.plot(
        places, own["heldout"].values, color=style.colour, lw=0.9, marker=style.marker, ms=2.4
    )


def _draw_learner(axes: Axes, own: xr.Dataset, first: float) -> None:
    """Draw a subject's best learner, with a thin line to its smallest network."""
    style, name = KIND_STYLES["learner"], str(own["best_learner"].item())
    if name:
        value = float(own["heldout"].sel(model=name))
        axes.plot([0, 1], [value, first], color=GREY, lw=0.6, ls=":")
        axes.plot([0], [value], marker=style.marker, ms=3.2, color=style.colour, ls="")


def _draw_ceiling(axes: Axes, own: xr.Dataset, last: int) -> None:
    """Draw the likelihood of an agent's choices under its own policy, if it is known."""
    if "ceiling" in own:
        value, ink = float(own["ceiling"]), mpl.rcParams["text.color"]
        ends = [float(own["heldout"].values[-1]), value]
        axes.plot([last, last + 1], ends, color=GREY, lw=0.6, ls=":")
        axes.plot([last + 1], [value], "_", ms=7, color=ink, mew=1.2)


def _mark_best(axes: Axes, own: xr.Dataset, place: dict[int, int]) -> None:
    """Ring the best number of units, and draw the interval of that number through the ring."""
    found = [float(own[f"n_units{end}"]) for end in ("", "_lower", "_upper")]
    if not np.isfinite(found).all():
        return
    best, low, high = (place[int(one)] for one in found)
    height = float(own["heldout"].values[(own["units_of_network"] == found[0]).values][0])
    colour = KIND_STYLES["network"].colour
    axes.plot([low, high], [height, height], color=colour, lw=3.5, alpha=0.25,
              solid_capstyle="butt", zorder=1)  # fmt: skip
    axes.plot([best], [height], "o", ms=6.5, mfc="none", mec=colour, mew=0.8)


def _name_lines(axes: Axes, ends: dict[str, float], right: float) -> None:
    """Write subjects' names at the right ends of their lines, pushed apart where they meet."""
    if not 0 < len(ends) <= _NAMED:
        return
    low, high = axes.get_ylim()
    names = sorted(ends, key=lambda name: ends[name])
    wanted = np.array([(ends[name] - low) / (high - low) for name in names])
    for name, height in zip(names, push_apart(wanted, _LINE), strict=True):
        axes.annotate(
            plain_label(name), (right, float(height)), xycoords=("data", "axes fraction"),
            va="center", ha="left", fontsize="small", annotation_clip=False,
        )  # fmt: skip


def push_apart(wanted: np.ndarray, distance: float) -> np.ndarray:
    """Move increasing heights apart until neighbours have a distance, by as little as possible.

    Heights that meet form a block around the mean of where they were wanted.
    """
    blocks: list[list[float]] = []  # (sum of wanted starts, number of names) of each block
    for rank, one in enumerate(wanted):
        blocks.append([one - rank * distance, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    starts = np.concatenate([np.full(int(count), total / count) for total, count in blocks])
    return starts + distance * np.arange(len(wanted))
