"""Schematic drawing of a network with a habit learner beside it."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, GREY, INK, ORANGE

NETWORK, HABIT = BLUE, ORANGE
"""Colours of the two systems."""


def draw_habit_beside_network(axes: Axes, n_units: int, rate: float, weight: float) -> Axes:
    """Draw a network and a habit learner, whose contributions to the policy are added.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; about one and a half times as wide as high.
    n_units : int
        LSTM units.
    rate, weight : float
        Learning rate of the habit, and the weight of its values.

    Returns
    -------
    matplotlib.axes.Axes
    """
    network = f"network: LSTM, {n_units} units\nstate begins anew\nin each session"
    habit = f"habit: a value for each\nobservation and action,\nlearns {rate:g} of each error,\n"
    habit += "kept over sessions"
    _box(axes, 0.24, 0.52, network, NETWORK)
    _box(axes, 0.79, 0.52, habit, HABIT)
    axes.text(0.5, 0.95, "policy: softmax of the sum", ha="center", va="center")
    axes.text(0.24, 0.06, "observation, last\naction and reward", ha="center", va="center")
    axes.text(0.79, 0.06, "observation; reward\nof the trial", ha="center", va="center")
    for x, to, colour in ((0.24, 0.42, NETWORK), (0.79, 0.58, HABIT)):
        _arrow(axes, (x, 0.16), (x, 0.34), GREY)
        _arrow(axes, (x, 0.70), (to, 0.88), colour)
    axes.text(0.29, 0.81, "logits", ha="right", va="center", color=NETWORK)
    axes.text(0.73, 0.81, f"{weight:g} x value", ha="left", va="center", color=HABIT)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.axis("off")
    return axes


def _box(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    box = {"boxstyle": "round,pad=0.4", "fc": "white", "ec": colour, "lw": 0.9}
    axes.text(x, y, text, ha="center", va="center", bbox=box, color=INK)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 6, "lw": 0.8}
    axes.annotate("", end, start, arrowprops=arrow | {"shrinkA": 0, "shrinkB": 0})
