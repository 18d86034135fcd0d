"""Several small panels side by side in place of one, with the same rows in each."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from pfc_analysis.plotting.style import plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_IN_A_ROW = 7

_LETTERS = 16
"""Letters in a line of a small panel's title."""

_BETWEEN = 0.75
"""Height of the titles between two rows of small panels, as a share of a panel's."""


def shape_strip(n: int, most: int = MOST_IN_A_ROW) -> tuple[int, int]:
    """Return how many rows and columns `n` small panels take, at most `most` in a row."""
    rows = max(1, -(-n // most))
    return rows, -(-n // rows)


def split_axes(axes: Axes, n: int, most: int = MOST_IN_A_ROW) -> list[Axes]:
    """Divide axes into small panels; of the axes themselves only the labels stay.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        What to divide.
    n, most : int
        Number of panels, and of panels in a row.

    Returns
    -------
    list of matplotlib.axes.Axes
        Row by row.
    """
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    rows, columns = shape_strip(n, most)
    width, height = 1 / (columns + 0.16 * (columns - 1)), 1 / (rows + _BETWEEN * (rows - 1))
    return [
        axes.inset_axes(
            (
                1.16 * width * (k % columns),
                1 - height - (1 + _BETWEEN) * height * (k // columns),
                width,
                height,
            )
        )
        for k in range(n)
    ]


def title_small_panel(axes: Axes, text: str, letters: int = _LETTERS) -> Axes:
    """Write the title of a small panel in small type, of so many letters in a line."""
    lines = textwrap.wrap(text.replace("_", " "), letters, break_long_words=False)
    axes.set_title("\n".join(map(plain_label, lines)), fontsize="small", pad=3)
    return axes


def list_first_columns(n: int, most: int = MOST_IN_A_ROW) -> list[int]:
    """List which of `n` small panels stand at the left of a row."""
    return list(range(0, n, shape_strip(n, most)[1]))
