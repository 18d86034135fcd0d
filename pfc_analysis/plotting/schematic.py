"""Schematic drawings of the two-step task and of the agent."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes

from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION

_BOX = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": INK}


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
    axes.annotate("", (0.62, 0.18), (0.38, 0.18), arrowprops={"arrowstyle": "<->", "color": INK})
    axes.text(0.5, 0.04, f"change roles: {settings['reversal_probability']:g} a trial", ha="center")
    axes.set(xlim=(0, 1), ylim=(0, 1.05))
    axes.axis("off")
    return axes


def draw_network(axes: Axes, n_units: int) -> Axes:
    """Draw the agent's inputs, recurrent units, policy and value (Fig. 1a).

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
    units = (0.5, 0.52)
    axes.text(*units, f"LSTM\n{n_units} units", ha="center", va="center", bbox=_BOX)
    inputs = {"observation": 0.12, "last action": 0.5, "last reward": 0.88}
    for name, x in inputs.items():
        axes.text(x, 0.08, name.replace(" ", "\n"), ha="center", va="center")
        _arrow(axes, (x, 0.12), (0.5 + 0.25 * (x - 0.5), 0.35), GREY, 0.04)
    for name, x, colour in (("policy", 0.24, BLUE), ("value", 0.76, VERMILLION)):
        axes.text(x, 0.95, name, ha="center", va="center", color=colour)
        _arrow(axes, (0.5 + 0.25 * (x - 0.5), 0.69), (x, 0.87), colour, -0.02)
    loop = {"arrowstyle": "-|>", "color": GREY, "connectionstyle": "arc3,rad=-1.6"}
    axes.annotate("", (0.72, 0.45), (0.72, 0.6), arrowprops=loop)
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
        arrowprops={"arrowstyle": "-|>", "color": colour, "ls": "--" if dashed else "-"},
    )  # fmt: skip
