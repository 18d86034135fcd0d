"""Panels of the matching figures: lines of several groups, history weights, and foraging."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.subject_means import draw_columns, draw_mean_curve
from pfc_analysis.plotting.choices.reward_history import draw_reward_history
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.style import BLUE, VERMILLION, Axes, label_panel
from pfc_analysis.reproduction.agents.matching_observer import OBSERVER

STYLES = {"richer": LineStyle(BLUE, "-", "o"), "leaner": LineStyle(VERMILLION, "-", "o")}
"""Of the arm that pays more often, and of the other one."""


def draw_line_quantity(
    axes: Axes, lines: Mapping[str, xr.Dataset], quantity: str, published: pd.DataFrame
) -> Axes:
    """Draw a quantity of the matching line for every group, and that of monkeys as published.

    Parameters
    ----------
    lines : mapping of str to xarray.Dataset
        Fitted lines by group, on `subject` (`fit_matching`).
    quantity : str
        "slope" or "r_squared".
    published : pandas.DataFrame
        Published numbers (`read_published`).
    """
    every = {name: line[quantity] for name, line in lines.items()}
    monkeys = published[published["quantity"] == quantity]["value"].tolist()
    if monkeys:  # a column of their own, with nothing measured in it
        every["monkeys"] = xr.DataArray([np.nan], {"subject": ["monkeys"]}, "subject")
    index = xr.Variable("group", list(every))
    values = xr.concat(list(every.values()), index, join="outer", coords="minimal")
    draw_columns(axes, values.to_dataset(name=quantity), quantity, {"monkeys": monkeys})
    axes.tick_params(axis="x", rotation=60)
    axes.set(ylim=(0, 1.05))
    return label_panel(axes, "", quantity.replace("r_squared", "r²"))


def draw_history(
    axes: Axes,
    history: xr.Dataset,
    published: Mapping[int, float],
    reference: xr.Dataset | None = None,
) -> Axes:
    """Draw weights of past rewards and choices, with their means over subjects.

    Parameters
    ----------
    history, published, reference
        As for `pfc_analysis.plotting.choices.reward_history.draw_reward_history`.
    """
    means = {name: summarise_subjects(history, f"{name}_weight") for name in ("reward", "choice")}
    return draw_reward_history(axes, history, means, published, reference)


def draw_both_arms(axes: Axes, found: Mapping[str, xr.Dataset], variable: str) -> Axes:
    """Draw a quantity of the richer and the leaner arm, for agents and for the observer.

    Parameters
    ----------
    found : mapping of str to xarray.Dataset
        By source, "agents" or `OBSERVER`: `variable` on `subject`, the x axis and the kind of arm,
        `arm_kind` or `other_arm`.
    variable : str
        What to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Agents are dots and lines, the observer dashed lines.
    """
    for source, result in found.items():
        (kind,) = (dim for dim in result[variable].dims if dim in ("arm_kind", "other_arm"))
        for arm, style in STYLES.items():
            one = result.sel({kind: arm}, drop=True)
            if source == OBSERVER:
                dashed = LineStyle(style.colour, "--")
                draw_mean_curve(axes, one, variable, f"{arm} arm, {OBSERVER}", dashed, dots=False)
            else:
                draw_mean_curve(axes, one, variable, f"{arm} arm, agents", style)
    return axes
