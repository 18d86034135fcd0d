"""Style of all figures: colours, fonts, panel letters, and writing to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.transforms import Bbox

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import user_path
from pfc_analysis.plotting.quick_files import drop_layout, keep_labels, no_layout_tables
from pfc_analysis.screen_text import visible_text

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, GREY, INK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#9A9A9A", "#222222",
)  # fmt: skip
"""The palette of Okabe and Ito, which colour-blind readers can tell apart too."""

TRIAL_TYPE_STYLES = {
    "common_rewarded": (BLUE, "-", "o"),
    "common_unrewarded": (VERMILLION, "-", "o"),
    "uncommon_rewarded": (BLUE, "--", "s"),
    "uncommon_unrewarded": (VERMILLION, "--", "s"),
}
"""Colour, line and marker of each kind of two-step trial: colour is reward, dashes uncommon."""

_SETTINGS: dict[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    # The same numbers give the same file: element names in SVG are otherwise random.
    "svg.hashsalt": "pfc_analysis",
}


_PALE = "#E7E9EC"

_DRAWN = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_GROUND = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
_ON_DARK: dict[Any, Any] = dict.fromkeys(_DRAWN, _PALE) | dict.fromkeys(_GROUND, "none")
"""Settings for a dark page: pale text and lines on a transparent background."""


@contextmanager
def figure_style(dark: bool = False) -> Iterator[None]:
    """Apply the figure style within a `with` block, for a light or a dark background."""
    with mpl.rc_context(_SETTINGS | (_ON_DARK if dark else {})):
        yield


class _FileCanvas(FigureCanvasAgg):
    """Canvas of a figure that is only written to files.

    matplotlib asks a canvas to refresh the screen when the limits of axes change that other axes
    share, and without a screen that would draw the whole figure each time.
    """

    def draw_idle(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: there is no screen."""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this width and height (inches) that opens no window."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    _FileCanvas(figure)
    return figure


def settle_layout(figure: Figure) -> Figure:
    """Compute the layout of a figure once and round it, so that its SVG is reproducible.

    The layout solver varies in the last bits from run to run, and matplotlib derives the names of
    SVG elements from these numbers.
    """
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        engine.execute(figure)
    drop_layout(figure)
    _round_parts(figure.subfigs)
    for axes in figure.axes:
        left, bottom, width, height = np.round(axes.get_position().bounds, 6).tolist()
        axes.set_position((left, bottom, width, height))
    return figure


def _round_parts(parts: Sequence[SubFigure]) -> None:
    """Round where subfigures lie in their figure, by less than shows, and those inside them."""
    for part in parts:
        part.bbox_relative.set_points(np.round(part.bbox_relative.get_points(), 12))
        _round_parts(part.subfigs)


def label_panel(axes: Axes, letter: str, title: str) -> Axes:
    """Set a panel's letter, in bold at the edge of its labels, and its title."""
    written = axes.set_title(title, loc="left", pad=0.8 * mpl.rcParams["font.size"])
    size = float(written.get_fontsize()) + 0.5
    axes.annotate(
        letter, (0, 1), xytext=(-3.3 * mpl.rcParams["font.size"], 0.8 * mpl.rcParams["font.size"]),
        xycoords="axes fraction", textcoords="offset points", fontsize=size, fontweight="bold",
        va="baseline", annotation_clip=False,
    )  # fmt: skip
    return axes


def plain_label(text: str) -> str:
    r"""Return a name from the user's data as a label: no mathematics, no control characters.

    matplotlib reads what stands between two dollar signs as mathematics, and an SVG with a control
    character in it is not valid.
    """
    return visible_text(text).replace("$", r"\$")


def save_figure(
    figure: Figure,
    out: Path,
    stem: str,
    *,
    endings: Sequence[str] = ("svg", "png"),
    title: str = "",
    description: str = "",
    part: Bbox | None = None,
) -> list[Path]:
    """Write a figure, as SVG and PNG if not told otherwise; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    out : Path
        Folder.
    stem : str
        Name of the files, without ending.
    endings : sequence of {"svg", "png", "pdf"}
        Which files.
    title, description : str
        What the files say about themselves in their metadata; nothing where empty.
    part : matplotlib.transforms.Bbox, optional
        Part of the figure to write, in inches; all of it where not given.

    Returns
    -------
    list of Path
        The files.
    """
    written = []
    keep_labels(figure)
    for ending in endings:
        path = user_path(out) / f"{stem}.{ending}"
        with atomic_path(path) as temporary, no_layout_tables():
            figure.savefig(
                temporary, metadata=_metadata(ending, title, description), bbox_inches=part
            )
        written.append(path)
    return written


def _metadata(ending: str, title: str, description: str) -> dict[str, str | None]:
    """Return the metadata of a file: title and description, but neither date nor version."""
    told = {"pdf": "Subject"}.get(ending, "Description")
    about = {"Title": title, told: description}
    undated = {"svg": "Date", "png": "Software", "pdf": "CreationDate"}[ending]
    return {undated: None} | {name: text for name, text in about.items() if text}
