"""Panels of Figure N1: learning curves and shares of monkeys, agents and observers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D

from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION
from pfc_analysis.reproduction.animals.monkeys import IN_PLACE, MONKEYS
from pfc_analysis.reproduction.numbers import MEAN
from pfc_analysis.reproduction.tables.monkey_numbers import AGENTS, OBSERVER, find_panel

STYLES = {OBSERVER: (GREY, "s"), AGENTS: (BLUE, "o"), MONKEYS: (VERMILLION, "D")}
"""Colour and mark of the mean of each group."""

INDIVIDUALS = {"V": "^", "W": "v"}
"""Marks of single monkeys; replicas are dots."""

CHANCE = 0.5
_SPAN = re.compile(r"(\d+) to (\d+) (after|before)")
_WIDTH = 0.26
"""Distance between groups at one place."""


def place_of(condition: str) -> float:
    """Return the middle of the trials that a point of a learning curve joins."""
    found = _SPAN.search(condition)
    assert found is not None, condition
    middle = (int(found[1]) + int(found[2])) / 2
    return middle if found[3] == "after" else -middle


def draw_curve(axes: Axes, found: Mapping[str, pd.DataFrame], panel: str) -> Axes:
    """Draw the share of better choices over trials of a block, group by group.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    found : mapping of str to pandas.DataFrame
        Results by group (`measure_all`).
    panel : str
        Its letter.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(CHANCE, color=GREY, lw=0.6, ls=":")
    for source, (colour, _) in STYLES.items():
        table = found[source]
        rows = table[table["quantity"] == "correct_share"]
        rows = rows[[find_panel("correct_share", name) == panel for name in rows["condition"]]]
        rows = rows.assign(place=[place_of(name) for name in rows["condition"]])
        mean = rows[rows["subject"] == MEAN].sort_values("place")
        x, low, high = (mean[name].to_numpy() for name in ("place", "lower", "upper"))
        line = "--" if source == OBSERVER else "-"
        axes.plot(x, mean["value"], color=colour, ls=line, lw=1.1, zorder=3)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
        if source != OBSERVER:
            _draw_subjects(axes, rows["place"], rows[rows["subject"] != MEAN], colour)
    axes.axvline(0, color=GREY, lw=0.6)
    axes.set_ylim(0.1, 1.03)
    return axes


def _draw_subjects(axes: Axes, place: pd.Series, rows: pd.DataFrame, colour: str) -> None:
    """Draw single subjects at their places (by the index of `rows`)."""
    for subject, own in rows.groupby("subject", sort=False):
        mark = INDIVIDUALS.get(str(subject), "o")
        size = 2.6 if subject in INDIVIDUALS else 1.6
        axes.plot(place[own.index], own["value"], mark, ms=size, color=colour, alpha=0.6, mew=0)


def draw_cells(
    axes: Axes,
    found: Mapping[str, pd.DataFrame],
    cells: Sequence[tuple[str, str]],
    labels: Sequence[str],
    published: Mapping[str, float] | None = None,
) -> Axes:
    """Draw quantities side by side: subjects as dots, means with intervals.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    found : mapping of str to pandas.DataFrame
        Results by group; groups without a quantity are left out.
    cells : sequence of tuple of str
        Quantity and condition at each place.
    labels : sequence of str
        Label of each place.
    published : mapping, optional
        Values by condition, drawn as open diamonds.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for number, (source, (colour, mark)) in enumerate(STYLES.items()):
        for place, (quantity, condition) in enumerate(cells):
            table = found[source]
            same = (table["quantity"] == quantity) & (table["condition"] == condition)
            rows = table[same]
            at = place + (number - 1) * _WIDTH
            own = rows[rows["subject"] != MEAN]
            if len(own) > 1:
                spread = np.linspace(-0.07, 0.07, len(own))
                _draw_subjects(axes, pd.Series(at + spread, own.index), own, colour)
            _draw_mean(axes, at, rows[rows["subject"] == MEAN], colour, mark)
    for place, (_, condition) in enumerate(cells):
        if published and condition in published:
            axes.plot(place + _WIDTH + 0.13, published[condition], "D", ms=3, mfc="none", mec=INK,
                      mew=0.7)  # fmt: skip
    return _name_places(axes, labels)


def _draw_mean(axes: Axes, at: float, rows: pd.DataFrame, colour: str, mark: str) -> None:
    for _, row in rows.iterrows():
        axes.plot([at, at], [row["lower"], row["upper"]], color=colour, lw=1.1, zorder=3)
        axes.plot(at, row["value"], mark, ms=3, mfc=colour, mec="white", mew=0.4, zorder=4)


def draw_in_place(
    axes: Axes, found: Mapping[str, pd.DataFrame], quantity: str, logarithmic: bool = False
) -> Axes:
    """Draw how well agents in a monkey's place predict its choices, by monkey and kind of block."""
    table = found[IN_PLACE][found[IN_PLACE]["quantity"] == quantity]
    names = list(dict.fromkeys(table["condition"]))
    axes.axhline(CHANCE, color=GREY, lw=0.6, ls=":")
    for place, name in enumerate(names):
        rows = table[table["condition"] == name]
        own = rows[rows["subject"] != MEAN]
        spread = np.linspace(-0.3, -0.12, len(own))
        _draw_subjects(axes, pd.Series(place + spread, own.index), own, BLUE)
        _draw_mean(axes, place + 0.1, rows[rows["subject"] == MEAN], BLUE, "o")
    if logarithmic:
        axes.set_yscale("log")
        ticks = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    return _name_places(axes, [name.replace(", ", "\n") for name in names])


def _name_places(axes: Axes, labels: Sequence[str]) -> Axes:
    axes.set_xticks(range(len(labels)), labels)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.55, len(labels) - 0.45)
    return axes


def add_legend(part: SubFigure, published: str) -> None:
    """Add the legend of all panels below a row."""
    handles = [
        Line2D([], [], color=colour, marker=mark, ms=3, lw=1.1, label=source,
               ls="--" if source == OBSERVER else "-")
        for source, (colour, mark) in STYLES.items()
    ]  # fmt: skip
    handles += [
        Line2D(
            [], [], color=VERMILLION, marker=mark, ms=3, ls="", alpha=0.6, label=f"monkey {name}"
        )
        for name, mark in INDIVIDUALS.items()
    ]
    handles.append(
        Line2D([], [], color=BLUE, marker="o", ms=1.6, ls="", alpha=0.6, label="replicas")
    )
    handles.append(
        Line2D([], [], marker="D", ms=3, ls="", mfc="none", mec=INK, mew=0.7, label=published)
    )
    part.legend(handles=handles, loc="outside lower center", ncols=len(handles))
