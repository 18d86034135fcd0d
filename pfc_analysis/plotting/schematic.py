"""Schematic drawings of the two-step task and of the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION

_BOX = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": INK, "lw": 0.8}


def draw_two_step_task(axes: Axes, settings: Mapping[str, float]) -> Axes:
    """Draw the states of the two-step task with its probabilities (Fig. 5a).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    settings : mapping
        `common_probability`, `reward_probability` and `reversal_probability` of the task.

    Returns
    -------
    matplotlib.axes.Axes
    """
    common, reward = settings["common_probability"], settings["reward_probability"]
    places = {"fixation": (0.5, 0.97), "left": (0.22, 0.70), "right": (0.78, 0.70)}
    seconds = {"left": (0.22, 0.33), "right": (0.78, 0.33)}
    axes.text(*places["fixation"], "fixation", ha="center", va="center", bbox=_BOX)
    for side in ("left", "right"):
        _arrow(axes, places["fixation"], places[side], GREY, 0.055)
        axes.text(*places[side], side, ha="center", va="center", bbox=_BOX)
        other = "right" if side == "left" else "left"
        _arrow(axes, places[side], seconds[other], VERMILLION, 0.055, dashed=True)
        _arrow(axes, places[side], seconds[side], BLUE, 0.055)
    axes.text(0.19, 0.515, f"{common:g}", color=BLUE, ha="right", va="center")
    axes.text(0.5, 0.60, f"{1 - common:.2g}", color=VERMILLION, ha="center")
    payoffs = (reward, 1 - reward)
    for (name, place), payoff in zip(seconds.items(), payoffs, strict=True):
        side = "left" if name == "left" else "right"
        axes.text(*place, f"state {side}", ha="center", va="center", bbox=_BOX)
        axes.text(place[0], place[1] - 0.15, f"reward {payoff:.2g}", ha="center", va="center")
    roles = {"arrowstyle": "<->", "color": INK, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
    axes.annotate("", (0.58, 0.18), (0.42, 0.18), arrowprops=roles)
    axes.text(0.5, 0.04, f"change roles: {settings['reversal_probability']:g} a trial", ha="center")
    axes.set(xlim=(0, 1), ylim=(0, 1.05))
    axes.axis("off")
    return axes


def draw_network(axes: Axes, n_units: int, inputs: Sequence[str]) -> Axes:
    """Draw the agent's inputs, recurrent units, policy and value (Fig. 1a).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    n_units : int
        LSTM units.
    inputs : sequence of str
        What the agent reads: "last action", "last reward", and in most tasks "observation".

    Returns
    -------
    matplotlib.axes.Axes
    """
    (left, right), (bottom, top) = (0.04, 0.9), (0.4, 0.64)
    box = FancyBboxPatch((left, bottom), right - left, top - bottom, boxstyle="round,pad=0",
                         fc="white", ec=INK, lw=0.8)  # fmt: skip
    box.set_boxstyle("round", pad=0, rounding_size=0.05)
    axes.add_patch(box)
    middle = (left + right) / 2
    axes.text(middle, (bottom + top) / 2, f"LSTM\n{n_units} units", ha="center", va="center")
    places = middle + 0.34 * np.linspace(-1, 1, len(inputs))
    for name, x in zip(inputs, places, strict=True):
        axes.text(x, 0.14, name.replace(" ", "\n"), ha="center", va="top")
        _arrow(axes, (x, 0.16), (x, bottom), GREY, 0.0)
    for name, x, colour in (("policy", middle - 0.2, BLUE), ("value", middle + 0.2, VERMILLION)):
        axes.text(x, 0.88, name, ha="center", va="bottom", color=colour)
        _arrow(axes, (x, top), (x, 0.87), colour, 0.0)
    loop = {"arrowstyle": "-|>", "color": GREY, "connectionstyle": "arc3,rad=-1.4"}
    loop |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
    axes.annotate("", (right, bottom + 0.06), (right, top - 0.06), arrowprops=loop)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.axis("off")
    return axes


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    gap: float,
    dashed: bool = False,
) -> None:
    axes.annotate(
        "", (end[0], end[1] + gap), (start[0], start[1] - gap),
        arrowprops={
            "arrowstyle": "-|>", "color": colour, "ls": "--" if dashed else "-", "shrinkA": 0,
            "shrinkB": 0, "mutation_scale": 6, "lw": 0.8,
        },
    )  # fmt: skip
