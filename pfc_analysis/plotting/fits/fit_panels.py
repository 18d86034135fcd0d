"""The panels of a fit: which a result has numbers for, and what their captions say."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.packed_parts import has_part, unpack
from pfc_analysis.plotting.fits import fit_panel_texts as texts
from pfc_analysis.plotting.fits.model_rows import find_main_learner, title_of_model

PANELS = {
    "held_out": "held-out choices",
    "difference": "against the best learner",
    "exceedance": "exceedance",
    "units": "number of units",
    "recovery": "recovery",
    "confusion": "confusion",
    "parameters": "parameters",
    "predictions": "predictive checks",
    "portraits": "networks of one unit",
}
"""Panels in their order, with their titles."""

_NEEDS = {
    "held_out": ("heldout", "group_heldout"),
    "difference": ("difference", "group_difference"),
    "exceedance": ("protected_exceedance",),
    "units": ("heldout", "n_units"),
    "parameters": ("estimate",),
}
"""Variables that a panel draws, and without which it is left out; others draw packed parts."""

FEWEST_SIZES = 2
"""Different numbers of units from which a curve over them is drawn."""


def list_panels(result: xr.Dataset, learner: str | None = None) -> list[str]:
    """List the panels that a result has numbers for, in their order.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.
    learner : str, optional
        Whose recovery counts; default: the learner that is best for most subjects.
    """
    learner = learner or find_main_learner(result)
    return [panel for panel in PANELS if _has_numbers(result, panel, learner)]


def _has_numbers(result: xr.Dataset, panel: str, learner: str) -> bool:
    if panel == "portraits":
        return has_part(result, "curves")
    if panel in ("confusion", "predictions"):
        return has_part(result, panel)
    if panel == "recovery":
        return has_part(result, f"recovery_{learner}")
    for name in _NEEDS[panel]:
        if name not in result or not result[name].size or not result[name].notnull().any():
            return False
    if panel == "units":
        units = result["units_of_network"].values[(result["kind"] == "network").values]
        return np.unique(units).size >= FEWEST_SIZES
    if panel == "difference":
        return result.sizes["model"] > 1
    return True


def select_learner(result: xr.Dataset, learner: str) -> xr.Dataset:
    """Select the parameters of one learner."""
    return result.isel(estimated=(result["learner"] == learner).values)


def tell_panel(result: xr.Dataset, panel: str, learner: str) -> str:
    """Write the sentences of a caption about one panel.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.
    panel : str
        One of `PANELS`.
    learner : str
        Whose parameters are drawn, in the panels of parameters and of recovery.
    """
    if panel == "parameters":
        return texts.tell_parameters(result, learner)
    if panel == "recovery":
        part = unpack(result, f"recovery_{learner}")
        return texts.tell_recovery(part, title_of_model(result, learner))
    if panel == "confusion":
        return texts.tell_confusion(unpack(result, panel))
    if panel == "portraits":
        return texts.tell_portraits(result)
    if panel == "predictions":
        return texts.tell_predictions(unpack(result, panel), result)
    tell = {
        "held_out": texts.tell_held_out,
        "difference": texts.tell_difference,
        "exceedance": texts.tell_exceedance,
        "units": texts.tell_units,
    }
    return tell[panel](result)
