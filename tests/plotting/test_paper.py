"""Size, type and metadata of printed figures and of slides."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

from pfc_analysis.plotting.paper import (
    COLUMN_WIDTH,
    PAGE_WIDTH,
    draw_slides,
    new_page,
    print_style,
    save_page,
)
from pfc_analysis.plotting.style import save_figure, settle_layout

POINTS_PER_MM = 72 / 25.4
TOLD = "Bars, mean of n = 8; 95 % interval over µ agents"


def draw(out: Path, *, width: float = PAGE_WIDTH, slide: bool = False) -> list[Path]:
    with draw_slides(slide), print_style():
        figure, rows = new_page([30, 40], width=width, headings=["first", "second"])
        for row in rows:
            row.subplots().set(xlabel="trial", ylabel="reward", title="a panel")
        return save_page(figure, out, "f", title="A figure", description=TOLD)


def svg_size(path: Path) -> tuple[float, float]:
    """Width and height of an SVG in points."""
    root = ET.parse(path).getroot()
    width, height = (float(root.attrib[name].removesuffix("pt")) for name in ("width", "height"))
    return width, height


@pytest.mark.parametrize("width", [PAGE_WIDTH, COLUMN_WIDTH])
def test_a_printed_figure_has_the_width_of_the_journal(width, tmp_path):
    svg, png, pdf = draw(tmp_path, width=width)
    assert svg_size(svg) == pytest.approx((width * POINTS_PER_MM, 70 * POINTS_PER_MM), abs=0.1)
    with Image.open(png) as image:
        assert image.info["dpi"][0] == pytest.approx(300, abs=1)
        assert image.width == pytest.approx(width / 25.4 * 300, abs=2)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf.read_bytes())
    assert box
    assert float(box[1]) == pytest.approx(width * POINTS_PER_MM, abs=0.1)


def test_labels_stand_in_all_files_where_they_would_in_one(tmp_path):
    """A PNG written after the SVG, with labels left in place, against one written on its own."""

    def picture(path: Path) -> np.ndarray:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"), np.float64)

    with print_style():
        figures = []
        for _ in range(2):
            figure, (row,) = new_page([40])
            left, right = row.subplots(1, 2)
            left.set(xlabel="trial", ylabel="reward", title="centred", ylim=(0, 1000))
            right.set(xlabel="step", ylabel="value", ylim=(0, 1))
            right.set_title("beside", loc="left", pad=9.0)
            figures.append(settle_layout(figure))
        both = save_figure(figures[0], tmp_path, "both")[1]
        (alone,) = save_figure(figures[1], tmp_path, "alone", endings=["png"])
    found, expected = picture(both), picture(alone)
    assert found.shape == expected.shape
    # A y label may move by a part of a pixel, which changes the grey at the edge of its letters.
    assert (np.abs(found - expected) > 100).mean() < 0.002
    assert (expected < 128).mean() > 0.01


def test_each_row_becomes_a_slide_with_larger_text(tmp_path):
    files = draw(tmp_path, slide=True)
    assert [path.name for path in files[::3]] == ["f_slide_1.svg", "f_slide_2.svg"]
    (first, second), printed = files[::3], draw(tmp_path)[0]
    for path in (first, second):
        width, height = svg_size(path)
        assert width / height == pytest.approx(16 / 9, rel=1e-3)
    with Image.open(files[1]) as image:
        assert image.size == pytest.approx((1920, 1080), abs=1)

    def relative_size(path: Path) -> float:
        """The smallest text as a share of the width of the picture."""
        sizes = re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", path.read_text("utf-8"))
        return min(map(float, sizes)) / svg_size(path)[0]

    assert relative_size(first) > 1.25 * relative_size(printed)
    assert "first" in first.read_text("utf-8")


def test_files_say_what_they_show_and_not_when_they_were_made(tmp_path):
    svg, png, pdf = draw(tmp_path)
    text = svg.read_text("utf-8")
    assert "<title>A figure</title>" in text
    assert TOLD in text
    assert "<dc:date>" not in text
    with Image.open(png) as image:
        assert image.info["Description"] == TOLD
        assert image.info["Title"] == "A figure"
        assert "Software" not in image.info
    written = pdf.read_bytes()
    assert b"A figure" in written
    assert b"CreationDate" not in written


def test_fonts_are_embedded_as_truetype(tmp_path):
    pdf = draw(tmp_path)[2].read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_drawn_twice_same_bytes(tmp_path):
    for slide in (False, True):
        once, again = (draw(tmp_path / name, slide=slide) for name in ("a", "b"))
        assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_the_layout_is_computed_once_for_all_formats(tmp_path, monkeypatch):
    computed, execute = [], ConstrainedLayoutEngine.execute

    def count(self, figure):
        computed.append(figure)
        return execute(self, figure)

    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", count)
    assert len(draw(tmp_path)) == 3
    assert len(computed) == 1
