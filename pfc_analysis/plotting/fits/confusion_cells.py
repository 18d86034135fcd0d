"""Which models pass for which: the model that is chosen for data that another one generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.patches import Rectangle

from pfc_analysis.plotting.comparison_panels import GROUP_COLOURS
from pfc_analysis.plotting.style import VERMILLION, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 0.005
"""Smallest share whose number is written."""

_DARK_CELL = 0.75
"""From this share on the number in a cell is white."""


def draw_confusion(axes: Axes, result: xr.Dataset) -> Axes:
    """Draw which model is chosen, in columns, for data that a model generated, in rows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    result : xarray.Dataset
        Of `pfc_analysis.fit`: `confusion`, the share of a row's simulated data sets, on
        (`generating`, `chosen`); where it is known, `told_apart` on the same, 0 for two models that
        these trials cannot tell apart.

    Returns
    -------
    matplotlib.axes.Axes
        Columns have the numbers that stand behind the names of the rows. Frames mark pairs that
        cannot be told apart.
    """
    shares = result["confusion"].transpose("generating", "chosen")
    for row, line in enumerate(shares.values):
        for column, share in enumerate(line):
            _draw_cell(axes, row, column, float(share))
    if "told_apart" in result:
        apart = result["told_apart"].transpose("generating", "chosen").values
        for row, column in zip(*np.nonzero(apart == 0), strict=True):
            if shares["generating"].values[row] != shares["chosen"].values[column]:
                axes.add_patch(_frame(row, column, fill=False, edgecolor=VERMILLION, lw=1.4))
    columns = [str(name) for name in shares["chosen"].values]
    numbers = {name: at for at, name in enumerate(columns, start=1)}
    rows = [_name_row(result, str(name), numbers) for name in shares["generating"].values]
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), list(map(str, numbers.values())))
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set(xlabel="chosen model", ylabel="generating model")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return axes


def _draw_cell(axes: Axes, row: int, column: int, share: float) -> None:
    """Draw a cell, the deeper the larger its share, and the share as a number."""
    if not np.isfinite(share):
        return
    axes.add_patch(_frame(row, column, facecolor=GROUP_COLOURS[0], alpha=share, lw=0))
    if share >= _SHOWN:
        text = f"{share:.2f}".lstrip("0") if share < 1 else "1"
        colour = "white" if share >= _DARK_CELL else mpl.rcParams["text.color"]
        axes.text(column, row, text, ha="center", va="center", fontsize="x-small", color=colour)


def _frame(row: int, column: int, **settings: object) -> Rectangle:
    return Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, **settings)  # type: ignore[arg-type]


def _name_row(result: xr.Dataset, name: str, numbers: dict[str, int]) -> str:
    known = name in result.get("model", xr.DataArray([])).values
    title = str(result["title"].sel(model=name).item()) if known else name.replace("_", " ")
    return plain_label(f"{title}  {numbers[name]}" if name in numbers else title)
