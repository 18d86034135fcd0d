"""The panels of a fit: which a result has numbers for, and what their captions say."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits import fit_panel_texts as texts

PANELS = {
    "held_out": "held-out choices",
    "difference": "against the best learner",
    "exceedance": "exceedance",
    "units": "number of units",
    "recovery": "recovery",
    "confusion": "confusion",
    "parameters": "parameters",
    "predictions": "predictive checks",
}
"""Panels in their order, with their titles."""

_NEEDS = {
    "held_out": ("heldout", "group_heldout"),
    "difference": ("difference", "group_difference"),
    "exceedance": ("protected_exceedance",),
    "units": ("heldout", "n_units"),
    "recovery": ("recovery", "identifiable"),
    "confusion": ("confusion",),
    "parameters": ("estimate",),
    "predictions": ("observed", "replicated"),
}
"""Variables that a panel draws, and without which it is left out."""

FEWEST_SIZES = 2
"""Different numbers of units from which a curve over them is drawn."""


def list_panels(result: xr.Dataset) -> list[str]:
    """List the panels that a result has numbers for, in their order."""
    return [panel for panel in PANELS if _has_numbers(result, panel)]


def _has_numbers(result: xr.Dataset, panel: str) -> bool:
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
        return texts.tell_recovery(result, learner)
    tell = {
        "held_out": texts.tell_held_out,
        "difference": texts.tell_difference,
        "exceedance": texts.tell_exceedance,
        "units": texts.tell_units,
        "confusion": texts.tell_confusion,
        "predictions": texts.tell_predictions,
    }
    return tell[panel](result)
