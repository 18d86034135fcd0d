"""Which models pass for which: the model that is chosen for data that another one generated."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.patches import Rectangle

from pfc_analysis.plotting.comparison_panels import GROUP_COLOURS
from pfc_analysis.plotting.fits.model_rows import title_of_model
from pfc_analysis.plotting.style import VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 0.005
"""Smallest share whose number is written."""

_DEEP = 0.75
"""From this share on the number in a cell is white."""

_LINE = 24
"""Letters in a line of a row's name."""


def draw_confusion(axes: Axes, part: xr.Dataset, result: xr.Dataset) -> Axes:
    """Draw which model is chosen, in columns, for data that a model generated, in rows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    part : xarray.Dataset
        Confusion of models: `share` of a row's simulated data sets on (`generating`, `chosen`), the
        same names in the same order on both; `confused` on the same, 1 where the model of the
        column passes for that of the row.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `title` on `model`.

    Returns
    -------
    matplotlib.axes.Axes
        Columns have the numbers that stand behind the names of the rows. Frames mark pairs that
        cannot be told apart.
    """
    shares = part["share"].transpose("generating", "chosen").values
    for (row, column), share in np.ndenumerate(shares):
        if np.isfinite(share):
            _draw_cell(axes, row, column, float(share))
    if "confused" in part:
        marked = part["confused"].transpose("generating", "chosen").values == 1
        for row, column in np.argwhere(marked):
            axes.add_patch(_frame(row, column, fill=False, edgecolor=VERMILLION, lw=1.3))
    titles = [title_of_model(result, str(name)) for name in part["generating"].values]
    names = [textwrap.fill(title, _LINE, break_long_words=False) for title in titles]
    n = len(names)
    axes.set_yticks(range(n), [f"{name}  {number}" for number, name in enumerate(names, start=1)])
    axes.set_xticks(range(n), [str(number) for number in range(1, n + 1)])
    axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5))
    axes.set(xlabel="chosen model", ylabel="generating model")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return axes


def _draw_cell(axes: Axes, row: int, column: int, share: float) -> None:
    """Draw a cell, the deeper the larger its share, and the share as a number."""
    axes.add_patch(_frame(row, column, facecolor=GROUP_COLOURS[0], alpha=share, lw=0))
    if share >= _SHOWN:
        text = f"{share:.2f}".lstrip("0")
        colour = "white" if share >= _DEEP else mpl.rcParams["text.color"]
        axes.text(column, row, text, ha="center", va="center", fontsize="small", color=colour)


def _frame(row: int, column: int, **settings: object) -> Rectangle:
    return Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, **settings)  # type: ignore[arg-type]
