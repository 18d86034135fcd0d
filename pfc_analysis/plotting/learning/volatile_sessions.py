"""Reward schedules, beliefs about volatility, and learning rates (Wang et al. 2018, Fig. 3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.curves import LineStyle, draw_curves
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.style import BLUE, GREY, INK, ORANGE

SIDES = ("left", "right")


def draw_schedule(axes: Axes, probability: xr.DataArray, regime: xr.DataArray) -> Axes:
    """Draw the reward probability of an arm as steps, and shade volatile phases.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    probability : xarray.DataArray
        Of reward, on `trial_in_session` (counted from 0; drawn from 1, as all panels here).
    regime : xarray.DataArray
        0 stable, 1 volatile, on the same.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shade_volatile(axes, regime)
    trial = probability["trial_in_session"].values + 1
    axes.plot(
        trial,
        probability.values,
        color=INK,
        lw=0.9,
        drawstyle="steps-mid",
        label="reward probability",
    )
    axes.set(xlabel="trial", ylim=(-0.08, 1.08), xlim=(0.5, trial[-1] + 0.5))
    return axes


def shade_volatile(axes: Axes, regime: xr.DataArray) -> Axes:
    """Shade volatile phases; arguments as for `draw_schedule`."""
    volatile = np.concatenate(([0], regime.values == 1, [0])).astype(int)
    starts, stops = (np.flatnonzero(np.diff(volatile) == sign) for sign in (1, -1))
    for start, stop in zip(starts, stops, strict=True):
        axes.axvspan(start + 0.5, stop + 0.5, color=GREY, alpha=0.15, lw=0, zorder=0,
                     label="volatile phase" if start == starts[0] else None)  # fmt: skip
    return axes


def draw_choice_marks(axes: Axes, choice: xr.DataArray) -> Axes:
    """Mark choices of the right arm (blue) at the upper edge, of the left (orange) at the lower.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; from 0 to 1 upwards.
    choice : xarray.DataArray
        0 left, 1 right, on `trial_in_session`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    trial = choice["trial_in_session"].values + 1
    for side, (colour, height) in enumerate(((ORANGE, -0.05), (BLUE, 1.05))):
        chosen = trial[choice.values == side]
        axes.plot(chosen, np.full(chosen.size, height), "|", ms=2.5, mew=0.5, color=colour,
                  label=f"{SIDES[side]} chosen")  # fmt: skip
    return axes


def draw_trial_curves(
    axes: Axes, curves: Mapping[str, xr.Dataset], styles: Mapping[str, LineStyle]
) -> Axes:
    """Draw curves as `draw_curves` does, with trials counted from 1 instead of 0."""
    from_one = {
        name: curve.assign_coords(trial_in_session=curve["trial_in_session"] + 1)
        for name, curve in curves.items()
    }
    return draw_curves(axes, from_one, styles)


def add_right_axis(axes: Axes, left: tuple[str, str], right: tuple[str, str]) -> Axes:
    """Add a second y axis at the right, and colour both like the curves that they belong to.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Whose trials are shared.
    left, right : pair of str
        Label and colour.

    Returns
    -------
    matplotlib.axes.Axes
        The new axis.
    """
    other = axes.twinx()
    other.spines["right"].set_visible(True)
    for each, (label, colour) in ((axes, left), (other, right)):
        each.set_ylabel(label, color=colour)
        each.tick_params(axis="y", colors=colour)
    return other


def draw_phase_rates(
    axes: Axes,
    rates: xr.DataArray,
    mean: xr.Dataset,
    references: Mapping[str, xr.Dataset],
    styles: Mapping[str, LineStyle],
) -> Axes:
    """Draw learning rates of subjects by phase, with those of reference learners beside them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    rates : xarray.DataArray
        On (`subject`, `phase`): the columns, in order.
    mean : xarray.Dataset
        `mean`, `lower`, `upper` on `phase`.
    references : mapping of str to xarray.Dataset
        The same of others, by name; drawn a little to the right.
    styles : mapping of str to LineStyle
        Of references.

    Returns
    -------
    matplotlib.axes.Axes
    """
    draw_dots(axes, rates, mean, {})
    phases = list(rates["phase"].values)
    for name, reference in references.items():
        there = reference.sel(phase=phases)
        middle, low, high = (there[bound].values for bound in ("mean", "lower", "upper"))
        axes.errorbar(np.arange(len(phases)) + 0.32, middle, [middle - low, high - middle], ls="",
                      marker=styles[name].marker, ms=2.5, color=styles[name].colour, lw=1,
                      label=name)  # fmt: skip
    axes.set_xticks(range(len(phases)), [str(phase).replace("_", " ") for phase in phases])
    axes.tick_params(axis="x", rotation=60)
    axes.set(ylabel="learning rate")
    return axes
