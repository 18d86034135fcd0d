"""Weights of past rewards and choices, over lags (Wang et al. 2018, Fig. 2c, f)."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.curves import LineStyle, draw_curves, draw_subject_dots
from pfc_analysis.plotting.style import BLUE, INK, VERMILLION

_STYLES = {"reward": LineStyle(BLUE, "-", "o"), "choice": LineStyle(VERMILLION, "-", "o")}


def draw_reward_history(
    axes: Axes,
    history: xr.Dataset,
    means: Mapping[str, xr.Dataset],
    published: Mapping[int, float],
    reference: xr.Dataset | None = None,
) -> Axes:
    """Draw the weights of rewards and choices some trials ago on the next choice.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    history : xarray.Dataset
        `reward_weight` and `choice_weight` (log-odds) on (`subject`, `lag`): a dot each
        (`fit_reward_history`).
    means : mapping of str to xarray.Dataset
        `mean`, `lower` and `upper` on `lag` of "reward" and "choice" (`summarise_subjects`): the
        lines.
    published : mapping of int to float
        Published weights of rewards, by lag, drawn as open diamonds; may be empty.
    reference : xarray.Dataset, optional
        The same as `history` of one subject to compare with: dashed lines.

    Returns
    -------
    matplotlib.axes.Axes
        Its x axis runs from recent trials at the left to old ones at the right.
    """
    axes.axhline(0, color=INK, lw=0.6)
    for name, style in _STYLES.items():
        if history.sizes["subject"] > 1:
            draw_subject_dots(axes, history[f"{name}_weight"], style)
    draw_curves(axes, {f"{name} then": means[name] for name in _STYLES},
                {f"{name} then": style for name, style in _STYLES.items()})  # fmt: skip
    if reference is not None:
        for name, style in _STYLES.items():
            axes.plot(reference["lag"], reference[f"{name}_weight"].squeeze(),
                      color=style.colour, ls="--", lw=0.9)  # fmt: skip
        axes.plot([], [], "--", color=INK, lw=0.9, label=str(reference["subject"].item()))
    if published:
        axes.plot(list(published), list(published.values()), "D", ms=3.5, mew=0.8,
                  mfc="none", mec=INK, label="monkeys, reward")  # fmt: skip
    lags = history["lag"].values
    axes.set(xlabel="trials ago", ylabel="weight on choice (log-odds)",
             xlim=(lags[0] - 0.5, lags[-1] + 0.5), xticks=lags[::2])  # fmt: skip
    axes.legend(loc="upper right")
    return axes
