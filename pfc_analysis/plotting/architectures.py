"""Schematic drawing of two architectures: what each part reads, and which errors teach it."""

from __future__ import annotations

from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, INK, VERMILLION

_BOX = {"boxstyle": "round,pad=0.3", "fc": "white", "lw": 0.9}


def draw_two_architectures(axes: Axes) -> Axes:
    """Draw the network of Wang et al. (2018) above that of Blanco-Pozo et al. (2024).

    Arrows show what is read. Below each box stands the error that teaches it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.text(0.0, 1.0, "Wang et al.", weight="bold", va="top")
    axes.text(0.0, 0.80, "observation,\nreward or\nits error", va="center")
    _connect(axes, (0.24, 0.80), (0.315, 0.80), INK)
    _draw_part(axes, (0.42, 0.80), "LSTM", "reward prediction error", VERMILLION)
    _connect(axes, (0.525, 0.80), (0.70, 0.80), INK)
    axes.text(0.72, 0.80, "actions,\nvalue", va="center")
    axes.text(0.0, 0.48, "rival", weight="bold", va="top")
    axes.text(0.0, 0.25, "observation,\nreward", va="center")
    _connect(axes, (0.24, 0.25), (0.315, 0.25), INK)
    _draw_part(axes, (0.42, 0.25), "LSTM", "error of prediction", BLUE)
    _connect(axes, (0.42, 0.325), (0.42, 0.40), BLUE)
    axes.text(0.42, 0.41, "next observation,\nreward", color=BLUE, va="bottom", ha="center")
    _connect(axes, (0.525, 0.25), (0.70, 0.25), INK)
    _draw_part(axes, (0.82, 0.25), "actor-\ncritic", "reward\nprediction error", VERMILLION)
    _connect(axes, (0.82, 0.365), (0.82, 0.45), INK)
    axes.text(0.82, 0.46, "actions, value", va="bottom", ha="center")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.axis("off")
    return axes


def _draw_part(
    axes: Axes, place: tuple[float, float], name: str, teacher: str, colour: str
) -> None:
    """Draw a part of a network, with the error that teaches it below."""
    axes.text(*place, name, ha="center", va="center", bbox={**_BOX, "ec": INK})
    below = place[1] - (0.115 if "\n" not in name else 0.15)
    axes.text(place[0], below, f"\u2191 {teacher}", ha="center", va="top", color=colour)


def _connect(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0, "lw": 0.8}
    axes.annotate("", end, start, arrowprops={**arrow, "mutation_scale": 6})
