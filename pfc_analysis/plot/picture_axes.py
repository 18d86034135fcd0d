"""Where a picture is drawn, and in which style."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes

from pfc_analysis.plotting.paper import draw_slides, print_style
from pfc_analysis.plotting.style import figure_style

Style = str | Mapping[str, Any] | None
"""None, "print", "lecture", or settings of matplotlib by name."""

Size = tuple[float, float]
"""Width and height of a new figure in inches."""


@contextmanager
def open_axes(ax: Axes | None, style: Style, size: Size) -> Iterator[Axes]:
    """Yield the axes to draw in, with the style's settings for the time of drawing.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        The caller's axes; None for a new figure of pyplot, which a notebook shows.
    style : {"print", "lecture"} or mapping, optional
        Settings; if None, those of the toolkit for a new figure, and the caller's in axes of the
        caller.
    size : tuple of float
        Of a new figure.

    Raises
    ------
    ValueError
        If the name of a style or of a setting is unknown.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        # A notebook's backend switches matplotlib to interactive when it is first used. Within the
        # settings below that would be undone with them, and later pictures would not be shown.
        plt.draw_if_interactive()
    with _settings(style, ax is None):
        if ax is None:
            _, ax = plt.subplots(figsize=size, layout="constrained")
        yield ax


@contextmanager
def _settings(style: Style, new: bool) -> Iterator[None]:
    """Apply a style's settings within a `with` block."""
    if style is None:
        with figure_style() if new else nullcontext():
            yield
    elif style in ("print", "lecture"):
        with draw_slides(style == "lecture"), print_style():
            yield
    elif isinstance(style, str):
        raise ValueError(
            f'style: found {style!r}, expected "print", "lecture", or a mapping of matplotlib '
            'settings such as {"font.size": 10}'
        )
    else:
        _check_settings(style)
        settings: dict[Any, Any] = dict(style)
        with figure_style(), mpl.rc_context(settings):
            yield


def _check_settings(style: Mapping[str, Any]) -> None:
    unknown = [name for name in style if name not in mpl.rcParams]
    if unknown:
        raise ValueError(
            f"style: {unknown[0]!r} is no setting of matplotlib; matplotlib.rcParams lists them"
        )
