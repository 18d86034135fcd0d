"""Plan the figure of a fit: which panels stand beside each other, and its caption."""

from __future__ import annotations

import string
from dataclasses import dataclass

import xarray as xr

from pfc_analysis.packed_parts import unpack
from pfc_analysis.plotting.fits.fit_panels import list_panels, select_learner, tell_panel
from pfc_analysis.plotting.fits.model_rows import find_main_learner
from pfc_analysis.plotting.fits.panel_strip import shape_strip
from pfc_analysis.plotting.fits.predictive_rows import list_main_measures
from pfc_analysis.plotting.portraits.portrait_parts_of_fit import list_portrayed
from pfc_analysis.reporting.estimate_text import count_of

HEAD = 0.24
"""Height of the line with the title of several small panels, in inches."""

_MODELS = ("held_out", "difference", "exceedance")
_BESIDE = ("units", "recovery", "confusion")
STRIPS = ("parameters", "predictions", "portraits")

MOST_PORTRAITS = 14
"""Up to how many subjects' phase portraits are drawn."""

_FEW = 6
"""Up to how many models a confusion matrix stands beside other panels."""

_MOST_ROWS = 25
"""More subjects than these share the height of so many."""


@dataclass(frozen=True)
class Row:
    """Panels that stand beside each other.

    Attributes
    ----------
    panels : tuple of str
        Names, from left to right.
    height : float
        In inches.
    """

    panels: tuple[str, ...]
    height: float


def plan_rows(result: xr.Dataset) -> list[Row]:
    """Plan the rows of the figure, from the top.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.

    Returns
    -------
    list of Row
        Only with panels that the result has numbers for. A confusion matrix of many models has a
        row of its own.
    """
    there = list_panels(result)
    wide = "confusion" in there and result.sizes["confusion_chosen"] > _FEW
    beside = [panel for panel in _BESIDE if panel in there and not (wide and panel == "confusion")]
    rows = [[panel for panel in _MODELS if panel in there], beside, ["confusion"] * wide]
    rows += [[panel] for panel in STRIPS if panel in there]
    return [Row(tuple(row), _height(result, row)) for row in rows if row]


def _height(result: xr.Dataset, panels: list[str]) -> float:
    """Return the height of a row, in inches."""
    if panels[0] in _MODELS:
        return 0.85 + 0.175 * result.sizes["model"]
    if panels == ["confusion"]:
        return 0.9 + 0.19 * result.sizes["confusion_chosen"]
    if panels[0] in STRIPS:
        rows, _ = shape_strip(_count_small_panels(result, panels[0]))
        if panels == ["portraits"]:
            return HEAD + 0.7 + rows * 1.35
        subjects = min(result.sizes["subject"], _MOST_ROWS)
        if panels == ["predictions"]:
            return HEAD + 0.35 + rows * (0.62 + 0.19 * subjects)
        return HEAD + 0.1 + rows * (0.62 + 0.14 * subjects)
    return 2.3


def _count_small_panels(result: xr.Dataset, panel: str) -> int:
    if panel == "portraits":
        return len(list_drawn_portraits(result))
    if panel == "predictions":
        return len(list_main_measures(unpack(result, "predictions")))
    return int(select_learner(result, find_main_learner(result)).sizes["estimated"])


def list_drawn_portraits(result: xr.Dataset) -> list[str]:
    """List the subjects whose phase portraits are drawn: the first ones of many."""
    return list_portrayed(result, "curves")[:MOST_PORTRAITS]


def describe_fit_figure(result: xr.Dataset) -> list[str]:
    """Write the caption of the figure.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.

    Returns
    -------
    list of str
        Paragraphs: who is shown; then one for each panel, by its letter.
    """
    learner = find_main_learner(result)
    kinds = [
        count_of(n, kind)
        for kind in ("learner", "network")
        if (n := int((result["kind"] == kind).sum()))
    ]
    first = f"{' and '.join(kinds)}, fitted to {count_of(result.sizes['subject'], 'subject')}."
    panels = zip(string.ascii_lowercase, list_panels(result), strict=False)
    return [first, *(f"{letter}, {tell_panel(result, one, learner)}" for letter, one in panels)]
