"""Serial reversal: trials to criterion over reversals, and rate of learning problems."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION

Values = np.ndarray[Any, Any]
ANIMAL, AGENT = VERMILLION, BLUE
_FAINT: Any = {"color": ANIMAL, "alpha": 0.3, "lw": 0.7, "zorder": 1}


def draw_trials_to_criterion(
    axes: Axes,
    animals: xr.DataArray,
    animal_mean: xr.Dataset,
    agents: xr.DataArray,
    agent_mean: xr.Dataset,
    ideal: xr.DataArray,
    *,
    animal_name: str = "birds",
    note: str = "",
) -> Axes:
    """Draw trials to criterion of animals and agents, reversal by reversal.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; the y axis becomes logarithmic.
    animals : xarray.DataArray
        Trials to criterion on (`subject`, `reversal_number`), NaN where an animal has no value: a
        faint line each. How many there are is written above each number.
    animal_mean : xarray.Dataset
        `mean`, `lower`, `upper` on `reversal_number` (`compute_subject_mean`); drawn where two
        animals or more are left.
    agents, agent_mean : xarray.DataArray, xarray.Dataset
        Likewise of agents, each a dot; may have no reversal numbers.
    ideal : xarray.DataArray
        Trials to criterion on `reversal_number`, a dotted line.
    animal_name : str
        What the animals are called in the legend.
    note : str
        A remark about the animals, written in the panel.

    Returns
    -------
    matplotlib.axes.Axes
    """
    number = animals["reversal_number"].values
    for one in animals.transpose("subject", "reversal_number").values:
        axes.plot(number, one, **_FAINT)
    left = animals.notnull().sum("subject").values
    several = animal_mean.isel(reversal_number=left >= 2)
    label = f"{animal_name}: each, mean, 95 % interval"
    _draw_means(axes, "reversal_number", several, LineStyle(ANIMAL, "-", "o"), label)
    if agents.sizes["reversal_number"]:
        x = agents["reversal_number"].values
        shift = np.linspace(-0.3, 0.3, agents.sizes["subject"])[:, None]
        _draw_dots(axes, x + shift, agents.transpose("subject", ...).values)
        label = "agents, weights frozen: each, mean"
        _draw_means(axes, "reversal_number", agent_mean, LineStyle(AGENT, "", "s"), label)
    axes.plot(ideal["reversal_number"], ideal, ":", color=INK, lw=1.0, zorder=1,
              label="ideal observer")  # fmt: skip
    _write_counts(axes, number, left, animal_name)
    _set_trial_axis(axes, animals, number)
    if note:
        axes.annotate(note, (0.02, 0.02), xycoords="axes fraction", fontsize=5.5, color=ANIMAL,
                      va="bottom")  # fmt: skip
    _order_legend(axes, loc="upper right", bbox_to_anchor=(1.0, 0.94))
    return axes


def _draw_means(axes: Axes, x: str, mean: xr.Dataset, style: LineStyle, label: str) -> None:
    """Draw the means over `x`, with their intervals where there are any."""
    middle, low, high = (mean[name].values for name in ("mean", "lower", "upper"))
    reach = np.nan_to_num([middle - low, high - middle])
    axes.errorbar(mean[x].values, middle, reach, color=style.colour, ls=style.line, lw=1.0,
                  elinewidth=1.0, marker=style.marker, ms=2.5, zorder=3, label=label)  # fmt: skip


def _draw_dots(axes: Axes, x: Values, y: Values) -> None:
    x, y = np.broadcast_arrays(x, y)
    axes.plot(x.ravel(), y.ravel(), "o", ms=2.0, mfc="white", mec=GREY, mew=0.5, zorder=2)


def _write_counts(axes: Axes, number: Values, left: Values, name: str) -> None:
    """Write above each reversal number how many animals reached it."""
    over = axes.get_xaxis_transform()
    for x, count in zip(number, left, strict=True):
        axes.text(x, 0.955, str(int(count)), transform=over, color=ANIMAL, fontsize=5.5,
                  ha="center")  # fmt: skip
    axes.text(number[0] - 0.45, 0.955, name, transform=over, color=ANIMAL, fontsize=5.5,
              ha="right")  # fmt: skip


def _set_trial_axis(axes: Axes, animals: xr.DataArray, number: Values) -> None:
    top = float(animals.max())
    ticks = [tick for tick in (10, 20, 50, 100, 200, 500, 1000) if tick < 2 * top]
    axes.set_yscale("log")
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(7.0, 3.2 * top)  # room for the note below, numbers and legend above
    axes.set_xlim(number[0] - 1.8, number[-1] + 0.6)
    axes.set_xticks(number)
    axes.set(xlabel="reversal number (0: first discrimination)", ylabel="trials to criterion")


def draw_problem_rate(
    axes: Axes,
    animals: xr.Dataset,
    animal_mean: xr.Dataset,
    agents: xr.DataArray,
    agent_mean: xr.Dataset,
    ideal: float,
    *,
    animal_name: str = "birds",
) -> Axes:
    """Draw the rate of learning problems against the number of trials since the first problem.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; the x axis becomes logarithmic.
    animals : xarray.Dataset
        `problem_rate`, problems learned in a hundred choices, and `trials`, their number since the
        first discrimination began, on (`subject`, `reversal_number`): a faint line each.
    animal_mean : xarray.Dataset
        `mean`, `lower`, `upper` of the rate, and `trials`, on `reversal_number`.
    agents : xarray.DataArray
        Rate on (`subject`, `trials_trained`), each a dot.
    agent_mean : xarray.Dataset
        `mean`, `lower`, `upper` on `trials_trained`.
    ideal : float
        Rate of the ideal observer, a dotted line.
    animal_name : str
        What the animals are called in the legend.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for name in animals["subject"].values:
        one = animals.sel(subject=name)
        axes.plot(one["trials"], one["problem_rate"], **_FAINT)
    styles = {
        f"{animal_name}, over reversals": (animal_mean, "trials", LineStyle(ANIMAL, "-", "o")),
        "agents, over training": (agent_mean, "trials_trained", LineStyle(AGENT, "-", "s")),
    }
    for label, (mean, x, style) in styles.items():
        _draw_means(axes, x, mean, style, label)
    _draw_dots(axes, agents["trials_trained"].values, agents.transpose("subject", ...).values)
    axes.axhline(ideal, color=INK, ls=":", lw=1.0, label="ideal observer")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(_write_power)
    axes.set_ylim(-0.04 * ideal, 1.38 * ideal)
    axes.set_yticks(range(int(ideal) + 1))
    axes.set(xlabel="trials since the start", ylabel="problems learned per 100 choices")
    _order_legend(axes, loc="upper left")
    return axes


def _write_power(value: float, _: float) -> str:
    """Write a power of ten in plain text; matplotlib would set it as a formula, which is slow."""
    return "10" + str(round(np.log10(value))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _order_legend(axes: Axes, **where: Any) -> None:
    """Add a legend with the ideal observer last; matplotlib puts plain lines first."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda k: labels[k] == "ideal observer")
    axes.legend([handles[k] for k in order], [labels[k] for k in order], handlelength=1.6, **where)
