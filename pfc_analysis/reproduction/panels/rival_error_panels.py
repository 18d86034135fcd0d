"""Panels of Figure R2: what changed, weakened or late prediction errors do to three networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.subject_means import draw_dose_curves
from pfc_analysis.plotting.curves import LineStyle, draw_curves
from pfc_analysis.plotting.dose_response import draw_reference, spread_small_doses
from pfc_analysis.plotting.style import Axes, label_panel
from pfc_analysis.reproduction.panels.rival_panels import LOOKS, NAMES, draw_rivals

SHARE_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
CHANGES = (-55.0, 42.0)
"""Limits of the axis, with room for the arrows."""

RESULT_ON = "change of risky choices\n(percentage points)"


def find_style(network: str) -> LineStyle:
    """Return the style of a network's curve."""
    colour, marker = LOOKS[network]
    return LineStyle(colour, "-", marker)


def draw_late_learning(
    axes: Axes, curves: Mapping[str, xr.Dataset], network: str, letter: str, goal: float
) -> Axes:
    """Draw how reward rises where errors teach from the start (dashed), and where they set in late.

    Parameters
    ----------
    curves : mapping of str to xarray.Dataset
        By onset: `reward` on `subject` and `update`.
    network : str
        Its name.
    letter : str
        Of the panel.
    goal : float
        Reward to mark.
    """
    style = replace(find_style(network), marker="")
    styles = dict(zip(curves, (replace(style, line="--"), style), strict=True))
    for onset, curve in curves.items():
        for one in curve["reward"].transpose("subject", "update").values:
            axes.plot(curve["update"], one, styles[onset].line, lw=0.4, alpha=0.35,
                      color=style.colour)  # fmt: skip
        mean = summarise_subjects(curve, "reward")
        draw_curves(axes, {f"errors teach {onset}": mean}, {f"errors teach {onset}": styles[onset]})
    draw_reference(axes, goal, "")
    axes.set(xlabel="updates since errors teach", ylabel="reward per trial")
    axes.set(xlim=(0, 240), ylim=(0.4, 0.74))
    axes.legend(loc="lower right")
    return label_panel(axes, letter, NAMES[network])


def draw_weakened(axes: Axes, curves: Mapping[str, xr.Dataset], quantity: str, label: str) -> Axes:
    """Draw a quantity against the share of the weights' changes that is kept in training.

    Parameters
    ----------
    curves : mapping of str to xarray.Dataset
        By network: `quantity` on `subject` and `dose`.
    quantity, label : str
        What to draw, and the label of the y axis.
    """
    draw_dose_curves(axes, curves, quantity, {name: find_style(name) for name in curves})
    spread_small_doses(axes)
    doses = next(iter(curves.values()))["dose"].values
    axes.set_xticks(doses, [f"{dose:g}" for dose in doses])
    axes.set(xlim=(-0.002, 1.1), xlabel="share of the error's effect\nkept in training")
    axes.set_ylabel(label)
    return axes


def draw_silenced(axes: Axes, curves: Mapping[str, xr.Dataset], quantity: str, label: str) -> Axes:
    """Draw a quantity against the share of units that is silent; without doses that have none.

    Parameters
    ----------
    curves : mapping of str to xarray.Dataset
        By network: `quantity` on `subject` and `share`.
    quantity, label : str
        What to draw, and the label of the y axis.
    """
    shown = {name: curve[[quantity]].dropna("share", how="all") for name, curve in curves.items()}
    draw_dose_curves(axes, shown, quantity, {name: find_style(name) for name in shown})
    axes.set_xticks(SHARE_TICKS, [f"{share:g}" for share in SHARE_TICKS])
    axes.set(xlabel="share of units silenced", ylabel=label, xlim=(-0.04, 1.04))
    return axes


def draw_risky_changes(
    axes: Axes, change: xr.DataArray, directions: Mapping[str, float], names: Mapping[str, str]
) -> Axes:
    """Draw by how much risky choices change, by manipulation, with the direction in rats above.

    Parameters
    ----------
    change : xarray.DataArray
        On `network`, `manipulation` and `subject`.
    directions : mapping of str to float
        Direction in rats, by manipulation.
    names : mapping of str to str
        Labels of the manipulations.
    """
    manipulations = [str(name) for name in change["manipulation"].values]
    labelled = change.assign_coords(manipulation=[names[name] for name in manipulations])
    draw_rivals(axes, labelled, RESULT_ON)
    draw_reference(axes, 0.0, "")
    axes.set_ylim(*CHANGES)
    for place, name in enumerate(manipulations):
        arrow = "\N{UPWARDS ARROW}" if directions[name] > 0 else "\N{DOWNWARDS ARROW}"
        axes.annotate(f"rats {arrow}", (place, 1.0), xycoords=axes.get_xaxis_transform(),
                      ha="center", va="top")  # fmt: skip
    return axes
