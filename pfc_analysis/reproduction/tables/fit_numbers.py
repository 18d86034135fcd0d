"""Numbers of figures that draw a fit."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from pfc_analysis.packed_parts import list_parts, unpack
from pfc_analysis.reproduction.numbers import Numbers, tabulate_result

ON_MODELS = ("heldout", "difference")
"""Quantities on (subject, model)."""


def add_fit(numbers: Numbers, panels: str, source: str, result: xr.Dataset) -> None:
    """Add how well models predict, the best numbers of units, and model frequencies.

    Parameters
    ----------
    numbers : Numbers
        Where rows are added.
    panels : str
        Entry of the column `panel`.
    source : str
        Whose choices were fitted.
    result : xarray.Dataset
        Of `pfc_analysis.fit`, perhaps with `ceiling` on `subject`.
    """
    for name in ON_MODELS:
        own = [name, f"{name}_lower", f"{name}_upper"]
        numbers.add(panels, source, name, result[own])
    numbers.add(panels, source, "n_units", result[["n_units", "n_units_lower", "n_units_upper"]])
    if "ceiling" in result:
        numbers.add(panels, source, "ceiling", result[["ceiling"]])
    for name in ("protected_exceedance", "model_frequency"):
        if name in result:
            add_rows(numbers, panels, source, name, result[[name]])


def add_checks(numbers: Numbers, panels: str, source: str, result: xr.Dataset) -> None:
    """Add recovery of parameters, and how often learners are taken for each other."""
    for prefix in list_parts(result, "recovery_"):
        part = unpack(result, prefix)
        whose = f"{source}, {part.attrs['learner']}"
        for name in ("r", "coverage"):
            own = part[[name, f"{name}_lower", f"{name}_upper"]]
            add_rows(numbers, panels, whose, f"recovery_{name}", own, name)
    confusion = unpack(result, "confusion")
    add_rows(numbers, panels, source, "confusion", confusion[["share", "lower", "upper"]], "share")


def add_portrait(
    numbers: Numbers,
    panels: str,
    source: str,
    result: xr.Dataset,
    subject: str,
    names: Sequence[str],
) -> None:
    """Add the points of the phase portraits of one subject that are drawn."""
    for name in names:
        part = unpack(result, name)
        if name == "points":
            own = part.isel(point=(part["owner"] == subject).values)
        else:
            own = part.sel(subject=subject)
        variables = ["change"] if name == "field" else ["log_odds", "change"]
        for variable in variables:
            quantity = f"portrait_{name}_{variable}"
            add_rows(numbers, panels, f"{source}, {subject}", quantity, own[[variable]], variable)


def add_rows(
    numbers: Numbers,
    panels: str,
    source: str,
    quantity: str,
    result: xr.Dataset,
    variable: str | None = None,
) -> None:
    """Add a variable that is not on `subject`: no mean over subjects is taken."""
    named = {"panel": panels, "source": source, "quantity": quantity}
    numbers.tables.append(tabulate_result(result, variable or quantity, **named))
