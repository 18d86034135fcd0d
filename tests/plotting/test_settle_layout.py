"""A layout is rounded, so that the solver's last bits change no file."""

import io

import numpy as np
import pytest

from pfc_analysis.plotting.style import figure_style, new_figure, settle_layout


def draw(disturb=0.0):
    """A figure with parts inside parts; `disturb` moves them as the solver's last bits do."""
    figure = new_figure(4.0, 5.0)
    above, below = figure.subfigures(2, 1, height_ratios=[1.0, 2.1])
    head, body = below.subfigures(2, 1, height_ratios=[0.3, 1.7])
    above.subplots().plot([0, 1], [0, 1])
    for axes in body.subplots(1, 3):
        axes.plot([0, 1], [1, 0])
    head.text(0.1, 0.1, "parts")
    engine = figure.get_layout_engine()
    engine.execute(figure)
    figure.set_layout_engine("none")
    for part in (above, below, head, body):
        part.bbox_relative.set_points(part.bbox_relative.get_points() * (1 + disturb))
    return settle_layout(figure)


def write(figure):
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


@pytest.mark.parametrize("disturb", [0.0, 3e-16, -3e-16])
def test_last_bits_of_the_layout_change_no_byte(disturb):
    with figure_style():
        assert write(draw(disturb)) == write(draw())


def test_parts_move_by_less_than_can_be_seen():
    with figure_style():
        found, moved = draw(), draw(3e-13)
    for part, other in zip(found.subfigs, moved.subfigs, strict=True):
        np.testing.assert_allclose(
            part.bbox_relative.get_points(), other.bbox_relative.get_points(), atol=1.5e-12
        )
