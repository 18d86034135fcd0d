"""Panels of figures that draw a fit: models, numbers of units, phase portraits, checks."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from pfc_analysis.packed_parts import unpack
from pfc_analysis.plotting.fits.confusion_cells import draw_confusion
from pfc_analysis.plotting.fits.exceedance_bars import draw_exceedance
from pfc_analysis.plotting.fits.held_out_rows import draw_difference, draw_held_out
from pfc_analysis.plotting.fits.model_rows import place_rows, title_of_model
from pfc_analysis.plotting.fits.recovery_rows import draw_recovery
from pfc_analysis.plotting.fits.unit_curves import draw_unit_curves
from pfc_analysis.plotting.portraits.portrait_curves import draw_portrait_curves
from pfc_analysis.plotting.portraits.portrait_field import draw_portrait_field
from pfc_analysis.plotting.portraits.portrait_parts_of_fit import select_portrait
from pfc_analysis.plotting.style import label_panel

CHOICE = 1
"""Choice after which fields are drawn."""


def draw_models(part: SubFigure, result: xr.Dataset, letters: str) -> None:
    """Draw held-out likelihoods, differences from the best learner, and exceedance."""
    places = place_rows(result)
    held_out, difference, exceedance = part.subplots(1, 3, width_ratios=[1.5, 1.5, 0.8])
    draw_held_out(held_out, result, places)
    draw_difference(difference, result, places)
    draw_exceedance(exceedance, result, places)
    titles = ("held-out choices", "against the best learner", "exceedance")
    for axes, letter, title in zip(
        (held_out, difference, exceedance), letters, titles, strict=True
    ):
        label_panel(axes, letter, title)
        axes.tick_params(axis="y", labelleft=axes is held_out)


def draw_units(axes: Axes, result: xr.Dataset, letter: str, title: str = "number of units") -> None:
    """Draw held-out likelihood by the number of units."""
    draw_unit_curves(axes, result)
    label_panel(axes, letter, title)


def draw_curves(axes: Axes, result: xr.Dataset, subject: str, letter: str, title: str) -> None:
    """Draw the phase portrait of a subject's network of one unit."""
    portrait, fixed = select_portrait(result, "curves", subject)
    draw_portrait_curves(axes, portrait, fixed, legend=False)
    label_panel(axes, letter, title)


def draw_points(axes: Axes, result: xr.Dataset, subject: str, letter: str, title: str) -> None:
    """Draw the trials of a subject as its best learner goes through them."""
    portrait, _ = select_portrait(result, "points", subject)
    draw_portrait_curves(axes, portrait, None, legend=False)
    label_panel(axes, letter, title)


def name_kinds(part: SubFigure, axes: Axes) -> None:
    """Name the kinds of trial of a phase portrait below a row."""
    handles, labels = axes.get_legend_handles_labels()
    sides = [one.replace("choice 0", "left").replace("choice 1", "right") for one in labels]
    part.legend(handles, sides, loc="outside lower center", ncols=4, handlelength=2.8)


def draw_fields(
    grid: Sequence[Axes], result: xr.Dataset, subject: str, kinds: Sequence[str], letters: str
) -> None:
    """Draw the vector field of a subject's network of two units, after kinds of trials."""
    portrait, fixed = select_portrait(result, "field", subject)
    for axes, kind, letter in zip(grid, kinds, letters, strict=True):
        draw_portrait_field(axes, portrait, find_kind(portrait, kind), fixed)
        label_panel(axes, letter, f"GRU of two units: {kind}")


def find_kind(portrait: xr.Dataset, kind: str) -> int:
    """Find a kind of two-step trial after choice 1, "uncommon rewarded", among `trial_kind`."""
    transition, outcome = kind.split()
    state = CHOICE if transition == "common" else 1 - CHOICE
    rewards = portrait["reward"].values
    reward = rewards.max() if outcome == "rewarded" else rewards.min()
    found = (portrait["choice"] == CHOICE) & (portrait["second_state"] == state)
    return int((found & (portrait["reward"] == reward)).argmax("trial_kind"))


def draw_recovery_of(axes: Axes, result: xr.Dataset, learner: str, letter: str) -> None:
    """Draw which parameters of a learner can be recovered."""
    draw_recovery(axes, unpack(result, f"recovery_{learner}"))
    label_panel(axes, letter, f"recovery, {title_of_model(result, learner)}")


def draw_confusions(part: SubFigure, result: xr.Dataset, letter: str) -> None:
    """Draw which learners are taken for each other."""
    axes = part.subplots()
    draw_confusion(axes, unpack(result, "confusion"), result)
    label_panel(axes, letter, "which learner wins for data of which")
