"""Schematic drawings of the episodic two-step task and of a network with an episodic memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from pfc_analysis.plotting.style import BLUE, GREEN, GREY, INK, VERMILLION

_BITS = ((1, 0, 1, 1, 0), (0, 1, 1, 0, 0), (1, 0, 0, 1, 1), (0, 0, 1, 0, 1))
"""Drawn in place of barcodes."""


_SUBSCRIPTS = "₁₂₃₄"  # not as mathematics, which SVG cannot hold as text


def draw_cued_task(axes: Axes, settings: Mapping[str, Any]) -> Axes:
    """Draw a session of the episodic two-step task: trials, barcodes, and a cue.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; about twice as wide as high.
    settings : mapping
        `trials`, `uncued_trials`, `common_probability`, `reward_probability` and
        `reversal_probability` of the task.

    Returns
    -------
    matplotlib.axes.Axes
    """
    uncued, last = int(settings["uncued_trials"]), int(settings["trials"])
    old, cued, other = 0.1, 0.66, 0.93
    axes.text(old, 0.99, "trial 1", ha="center", va="top")
    axes.text(0.29, 0.62, "…", ha="center", va="center")
    axes.text((cued + other) / 2, 0.99, f"trial {uncued + 1}, cued", ha="center", va="top")
    _draw_barcode(axes, (cued + other) / 2, 0.83, 0, GREEN)
    for x in (old, (cued + other) / 2):
        _box(axes, x, 0.69, "left or right")
    _arrow(axes, (old, 0.62), (old, 0.52), GREY)
    _box(axes, old, 0.45, "second state")
    _draw_barcode(axes, old, 0.29, 0)
    axes.text(old, 0.21, "reward 1", ha="center", va="top")
    for x, name in ((cued, "the same state"), (other, "the other one")):
        _arrow(axes, ((cued + other) / 2 + (x - cued - 0.135) * 0.3, 0.62), (x, 0.52), GREY)
        _box(axes, x, 0.45, name)
    _draw_barcode(axes, cued, 0.29, 0, GREEN)
    _draw_barcode(axes, other, 0.29, 1)
    axes.text(cued, 0.21, "reward 1 again", ha="center", va="top", color=GREEN)
    axes.text(other, 0.21, "reward by chance", ha="center", va="top")
    _arrow(axes, (old + 0.09, 0.31), (0.7, 0.83), GREEN, "arc3,rad=-0.15")
    common, reward = settings["common_probability"], settings["reward_probability"]
    text = (
        f"{uncued} trials without a cue, {last - uncued} with one; common transition {common:g}; "
        f"reward {reward:g} or {1 - reward:.2g}, reversed with {settings['reversal_probability']:g}"
    )
    axes.text(0.5, 0.0, text, ha="center", va="bottom")
    axes.set(xlim=(-0.02, 1.04), ylim=(-0.02, 1.02))
    axes.axis("off")
    return axes


def draw_memory_network(axes: Axes, n_units: int) -> Axes:
    """Draw an LSTM with a memory of its cell states, which a gate adds to the cell.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    n_units : int
        LSTM units.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _patch(axes, (0.0, 0.38), 0.44, 0.3, INK)
    axes.text(0.22, 0.61, f"LSTM, {n_units} units", ha="center", va="center")
    axes.text(0.22, 0.47, "cell c", ha="center", va="center", color=BLUE)
    axes.text(0.22, 0.06, "observation, last\naction and reward", ha="center", va="center")
    _arrow(axes, (0.22, 0.17), (0.22, 0.38), GREY)
    axes.text(0.22, 0.95, "policy, value", ha="center", va="center", color=VERMILLION)
    _arrow(axes, (0.22, 0.68), (0.22, 0.88), VERMILLION)
    _patch(axes, (0.66, 0.2), 0.34, 0.62, GREEN)
    axes.text(0.83, 0.895, "memory", ha="center", va="center", color=GREEN)
    for row in range(4):
        y = 0.70 - 0.14 * row
        _draw_barcode(axes, 0.765, y, row, INK, 0.13)
        axes.text(0.925, y, f"c{_SUBSCRIPTS[row]}", ha="center", va="center", color=BLUE)
    _arrow(axes, (0.66, 0.58), (0.44, 0.58), GREEN)
    axes.text(0.55, 0.645, "gate r", ha="center", va="center", color=GREEN)
    _arrow(axes, (0.44, 0.45), (0.66, 0.45), GREY)
    axes.text(0.55, 0.39, "store", ha="center", va="center", color=GREY)
    axes.text(0.83, 0.03, "barcode seen", ha="center", va="center", color=GREEN)
    _arrow(axes, (0.83, 0.075), (0.83, 0.2), GREEN)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.axis("off")
    return axes


def _draw_barcode(
    axes: Axes, x: float, y: float, code: int, colour: str = INK, width: float = 0.15
) -> None:
    """Draw a barcode of five bits around a place."""
    bits = np.array(_BITS[code])
    step = width / bits.size
    for k, bit in enumerate(bits):
        corner = (x - width / 2 + k * step, y - 0.045)
        face = colour if bit else "white"
        axes.add_patch(Rectangle(corner, step, 0.09, fc=face, ec=colour, lw=0.4))


def _box(axes: Axes, x: float, y: float, text: str) -> None:
    box = {"boxstyle": "round,pad=0.3", "fc": "white", "ec": INK, "lw": 0.7}
    axes.text(x, y, text, ha="center", va="center", bbox=box)


def _patch(
    axes: Axes, corner: tuple[float, float], width: float, height: float, colour: str
) -> None:
    box = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.04",
                         fc="white", ec=colour, lw=0.8)  # fmt: skip
    axes.add_patch(box)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    curve: str = "arc3,rad=0",
) -> None:
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "color": colour, "connectionstyle": curve}
    arrow |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 6, "lw": 0.8}
    axes.annotate("", end, start, arrowprops=arrow)
