"""How well each model predicts held-out choices, alone and against each subject's best learner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import xarray as xr
from matplotlib.ticker import MaxNLocator

from pfc_analysis.plotting.fits.model_rows import draw_rows, name_rows, place_rows
from pfc_analysis.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Places = Mapping[str, float] | None


def draw_held_out(axes: Axes, result: xr.Dataset, places: Places = None) -> Axes:
    """Draw the normalised likelihood of held-out choices, a row for each model.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `heldout` on (`subject`, `model`), `group_heldout` with its interval
        on `model`. The attribute `n_arms` gives the line of chance, 1 / `n_arms`; without it there
        is no line.
    places : mapping of str to float, optional
        Row of each model; default: `place_rows`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    places = places or place_rows(result)
    if "n_arms" in result.attrs:
        axes.axvline(1.0 / int(result.attrs["n_arms"]), color=GREY, lw=0.8, ls=":")
    draw_rows(axes, result, "heldout", places)
    name_rows(axes, result, places)
    axes.set_xlabel("normalised likelihood")
    return axes


def draw_difference(axes: Axes, result: xr.Dataset, places: Places = None) -> Axes:
    """Draw by how much each model predicts better than the subject's best learner.

    Parameters
    ----------
    axes, places
        As in `draw_held_out`.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `difference` with its interval on (`subject`, `model`),
        `group_difference` with its interval on `model`.

    Returns
    -------
    matplotlib.axes.Axes
        Dots of subjects are filled where the subject's own interval leaves out 0.
    """
    places = places or place_rows(result)
    axes.axvline(0, color=GREY, lw=0.8)
    draw_rows(axes, result, "difference", places, clear=True)
    name_rows(axes, result, places)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("difference, nats per choice")
    return axes
