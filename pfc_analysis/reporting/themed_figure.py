"""Draw a figure for a page twice, for a light and for a dark background."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pfc_analysis.plotting.style import figure_style
from pfc_analysis.reporting.page import PageFigure
from pfc_analysis.reporting.render_page import as_data_url

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 180 / 25.4
"""Width of figures in inches: two columns of a journal, 180 mm."""


def draw_in_both(
    draw: Callable[[], Figure], caption: Sequence[str], light: Figure | None = None
) -> PageFigure:
    """Draw a figure for a light and for a dark background, with its caption.

    Parameters
    ----------
    draw : callable
        Draws the figure in the current style.
    caption : sequence of str
        Paragraphs; the first also stands in for the picture where there is none.
    light : matplotlib.figure.Figure, optional
        The figure for a light background, if it has been drawn.
    """
    drawn = []
    for dark in (False, True):
        with figure_style(dark):
            text = io.StringIO()
            figure = draw() if dark or light is None else light
            figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
            drawn.append(as_data_url(text.getvalue()))
    return PageFigure(light=drawn[0], dark=drawn[1], alt=caption[0], caption=list(caption))
