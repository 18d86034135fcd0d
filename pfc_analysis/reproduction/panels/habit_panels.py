"""Panels of agents with a habit beside the network: training, silencing, overtraining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.choice_pictures import stay_probability
from pfc_analysis.plot.subject_means import draw_columns, draw_mean_curve
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.habit_schematic import HABIT, NETWORK
from pfc_analysis.plotting.style import GREEN, GREY, INK, VERMILLION, Axes, label_panel

SYSTEMS = {"network": LineStyle(NETWORK), "habit": LineStyle(HABIT, "--")}
INDICES = {
    "model_based": ("model-based", LineStyle(GREEN)),
    "model_free": ("model-free", LineStyle(VERMILLION, "--")),
}
STAGES = (LineStyle(VERMILLION, "--"), LineStyle(INK))
"""Of networks early in training and fully trained."""


def draw_training(panels: Sequence[Axes], found: xr.Dataset, letters: str) -> None:
    """Draw contributions to fixating and to the side, and indices of staying, over training."""
    titles = ("who fixates", "who chooses the side", "what both do")
    labels = ("log-odds of fixating", "SD of log-odds, left or right", "stay index")
    for axes, name in zip(panels, ("fixating", "side"), strict=False):
        for system, style in SYSTEMS.items():
            draw_mean_curve(axes, found.sel(system=system), name, system, style)
    for name, (text, style) in INDICES.items():
        draw_mean_curve(panels[2], found, f"{name}_index", text, style)
    updates = found["updates"].values
    for axes, letter, title, label in zip(panels, letters, titles, labels, strict=True):
        axes.axhline(0.0, color=GREY, lw=0.5, zorder=0)
        axes.set_xscale("log")
        axes.set_xticks(updates, [str(n) for n in updates])
        axes.minorticks_off()
        axes.set(xlabel="updates of the network", ylabel=label)
        axes.legend(loc="best", handlelength=1.6)
        label_panel(axes, letter, title)
    panels[2].set_ylim(top=0.8)


def draw_stays(
    panels: Sequence[Axes], found: xr.Dataset, names: Sequence[str], letters: str
) -> None:
    """Draw stay probabilities with both systems, and with one of them silenced."""
    for axes, name, letter in zip(panels, names, letters, strict=True):
        own = found.sel(left=name)
        stay_probability(own, axes, lowest=0.3, legend=False)
        label_panel(axes, letter, name)
        if axes is not panels[0]:
            axes.set_ylabel("")


def draw_silenced(panels: Sequence[Axes], found: xr.Dataset, letters: str) -> None:
    """Draw indices of staying, the stay regression, and the reward, by what is left."""
    indices, fit, reward = panels
    for shift, (name, (text, style)) in zip((-0.15, 0.15), INDICES.items(), strict=True):
        _draw_shifted(indices, found, f"{name}_index", shift, style.colour, text)
        _draw_shifted(fit, found.sel(predictor=name), "coefficient", shift, style.colour, text)
    draw_columns(reward, found, "reward")
    titles = ("stays", "stays, regression", "reward")
    labels = ("stay index", "coefficient (log-odds)", "reward a trial")
    names = found["left"].values.tolist()
    for axes, letter, title, label in zip(panels, letters, titles, labels, strict=True):
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set(xlim=(-0.6, len(names) - 0.4), ylabel=label)
        label_panel(axes, letter, title)
    for axes in (indices, fit):
        axes.axhline(0.0, color=GREY, lw=0.5, zorder=0)
        low, high = axes.get_ylim()
        axes.set_ylim(low, low + 1.3 * (high - low))  # room for the legend
        axes.legend(loc="upper left", ncols=1, handletextpad=0.1)


def _draw_shifted(
    axes: Axes, found: xr.Dataset, variable: str, shift: float, colour: str, name: str
) -> None:
    mean = summarise_subjects(found, variable)
    for place, left in enumerate(found["left"].values):
        dots = found[variable].sel(left=left).values
        label = name if place == 0 else None
        axes.plot([place + shift] * dots.size, dots, "o", ms=2.0, mfc="white", mec=colour, mew=0.6,
                  label=label)  # fmt: skip
        middle, low, high = (float(mean[n].sel(left=left)) for n in ("mean", "lower", "upper"))
        axes.errorbar(place + shift, middle, [[middle - low], [high - middle]], color=colour,
                      fmt="_", ms=5, lw=1.0)  # fmt: skip


def draw_overtraining(
    panels: Sequence[Axes], groups: Mapping[str, xr.Dataset], letters: str
) -> None:
    """Draw choices of the side that is better now, who wins, and the reward lost to the habit."""
    drawn = (
        ("better_share", "choices of the better side", "old side against new"),
        ("follows_network", "choices with the network", "if they disagree"),
        ("reward_lost", "reward lost a trial", "cost of the old habit"),
    )
    for axes, letter, (name, label, title) in zip(panels, letters, drawn, strict=True):
        for (group, found), style in zip(groups.items(), STAGES, strict=True):
            draw_mean_curve(axes, found, name, group, style)
        counts = next(iter(groups.values()))["overtraining"].values
        axes.set_xscale("symlog", linthresh=1.0, linscale=0.6)
        axes.set_xticks(counts, [str(n) for n in counts])
        axes.minorticks_off()
        axes.set(xlabel="sessions with the old side better", ylabel=label)
        label_panel(axes, letter, title)
    for axes in panels[:2]:
        _draw_half(axes)
    panels[2].axhline(0.0, color=GREY, lw=0.5, zorder=0)
    panels[2].legend(loc="upper left")


def draw_weights(axes: Axes, found: Mapping[int, xr.Dataset], letter: str) -> None:
    """Draw choices of the better side by trained agents, by the weight of the habit at test."""
    for (count, own), style in zip(found.items(), (LineStyle(GREY, "--"), STAGES[1]), strict=True):
        draw_mean_curve(axes, own, "better_share", f"{count} sessions", style)
    weights = next(iter(found.values()))["weight"].values
    axes.set_xscale("log")
    axes.set_xticks(weights, [f"{one:g}" for one in weights])
    axes.minorticks_off()
    axes.set(xlabel="weight of the habit at test", ylabel="choices of the better side")
    _draw_half(axes)
    axes.legend(loc="lower left")
    label_panel(axes, letter, "trained, stronger habit")


def _draw_half(axes: Axes) -> None:
    """Mark one half on an axis of shares."""
    axes.axhline(0.5, color=GREY, lw=0.5, ls=":", zorder=0)
    axes.set_ylim(0.0, 1.03)
