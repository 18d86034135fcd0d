"""Save time where one figure is written to several files: nothing is worked out twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure


def keep_labels(figure: Figure) -> None:
    """Leave titles and labels of axes where the next drawing of a figure puts them.

    matplotlib puts them beside the labels of the ticks, and to find their place it measures every
    label again, twice in each drawing.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A figure that will be drawn several times without changes.
    """

    def keep(_: object) -> None:
        figure.canvas.mpl_disconnect(number)
        for axes in figure.axes:
            _keep_titles(axes, figure.dpi)
            for axis in (axes.xaxis, axes.yaxis):
                _keep_label(axis)

    # Only while it is drawn does the figure have the resolution of the file.
    number = figure.canvas.mpl_connect("draw_event", keep)


def _keep_label(axis: Axis) -> None:
    at = axis.label.get_transform().transform(axis.label.get_position())
    x, y = axis.axes.transAxes.inverted().transform(at)
    axis.set_label_coords(x, y)


def _keep_titles(axes: Axes, dpi: float) -> None:
    """Set the height of a title that is empty: matplotlib then leaves all three as they are."""
    corner = (0.0, 1.0)
    offset = axes.title.get_transform().transform(corner) - axes.transAxes.transform(corner)
    pad = float(offset[1]) * 72.0 / dpi
    for place in ("left", "center", "right"):
        if not axes.get_title(place):
            axes.set_title("", loc=place, y=1.0, pad=pad)
            return


def drop_layout(figure: Figure) -> None:
    """Leave all parts of a figure where they are, and let it be drawn once for each file.

    matplotlib draws a figure that has a layout engine twice, also if the engine does nothing, as
    that does which `figure.set_layout_engine("none")` leaves behind.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A figure with its layout computed.
    """
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)


@contextmanager
def no_layout_tables() -> Iterator[None]:
    """Drop the tables of a font that say how to set its text, within a `with` block.

    A PDF says where each letter is and never uses them, but to reduce them to the letters of a
    figure takes most of the time of embedding the font.
    """
    from fontTools.subset import Options  # type: ignore[import-untyped]

    # fontTools promises no such setting; without it, fonts are embedded with these tables.
    before = getattr(Options, "_drop_tables_default", None)
    if before is None:
        yield
        return
    Options._drop_tables_default = [*before, "GDEF", "GPOS", "GSUB", "kern"]
    try:
        yield
    finally:
        Options._drop_tables_default = before
