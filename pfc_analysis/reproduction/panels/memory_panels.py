"""Panels of agents with an episodic memory: stays, indices, lesions, what is reinstated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.choice_pictures import stay_probability
from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.style import BLUE, GREEN, GREY, VERMILLION, Axes, label_panel
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables.memory_numbers import MemoryChoices

STAYS = {
    "memory, cued": (0, "cued_trial"),
    "memory, no cue": (0, "last_trial_uncued"),
    "without, cued": (1, "last_trial_cued"),
    "without, no cue": (1, "last_trial_uncued"),
}
"""Titles of the stay panels: which group, and relative to what."""

COLOURS = (GREEN, GREY)
"""Of agents with memory and without."""


def draw_stays(
    panels: Sequence[Axes], groups: Mapping[str, MemoryChoices], numbers: Numbers, letters: str
) -> None:
    """Draw stay probabilities of both groups, with the published ones."""
    names = list(groups)
    for axes, letter, (title, (group, reference)) in zip(
        panels, letters, STAYS.items(), strict=True
    ):
        paper = numbers.paper("stay_probability", names[group])
        own = {
            name.removeprefix(f"{reference} "): value
            for name, value in paper.items()
            if name.startswith(f"{reference} ")
        }
        stay = groups[names[group]].stay.sel(reference=reference)
        stay_probability(stay, axes, published=own, lowest=0.0, legend=False)
        label_panel(axes, letter, title)
        if axes is not panels[0]:
            axes.set_ylabel("")


def draw_indices(axes: Axes, groups: Mapping[str, MemoryChoices], letter: str) -> None:
    """Draw the four indices of both groups side by side: dots, replicas; mean with interval."""
    axes.axhline(0.0, color=GREY, lw=0.5, zorder=0)
    for shift, (name, found), colour in zip((-0.18, 0.18), groups.items(), COLOURS, strict=True):
        _draw_shifted(axes, found.indices, "index", shift, colour, name.removeprefix("agents "))
    axes.set_xticks(range(4), ["model-\nbased", "model-\nfree"] * 2)
    for middle, text in ((0.5, "incremental"), (2.5, "episodic")):
        axes.annotate(
            text, (middle, 0), (0, -4.2 * mpl.rcParams["font.size"]), ha="center", va="top",
            xycoords=axes.get_xaxis_transform(), textcoords="offset points",
        )  # fmt: skip
    axes.set(xlim=(-0.6, 3.6), ylabel="index (log-odds)")
    low, high = axes.get_ylim()
    axes.set_ylim(low, low + 1.25 * (high - low))  # room for the legend
    axes.legend(loc="upper left", ncols=2, handletextpad=0.1)
    label_panel(axes, letter, "cued trials, one regression")


def _draw_shifted(
    axes: Axes, result: xr.Dataset, variable: str, shift: float, colour: str, name: str
) -> None:
    mean = summarise_subjects(result, variable)
    values = result[variable].transpose("subject", ...).values
    spread = np.linspace(-0.1, 0.1, values.shape[0])
    for place in range(values.shape[1]):
        label = name if place == 0 else None
        axes.plot(place + shift + spread, values[:, place], "o", ms=2.0, mfc="white", mec=colour,
                  mew=0.6, label=label)  # fmt: skip
        middle, low, high = (float(mean[n][place]) for n in ("mean", "lower", "upper"))
        ends = [[middle - low], [high - middle]]
        axes.errorbar(place + shift, middle, ends, color=colour, fmt="_", ms=5, lw=1.0)


def draw_lesions(
    panels: Sequence[Axes], found: xr.Dataset, without: MemoryChoices, letters: str
) -> None:
    """Draw effects of cues, of last trials, and the reward, for each change of the memory.

    Dashed lines: means of the agents `without` memory.
    """
    drawn = (
        ("cue_effect", "effect of the cue", "cued trials"),
        ("incremental_stay_index", "model-based stay index", "last trial, no cue"),
        ("cued_reward", "reward a trial", "cued trials"),
    )
    indices = without.stay["model_based_index"].mean("subject")
    lines = (
        float(without.effect["cue_effect"].mean()),
        float(indices.sel(reference="last_trial_uncued")),
        float(without.reward["reward"].sel(cue="cued").mean()),
    )
    for axes, letter, line, (name, label, title) in zip(panels, letters, lines, drawn, strict=True):
        axes.axhline(line, color=GREY, ls="--", lw=0.7, zorder=0)
        draw_columns(axes, found, name)
        axes.set_xticks(axes.get_xticks(), found["lesion"].values, rotation=40, ha="right",
                        rotation_mode="anchor")  # fmt: skip
        axes.set(ylabel=label)
        label_panel(axes, letter, title)
    for axes in panels[:2]:
        axes.axhline(0.0, color=GREY, lw=0.5, zorder=0)
        axes.set_ylim(-0.12, 1.05)


def draw_reinstated(axes: Axes, found: xr.Dataset, letter: str) -> None:
    """Draw what of the cued trial is decoded from the cell, before the cue and at it."""
    names = {"reward": "reward", "second_state": "state", "choice": "action"}
    axes.axhline(0.5, color=GREY, lw=0.5, ls="--", zorder=0)
    for shift, moment, colour in ((-0.18, "before", VERMILLION), (0.18, "after", BLUE)):
        own = found.sel(moment=moment, variable=list(names))
        label = {"before": "before the cue", "after": "at the cue"}[moment]
        _draw_shifted(axes, own, "balanced_accuracy", shift, colour, label)
    axes.set_xticks(range(3), [f"old\n{name}" for name in names.values()])
    axes.set(xlim=(-0.6, 2.6), ylim=(0.4, 1.25), ylabel="balanced accuracy")
    axes.set_yticks([0.4, 0.6, 0.8, 1.0])
    axes.legend(loc="upper left", handletextpad=0.1)
    label_panel(axes, letter, "decoded from the cell")


def draw_ages(axes: Axes, groups: Mapping[str, xr.Dataset], letter: str) -> None:
    """Draw the use of memory by the age of the cued trial."""
    axes.axhline(0.0, color=GREY, lw=0.5, zorder=0)
    for (name, found), colour in zip(groups.items(), COLOURS, strict=True):
        mean = summarise_subjects(found, "memory_use")
        x = found["bin_mean"].values
        axes.plot(x, found["memory_use"].values.T, "o", ms=2.0, mfc="white", mec=colour, mew=0.6)
        axes.plot(x, mean["mean"], color=colour, label=name.removeprefix("agents "))
        axes.fill_between(x, mean["lower"], mean["upper"], color=colour, alpha=0.2, lw=0)
    axes.set(xlabel="age of the memory (trials)", ylabel="model-based stay index",
             ylim=(-0.12, 1.35))  # fmt: skip
    axes.set_yticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.legend(loc="upper left")
    label_panel(axes, letter, "use by age")
