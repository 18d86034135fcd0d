"""Text of slides: shrunk where it overlaps, left alone elsewhere."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pfc_analysis.plotting.paper import draw_slides, new_page, print_style
from pfc_analysis.plotting.slide_text import fit_text


def draw(titles):
    """A slide with a panel for each title, and the title's size as asked for."""
    with draw_slides(), print_style():
        figure, (row,) = new_page([50])
        panels = row.subplots(1, len(titles), squeeze=False)[0]
        written = [
            axes.set_title(title, loc="left") for axes, title in zip(panels, titles, strict=True)
        ]
        asked = written[0].get_fontsize()
        fit_text(figure)
        figure.draw_without_rendering()
        return written, asked


def test_titles_that_overlap_become_smaller_until_they_do_not():
    titles, asked = draw(["a title that is rather long"] * 6)
    assert 0.75 * asked <= titles[0].get_fontsize() < asked
    boxes = [title.get_window_extent() for title in titles]
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_text_that_fits_keeps_its_size():
    titles, asked = draw(["short"] * 3)
    assert titles[0].get_fontsize() == asked


def test_text_never_becomes_smaller_than_on_the_page():
    titles, asked = draw(["a title that no size of it fits"] * 6)
    assert titles[0].get_fontsize() == pytest.approx(0.75 * asked, rel=0.06)
    assert titles[0].get_fontsize() >= 0.75 * asked
