"""Shipped figures at print size: as wide as a journal, text of 5 to 7 points, none overlapping."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from pfc_analysis.paths import content_folder
from pfc_analysis.plotting.paper import COLUMN_WIDTH, PAGE_WIDTH, new_page, print_style, save_page
from pfc_analysis.reproduction.figures import list_figures

SLACK = 0.6  # points: boxes of letters that nearly touch
PRINTED = [
    content_folder("figures") / "rendered" / f"{path.stem}.svg"
    for path in list_figures().values()
    if "print_style" in path.read_text("utf-8")
]


_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Word:
    """A line of text: its corners (points, y downwards) and its size in points."""

    text: str
    size: float
    corners: np.ndarray

    def overlaps(self, other: Word, slack: float) -> bool:
        """Whether two boxes overlap by more than `slack` points along every side of both."""
        for box in (self.corners, other.corners):
            for side in (box[1] - box[0], box[2] - box[1]):
                along = side / max(float(np.hypot(*side)), 1e-9)
                mine, theirs = self.corners @ along, other.corners @ along
                if min(mine.max(), theirs.max()) - max(mine.min(), theirs.min()) <= slack:
                    return False
        return True


def svg_width(path: Path) -> float:
    """Width of an SVG in mm."""
    return float(ET.parse(path).getroot().attrib["width"].removesuffix("pt")) / 72 * 25.4


@cache
def find_words(path: Path) -> list[Word]:
    """Find the lines of text of an SVG that matplotlib wrote, sizes and places in points."""
    root = ET.parse(path).getroot()
    unit = float(root.attrib["width"].removesuffix("pt")) / float(root.attrib["viewBox"].split()[2])
    found = []
    for group in root.iter():
        if group.tag == f"{_SVG}text" and (group.text or "").strip():  # mathematics has tspans
            found.append(_place(group, unit))
    return found


def _place(text: ET.Element, unit: float) -> Word:
    style = text.attrib["style"]
    size = float(re.search(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", style)[1])
    weight = "bold" if re.search(r"font(?:-weight)?: (?:700|bold)", style) else "normal"
    shape = _measure(text.text, size, weight)
    anchor = re.search(r"text-anchor: (\w+)", style)
    shift = {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "start", 0.0)
    left, right = shape.x0 - shift * shape.width, shape.x1 - shift * shape.width
    box = np.array([(left, -shape.y0), (right, -shape.y0), (right, -shape.y1), (left, -shape.y1)])
    return Word(text.text, size * unit, _transform(box, text) * unit)


@cache
def _measure(text: str, size: float, weight: str) -> Bbox:
    """Box of a text at the origin; labels of axes come many times."""
    return TextPath((0, 0), text, size, prop=FontProperties(weight=weight)).get_extents()


def _transform(box: np.ndarray, text: ET.Element) -> np.ndarray:
    """Apply the element's translation and rotation to a box around the origin."""
    told = text.attrib.get("transform", "")
    numbers = {
        name: [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", inside)]
        for name, inside in re.findall(r"(\w+)\(([^)]*)\)", told)
    }
    at = np.array([float(text.attrib.get("x", 0)), float(text.attrib.get("y", 0))])
    turn = numbers.get("rotate", [0.0])
    angle = np.deg2rad(turn[0])
    centre = np.array(turn[1:]) if len(turn) == 3 else np.zeros(2)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (box + at - centre) @ rotation.T + centre
    return moved + np.array(numbers.get("translate", [0.0, 0.0]))


def overlapping(path: Path) -> list[tuple[str, str]]:
    """Pairs of texts that overlap."""
    return [
        (one.text, other.text)
        for one, other in combinations(find_words(path), 2)
        if one.overlaps(other, SLACK)
    ]


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_figures_are_as_wide_as_a_journal_prints_them(path):
    assert min(abs(svg_width(path) - width) for width in (PAGE_WIDTH, COLUMN_WIDTH)) < 0.1


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_text_has_five_to_seven_points(path):
    words = find_words(path)
    assert len(words) > 10
    assert {word.text: word.size for word in words if not 4.99 <= word.size <= 7.01} == {}


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_no_texts_overlap(path):
    assert overlapping(path) == []


def test_overlaps_and_sizes_are_noticed(tmp_path):
    with print_style():
        figure, (row,) = new_page([40])
        row.text(0.5, 0.5, "one text", ha="center", fontsize=9)
        row.text(0.5, 0.5, "across it", rotation=90, ha="center")
        row.text(0.5, 0.9, "far away", ha="right")
        path = save_page(figure, tmp_path, "f")[0]
    assert overlapping(path) == [("one text", "across it")]
    assert sorted(word.size for word in find_words(path)) == pytest.approx([6, 6, 9])
    far = next(word for word in find_words(path) if word.text == "far away")
    assert far.corners[:, 0].max() == pytest.approx(90 / 25.4 * 72, abs=1)
