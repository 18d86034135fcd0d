"""Learning sets: correct choices by trial of a problem, training, and decoding from units."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.curves import LineStyle, draw_curves
from pfc_analysis.plotting.style import BLUE, GREY

CHANCE = 0.5


def draw_problem_curves(
    axes: Axes, curves: xr.Dataset, names: Sequence[str], *, line: str = "-"
) -> Axes:
    """Draw correct choices by trial, a curve for each block of problems or stage of training.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    curves : xarray.Dataset
        `mean`, `lower` and `upper` on (block, `trial`), blocks in order under any name; bounds are
        NaN where there is no interval.
    names : sequence of str
        Of the blocks, for the legend.
    line : str
        Matplotlib's line style.

    Returns
    -------
    matplotlib.axes.Axes
    """
    (block,) = (dim for dim in curves["mean"].dims if dim != "trial")
    axes.axhline(CHANCE, color=GREY, lw=0.6)
    # From light to dark as experience grows; the lightest colours do not show on white.
    shades = mpl.colormaps["viridis_r"](np.linspace(0.12, 1.0, curves.sizes[block]))
    for k, (name, shade) in enumerate(zip(names, shades, strict=True)):
        style = LineStyle(mpl.colors.to_hex(shade), line, "o")
        draw_curves(axes, {name: curves.isel({block: k})}, {name: style})
    return finish_problem_axes(axes, curves["trial"].values)


def draw_training_curves(axes: Axes, curves: xr.DataArray, solved: np.ndarray) -> Axes:
    """Draw the reward per trial of every replica over training.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    curves : xarray.DataArray
        Reward a trial on `subject` and `sessions`.
    solved : ndarray of bool, shape (subject,)
        Whether each subject solved the task.

    Returns
    -------
    matplotlib.axes.Axes
    """
    own = curves.transpose("subject", "sessions").values
    at = curves["sessions"].values / 1000.0
    for rows, colour, name in ((solved, BLUE, "solved it"), (~solved, GREY, "did not")):
        for k, row in enumerate(own[rows]):
            axes.plot(at, row, color=colour, lw=0.9, label=f"{rows.sum()} {name}" if k == 0 else "")
    axes.set(xlabel="sessions of training (thousands)", ylabel="reward a trial")
    axes.legend(loc="lower right")
    return axes


def finish_problem_axes(axes: Axes, trials: np.ndarray) -> Axes:
    """Set limits and labels for shares of correct choices by trial."""
    axes.set(xlabel="trial of the problem", xticks=trials, ylim=(0.0, 1.03))
    axes.set_xlim(trials[0] - 0.4, trials[-1] + 0.4)
    return axes


def draw_decoding(
    axes: Axes, accuracy: xr.Dataset, values: xr.DataArray, trials: Sequence[int]
) -> Axes:
    """Draw decoding accuracy over the steps of a trial, for some trials of the problem.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    accuracy : xarray.Dataset
        `mean`, `lower` and `upper` over subjects on (`trial`, `step`).
    values : xarray.DataArray
        Accuracy of every subject, on `subject`, `trial` and `step`; drawn as dots.
    trials : sequence of int
        Trials to draw, from light to dark.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes.axhline(CHANCE, color=GREY, lw=0.6)
    shades = mpl.colormaps["viridis_r"](np.linspace(0.25, 1.0, len(trials)))
    steps = [str(name) for name in accuracy["step"].values]
    offsets = 0.14 * (np.arange(len(trials)) - (len(trials) - 1) / 2)
    for trial, shade, offset in zip(trials, shades, offsets, strict=True):
        colour = mpl.colors.to_hex(shade)
        at = np.arange(len(steps)) + offset
        curve = accuracy.sel(trial=trial)
        middle = curve["mean"].values
        reach = np.stack([middle - curve["lower"].values, curve["upper"].values - middle])
        axes.errorbar(at, middle, np.nan_to_num(reach), color=colour, fmt="o-", ms=2.5, lw=1.0,
                      label=f"trial {trial}")  # fmt: skip
        dots = values.sel(trial=trial).transpose("step", "subject").values
        axes.plot(at, dots, ".", ms=2.5, color=colour, alpha=0.4, mew=0)
    axes.set_xticks(range(len(steps)), steps)
    axes.set(ylim=(0.3, 1.03))
    return axes
