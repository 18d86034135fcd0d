"""Shrink the text of a slide until none overlaps."""

from __future__ import annotations

from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, FigureBase
from matplotlib.text import Text

_STEP = 0.94
_SMALLEST = (
    0.75  # of the size asked for: then text is as large, for its row, as on the printed page
)
_CLEARANCE = 1.02  # boxes are taken this much wider than the letters


def fit_text(figure: Figure) -> None:
    """Shrink the text of each row of a figure in steps, until none of a row's texts overlap.

    Text is made smaller by at most a quarter. Then it is as large, for the width of the slide, as
    in the printed figure.
    """
    rows = list(figure.subfigs)
    scale = dict.fromkeys(range(len(rows)), 1.0)
    while scale:
        figure.draw_without_rendering()
        for number in list(scale):
            if scale[number] * _STEP < _SMALLEST or not _overlap(rows[number]):
                del scale[number]
                continue
            scale[number] *= _STEP
            for text in rows[number].findobj(Text):
                text.set_fontsize(float(text.get_fontsize()) * _STEP)


def _overlap(row: FigureBase) -> bool:
    boxes = []
    for text in _find_drawn_texts(row):
        box = text.get_window_extent()
        # The box of slanted text is larger than the text.
        if box.width > 0 and text.get_rotation() % 90 == 0:
            boxes.append(box.expanded(_CLEARANCE, 1.0))
    return any(one.overlaps(other) for one, other in combinations(boxes, 2))


def _find_drawn_texts(row: FigureBase) -> list[Text]:
    """Find the texts that can be seen: not those of ticks beyond the limits of an axis."""
    drawn = [*row.texts]
    for legend in row.legends:
        drawn += legend.get_texts()
    for axes in row.findobj(Axes):
        drawn += _find_texts_of(axes)
    return [text for text in drawn if text.get_visible() and text.get_text().strip()]


def _find_texts_of(axes: Axes) -> list[Text]:
    legend = axes.get_legend()
    drawn = [child for child in axes.get_children() if isinstance(child, Text)]  # titles too
    drawn += legend.get_texts() if legend else ()
    if axes.axison:
        drawn += [axes.xaxis.label, axes.yaxis.label]
        drawn += [*_find_tick_labels(axes.xaxis), *_find_tick_labels(axes.yaxis)]
    return drawn


def _find_tick_labels(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in ticks if tick.label1.get_visible()]
