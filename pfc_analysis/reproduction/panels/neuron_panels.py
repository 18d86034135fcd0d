"""Panels of Figure N2: what sets of features add, power, and coding by area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, GREY, INK, ORANGE, PURPLE, VERMILLION
from pfc_analysis.reproduction.animals.monkey_coding import MODEL_BASED, MODEL_FREE
from pfc_analysis.reproduction.animals.monkey_encoding import AGENT, SETS, UNTRAINED
from pfc_analysis.reproduction.numbers import MEAN

LABELS = {
    "lags": "five past trials",
    "learner": "a learner's values",
    "observer": "observer's beliefs",
    UNTRAINED: "untrained networks",
    AGENT: "trained agents",
}
COLOURS = {
    "lags": GREY,
    "learner": VERMILLION,
    "observer": ORANGE,
    UNTRAINED: PURPLE,
    AGENT: BLUE,
}
AREAS = ("ACC", "DLPFC", "Caudate", "Putamen")
PER_CENT = 100.0
_APART = 0.15


def pick(table: pd.DataFrame, quantity: str, condition: str) -> pd.DataFrame:
    """Return the rows of a quantity under a condition."""
    return table[(table["quantity"] == quantity) & (table["condition"] == condition)]


def draw_gains(axes: Axes, table: pd.DataFrame, cell: str) -> Axes:
    """Draw what each set adds to the events in one comparison; replicas are dots."""
    axes.axvline(0, color=GREY, lw=0.6, ls=":")
    for place, name in enumerate(SETS):
        rows = pick(table, "encoding_gain", f"{cell}, {name}")
        _draw_row(axes, place, rows[rows["subject"] == MEAN], COLOURS[name])
        single = rows.loc[rows["subject"] != MEAN, "value"].to_numpy()
        height = place - 0.3 + np.linspace(-0.08, 0.08, single.size)
        axes.plot(PER_CENT * single, height, "o", ms=1.5, color=COLOURS[name], mew=0, alpha=0.7)
    axes.set_yticks(range(len(SETS)), [LABELS[name] for name in SETS])
    axes.set(ylim=(len(SETS) - 0.5, -0.6), xlabel="variance added (%)")
    return axes


def _draw_row(axes: Axes, place: float, rows: pd.DataFrame, colour: str) -> None:
    for _, row in rows.iterrows():
        axes.plot([PER_CENT * row["lower"], PER_CENT * row["upper"]], [place, place], color=colour,
                  lw=1.1)  # fmt: skip
        axes.plot(PER_CENT * row["value"], place, "o", ms=3.2, mfc=colour, mec="white", mew=0.4)


def draw_differences(axes: Axes, table: pd.DataFrame, cells: Sequence[str]) -> Axes:
    """Draw the agents' gain minus that of each rival, in each comparison."""
    rivals = [name for name in SETS if name != AGENT]
    axes.axhline(0, color=GREY, lw=0.6, ls=":")
    for number, rival in enumerate(rivals):
        rows = pd.concat([pick(table, "encoding_difference", f"{cell}, {rival}") for cell in cells])
        at = np.arange(len(cells)) + (number - 1.5) * _APART
        _draw_points(axes, at, rows, COLOURS[rival], LABELS[rival])
    axes.set_xticks(range(len(cells)), [cell.replace(", ", ",\n") for cell in cells])
    axes.set_ylabel("agents minus rival (%)")
    axes.set_ylim(bottom=-5.8)  # room for the names of rivals
    axes.legend(loc="lower left", ncols=2, handlelength=1, columnspacing=1)
    return axes


def _draw_points(
    axes: Axes, at: np.ndarray, rows: pd.DataFrame, colour: str, label: str | None = None,
    marker: str = "o", scale: float = PER_CENT,
) -> None:  # fmt: skip
    low, high, value = (scale * rows[name].to_numpy() for name in ("lower", "upper", "value"))
    axes.vlines(at, low, high, color=colour, lw=1.1)
    axes.plot(at, value, marker, ms=3.2, mfc=colour, mec="white", mew=0.4, label=label)


def draw_power(axes: Axes, table: pd.DataFrame, sources: Sequence[str]) -> Axes:
    """Draw how often the right source of simulated neurons was named, by what it added."""
    for source in sources:
        named = table[
            (table["quantity"] == "power_named") & table["condition"].str.startswith(f"{source},")
        ]
        gains = pd.concat([pick(table, "power_gain", name) for name in named["condition"]])
        at = PER_CENT * gains["value"].to_numpy()
        _draw_points(axes, at, named, COLOURS[source], LABELS[source], scale=1.0)
        axes.plot(at, named["value"], color=COLOURS[source], lw=0.8)
    axes.set_xscale("symlog", linthresh=0.5, linscale=0.6)
    ticks = [0, 0.5, 1, 2, 5]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(ylim=(-0.05, 1.05), xlabel="variance that the source adds (%)", ylabel="share named")
    axes.legend(loc="lower right", title="neurons made from", handlelength=1)
    return axes


