"""Panels of Supplementary Figure 9: a column of agents for each network that is compared."""

from __future__ import annotations

import xarray as xr

from pfc_analysis.plotting.style import Axes
from pfc_analysis.reproduction.panels.subject_means import draw_columns

SHORT = {
    "common_rewarded": "common,\nrewarded",
    "common_unrewarded": "common,\nunrewarded",
    "uncommon_rewarded": "uncommon,\nrewarded",
    "uncommon_unrewarded": "uncommon,\nunrewarded",
}
"""Kinds of trial, in two lines."""


def draw_networks(axes: Axes, values: xr.DataArray, label: str) -> Axes:
    """Draw a column of dots for every network, or for every label and network.

    Parameters
    ----------
    values : xarray.DataArray
        On `subject` and one or two other dimensions, of which one may be `network`.
    label : str
        Label of the y axis.
    """
    others = [str(dim) for dim in values.dims if dim != "subject"]
    if len(others) > 1:
        first = next(dim for dim in others if dim != "network")
        values = values.stack(column=(first, "network")).reset_index("column")
        firsts = [SHORT.get(str(one), str(one)) for one in values[first].values]
        names = [
            f"{one.replace('_', ' ')}\n{network}"
            for one, network in zip(firsts, values["network"].values, strict=True)
        ]
        values = values.drop_vars([first, "network"]).assign_coords(column=names)
    draw_columns(axes, values.to_dataset(name="value"), "value")
    axes.set_ylabel(label)
    return axes
