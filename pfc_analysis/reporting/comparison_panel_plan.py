"""Plan which quantities of a comparison are drawn on which panel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import xarray as xr

from pfc_analysis.reporting.estimate_text import as_words


@dataclass(frozen=True)
class Panel:
    """Quantities that are drawn on one axis.

    Attributes
    ----------
    title, unit : str
    quantities : tuple of str
        Labels of the result's dimension `quantity`.
    """

    title: str
    unit: str
    quantities: tuple[str, ...]


def plan_values(result: xr.Dataset) -> list[Panel]:
    """Plan the panels of headline quantities: one for each name, or for each unit."""
    found = result.isel(quantity=((result["headline"] == 1) & (result["lag"] == 0)).values)
    columns = ("name", "condition", "unit", "quantity")
    rows = list(zip(*(found[name].values for name in columns), strict=True))

    def shared(row: tuple[str, str, str, str]) -> tuple[str, str]:
        name, condition, unit, _ = map(str, row)
        return (name if condition else "", unit)

    panels = []
    for (name, unit), group in groupby(rows, shared):
        own = tuple(str(row[3]) for row in group)
        title = name or (own[0] if len(own) == 1 else title_together(own, unit))
        panels.append(Panel(as_words(title), unit, own))
    return panels


def title_together(quantities: Sequence[str], unit: str) -> str:
    """Title a panel of several quantities: the words that all their names share, and the unit.

    Parameters
    ----------
    quantities : sequence of str
        Names, such as "planning_index" and "model_free_index".
    unit : str
        Their unit; "1" for numbers without one.

    Returns
    -------
    str
        "index (log-odds)"; only the unit where no word is shared.
    """
    # "model_free" is one word: the panel of two indices is not one of a "model index".
    words = [re.sub("model_(based|free)", r"model-\1", name).split("_") for name in quantities]
    shared = [word for word in words[0] if all(word in others for others in words)]
    said = "no unit" if unit == "1" else unit
    return f"{'_'.join(shared)} ({said})" if shared else said


def plan_curves(result: xr.Dataset) -> list[Panel]:
    """Plan the panels of curves: one for each name and kind of trial."""
    found = result.isel(quantity=(result["lag"] != 0).values)
    curves: dict[tuple[str, str, str], list[str]] = {}
    columns = ("name", "condition", "curve", "lag", "unit", "quantity")
    for name, condition, curve, lag, unit, quantity in zip(
        *(found[key].values for key in columns), strict=True
    ):
        kind = str(curve) or str(condition).removesuffix(f"lag {lag}").strip()
        curves.setdefault((str(name), kind, str(unit)), []).append(str(quantity))
    return [
        Panel(as_words(kind or name), unit, tuple(own))
        for (name, kind, unit), own in curves.items()
    ]
