"""Panels of Figure 7: risky choices without and with changed prediction errors."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.choices.preference import draw_preference
from pfc_analysis.plotting.style import Axes


def draw_pair(
    axes: Axes,
    agents: Mapping[str, xr.Dataset],
    learner: Mapping[str, xr.Dataset],
    best: xr.Dataset,
) -> Axes:
    """Draw the preference of agents in two conditions, beside a learner and the best player.

    Parameters
    ----------
    agents, learner : mapping of str to xarray.Dataset
        Under "control" and "experimental": `risky_preference` on (`subject`, `probability`).
    best : xarray.Dataset
        The same of the player who earns most, in the control condition.
    """
    variable = "risky_preference"
    return draw_preference(
        axes,
        {name: result[variable] for name, result in agents.items()},
        {name: summarise_subjects(result, variable) for name, result in agents.items()},
        {name: result[variable].isel(subject=0) for name, result in learner.items()},
        best[variable].isel(subject=0),
    )