def draw_coding(
    axes: Axes, table: pd.DataFrame, variables: Sequence[str], others: Mapping[str, float]
) -> Axes:
    """Draw the share of neurons that code variables by area, and the share that shifts allow."""
    for number, variable in enumerate(variables):
        at = np.arange(len(AREAS)) + (number - 0.5) * 0.36
        conditions = [f"{variable}, {area}" for area in AREAS]
        rows, null = (
            pd.concat([pick(table, name, one) for one in conditions])
            for name in ("coding_share", "coding_share_null")
        )
        colour = (BLUE, VERMILLION)[number]
        axes.hlines(null["value"], at - 0.13, at + 0.13, color=INK, lw=0.7, ls="-")
        _draw_points(axes, at, rows, colour, variable, scale=1.0)
        _draw_others(axes, at + 0.1, [others[one] for one in conditions])
    _name_areas(axes)
    axes.set(ylim=(0, 1), ylabel="share of neurons")
    axes.legend(loc="upper right", handlelength=1)
    return axes


def _draw_others(axes: Axes, at: np.ndarray, values: Sequence[float]) -> None:
    """Draw values of all sessions, of which no interval is known."""
    axes.plot(at, values, "D", ms=2.8, mfc="none", mec=INK, mew=0.6)


def _name_areas(axes: Axes) -> None:
    axes.set_xticks(range(len(AREAS)), [name.replace("Caudate", "caudate").replace("Putamen",
                    "putamen") for name in AREAS])  # fmt: skip


def draw_values(axes: Axes, table: pd.DataFrame, others: Mapping[str, float]) -> Axes:
    """Draw the variance that model-based and model-free values explain, by area."""
    axes.axhline(0, color=GREY, lw=0.6, ls=":")
    for number, (name, colour) in enumerate(_VALUE_COLOURS.items()):
        at = np.arange(len(AREAS)) + (number - 0.5) * 0.36
        conditions = [f"{name}, {area}" for area in AREAS]
        rows = pd.concat([pick(table, "explained_variance", one) for one in conditions])
        _draw_points(axes, at, rows, colour, name)
        _draw_others(axes, at + 0.1, [PER_CENT * others[one] for one in conditions])
    _name_areas(axes)
    axes.set_ylabel("variance explained (%)")
    axes.legend(loc="upper right", handlelength=1)
    return axes


_VALUE_COLOURS = {MODEL_BASED: BLUE, MODEL_FREE: VERMILLION}


def draw_value_differences(axes: Axes, table: pd.DataFrame) -> Axes:
    """Draw model-based minus model-free variance of neurons by area, and of networks' units."""
    axes.axhline(0, color=GREY, lw=0.6, ls=":")
    rows = pd.concat([pick(table, "explained_difference", area) for area in AREAS])
    _draw_points(axes, np.arange(len(AREAS)), rows, INK)
    places = {UNTRAINED: len(AREAS), AGENT: len(AREAS) + 1}
    for name, place in places.items():
        found = pick(table, "explained_difference", name)
        values = PER_CENT * found.loc[found["subject"] != MEAN, "value"].to_numpy()
        spread = place + np.linspace(0.12, 0.35, values.size)
        axes.plot(spread, values, "o", ms=2, color=COLOURS[name], mew=0, alpha=0.8)
        _draw_points(axes, np.array([place]), found[found["subject"] == MEAN], COLOURS[name])
    _name_areas(axes)
    names = [*AREAS[:2], "caudate", "putamen", "untrained", "agents"]
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_ylabel("difference (%)")
    return axes


def draw_sessions(axes: Axes, table: pd.DataFrame, sessions: Sequence[str], when: str) -> Axes:
    """Draw what each set adds to the events in each session of the two-step task."""
    axes.axhline(0, color=GREY, lw=0.6, ls=":")
    for number, name in enumerate(SETS):
        conditions = [f"{session}, {when}, {name}" for session in sessions]
        rows = pd.concat([pick(table, "encoding_gain", one) for one in conditions])
        at = np.arange(len(sessions)) + (number - 2) * _APART
        _draw_points(axes, at, rows[rows["subject"] == MEAN], COLOURS[name], LABELS[name])
        for place, one in zip(at, conditions, strict=True):
            own = rows[(rows["condition"] == one) & (rows["subject"] != MEAN)]
            single = PER_CENT * own["value"].to_numpy()
            spread = place + np.linspace(0.03, 0.08, single.size)
            axes.plot(spread, single, "o", ms=1.3, color=COLOURS[name], mew=0, alpha=0.6)
    axes.set_xticks(range(len(sessions)), [one.replace("Charlie", "session") for one in sessions])
    axes.set_ylabel("variance added (%)")
    return axes
