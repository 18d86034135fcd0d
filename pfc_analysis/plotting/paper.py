"""Figures for paper and for a lecture: their size, their type, and their files.

A printed figure is as wide as the page of a journal, with text of 5 to 7 points at that size. For a
lecture, every row of its panels becomes a slide (16:9), on which the same text is larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure, SubFigure
from matplotlib.transforms import Bbox

from pfc_analysis.plotting.slide_text import fit_text
from pfc_analysis.plotting.style import figure_style, new_figure, save_figure, settle_layout

MM = 1 / 25.4
"""A millimetre in inches."""

PAGE_WIDTH, COLUMN_WIDTH = 180.0, 88.0
"""Width of a figure over two columns of a journal, and over one, in mm."""

SLIDE_WIDTH, SLIDE_HEIGHT = 160.0, 90.0
"""Size of a slide in mm (16:9). Projected, its text is larger than that of the page."""

_SLIDE_DPI = 1920 / (SLIDE_WIDTH * MM)
_PRINT: dict[Any, Any] = {
    "font.size": 6,
    "axes.titlesize": 6.5,
    "axes.titleweight": "normal",
    "axes.labelsize": 6,
    "axes.labelpad": 2,
    "axes.linewidth": 0.6,
    "xtick.labelsize": 5.5,
    "ytick.labelsize": 5.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.2,
    "ytick.major.size": 2.2,
    "xtick.minor.size": 1.2,
    "ytick.minor.size": 1.2,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "legend.fontsize": 5.5,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.3,
    "legend.borderaxespad": 0.2,
    "legend.columnspacing": 1.0,
    "lines.linewidth": 1.0,
    "lines.markersize": 3,
    "figure.constrained_layout.w_pad": 0.025,
    "figure.constrained_layout.h_pad": 0.03,
    "savefig.dpi": 300,
    # TrueType: a journal's editor can select and change the text.
    "pdf.fonttype": 42,
}
_SLIDE: dict[Any, Any] = {
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "savefig.dpi": _SLIDE_DPI,
}

_slides: ContextVar[bool] = ContextVar("slides", default=False)


@contextmanager
def draw_slides(slide: bool = True) -> Iterator[None]:
    """Draw figures as slides within a `with` block, or as printed figures if `slide` is False."""
    token = _slides.set(slide)
    try:
        yield
    finally:
        _slides.reset(token)


@contextmanager
def print_style() -> Iterator[None]:
    """Apply the style of printed figures, or of slides, within a `with` block."""
    with figure_style(), mpl.rc_context(_PRINT | (_SLIDE if _slides.get() else {})):
        yield


def new_page(
    heights: Sequence[float], width: float = PAGE_WIDTH, headings: Sequence[str] = ()
) -> tuple[Figure, list[SubFigure]]:
    """Return an empty figure and its rows, which are subfigures.

    Parameters
    ----------
    heights : sequence of float
        Height of each row in mm.
    width : float
        Width of the figure in mm: `PAGE_WIDTH` or `COLUMN_WIDTH`.
    headings : sequence of str
        A heading for each row; none if not given.

    Returns
    -------
    figure : matplotlib.figure.Figure
    rows : list of matplotlib.figure.SubFigure
        One for each height. Among slides (`draw_slides`), each is as large as a slide.
    """
    if _slides.get():
        width, heights = SLIDE_WIDTH, [SLIDE_HEIGHT] * len(heights)
    figure = new_figure(width * MM, sum(heights) * MM)
    rows = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    size = mpl.rcParams["axes.titlesize"]
    for row, heading in zip(rows, headings, strict=False):
        row.suptitle(heading, x=0.008, ha="left", fontsize=size, weight="bold")
    return figure, list(rows)


def save_page(
    figure: Figure, out: Path, stem: str, *, title: str = "", description: str = ""
) -> list[Path]:
    """Write a figure of `new_page` as SVG, PNG and PDF; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    out : Path
        Folder.
    stem : str
        Name of the files, without ending. Slides have `_slide_1`, `_slide_2`, ... after it.
    title, description : str
        What the files say about themselves in their metadata.

    Returns
    -------
    list of Path
        The files.
    """
    about: dict[str, Any] = {"title": title, "description": description}
    if not _slides.get():
        settle_layout(figure)
        return save_figure(figure, out, stem, endings=("svg", "png", "pdf"), **about)
    fit_text(figure)
    settle_layout(figure)
    width, height = SLIDE_WIDTH * MM, SLIDE_HEIGHT * MM
    written: list[Path] = []
    for number, below in enumerate(reversed(range(len(figure.subfigs))), start=1):
        row = Bbox.from_bounds(0, below * height, width, height)
        name = f"{stem}_slide_{number}"
        written += save_figure(figure, out, name, endings=("svg", "png", "pdf"), part=row, **about)
    return written
