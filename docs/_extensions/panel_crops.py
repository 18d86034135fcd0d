"""Cut a rendered figure into its panels, which begin at their letters.

Each row of a figure is a subfigure, which the SVG keeps as a group. Within it a panel reaches right
to the next letter beside it, and down to the next letter below it, or to a legend that several
panels share, which is left out: the caption says what colours mean.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?[\d.]+")
_SAME_ROW = 6.0
"""Letters whose heights differ by fewer points stand in one row."""
_LEFT, _ABOVE = 3.0, 9.0
"""Points left of a letter and above its base line that belong to its panel."""
_LABEL_LEFT, _LABEL_RIGHT, _LABEL_SIZE = 16.0, 12.0, 7.0
"""Points beside a letter where the label of its vertical axis may stand, and the label's size."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points."""


@dataclass(frozen=True)
class Panel:
    """A panel's letter and its box."""

    letter: str
    box: Box


@dataclass(frozen=True)
class _Row:
    """A subfigure: its box, and the letters (x, y, letter) and rotated labels (x, y) in it."""

    box: Box
    letters: list[tuple[float, float, str]]
    labels: list[tuple[float, float]]


def find_panels(svg: str) -> tuple[list[Panel], tuple[float, float]]:
    """Return the panels of a figure in the order of their letters, and its size in points."""
    root = ET.fromstring(svg)
    width, height = map(float, _NUMBER.findall(root.get("viewBox", ""))[2:])
    panels = [panel for row in _find_rows(root) for panel in _cut_row(row)]
    return sorted(panels, key=lambda panel: panel.letter), (width, height)


def _find_rows(root: ET.Element) -> Iterator[_Row]:
    """Yield the subfigures that hold letters and no further subfigures."""
    for group in root.iter(f"{_SVG}g"):
        if not _is(group, "subfigure") or any(_is(inner, "subfigure") for inner in group):
            continue
        texts = list(group.iter(f"{_SVG}text"))
        letters = [(*_place(text), text.text) for text in texts if _is_letter(text)]
        if letters:
            labels = [_place(text) for text in texts if "rotate(-90" in text.get("transform", "")]
            yield _Row(_free_box(group), letters, labels)


def _free_box(group: ET.Element) -> Box:
    """Return the box of a subfigure between its heading and the legend that its panels share."""
    outline = group.find(f".//{_SVG}path")
    assert outline is not None, f"{group.get('id')}: no outline"
    numbers = [float(number) for number in _NUMBER.findall(outline.get("d", ""))]
    left, right = min(numbers[::2]), max(numbers[::2])
    top, bottom = min(numbers[1::2]), max(numbers[1::2])
    for child in group:
        places = [_place(text) for text in child.iter(f"{_SVG}text")]
        if _is(child, "text") and places:
            top = max(top, places[0][1] + 2)
        elif _is(child, "legend") and min(y for _, y in places) > (top + bottom) / 2:
            bottom = min(bottom, min(y for _, y in places) - _ABOVE)
    return left, top, right, bottom


def _cut_row(row: _Row) -> Iterator[Panel]:
    """Yield the panels of a subfigure."""
    _, top, right, bottom = row.box
    lefts = {name: _left_edge(row, x, y) for x, y, name in row.letters}
    rights = {
        name: min(
            [lefts[other] for ox, oy, other in row.letters if ox > x and abs(oy - y) < _SAME_ROW],
            default=right,
        )
        for x, y, name in row.letters
    }
    for x, y, name in row.letters:
        above = any(other_y < y - _SAME_ROW for _, other_y, _ in row.letters)
        below = [
            other_y - _ABOVE
            for other_x, other_y, other in row.letters
            if other_y > y + _SAME_ROW and other_x < rights[name] and rights[other] > x
        ]
        begins = y - _ABOVE if above else top
        yield Panel(name, (lefts[name], begins, rights[name], min([*below, bottom])))


def _left_edge(row: _Row, x: float, y: float) -> float:
    """Return where a panel begins: at its letter, or at the label of its vertical axis."""
    labels = [
        label_x - _LABEL_SIZE
        for label_x, label_y in row.labels
        if -_LABEL_LEFT < label_x - x < _LABEL_RIGHT and label_y > y
    ]
    return max(row.box[0], min([x - _LEFT, *labels]))


def _is(element: ET.Element, kind: str) -> bool:
    return element.get("id", "").startswith(f"{kind}_")


def _is_letter(text: ET.Element) -> bool:
    return "font-weight: 700" in text.get("style", "") and len(text.text or "") == 1


def _place(text: ET.Element) -> tuple[float, float]:
    """Return the coordinates of a text; matplotlib writes those of rotated text as the centre."""
    if text.get("x") is not None:
        return float(text.get("x", 0)), float(text.get("y", 0))
    moved = [float(number) for number in _NUMBER.findall(text.get("transform", ""))]
    return moved[0], moved[1]


def crop_panels(stem: Path, out: Path) -> dict[str, Path]:
    """Write a PNG for every panel of a rendered figure; return the files by letter.

    Parameters
    ----------
    stem : Path
        The rendered figure, without ending: its SVG and PNG lie there.
    out : Path
        Folder.
    """
    panels, (width, _) = find_panels(stem.with_suffix(".svg").read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    with Image.open(stem.with_suffix(".png")) as picture:
        scale = picture.width / width
        for panel in panels:
            path = out / f"{stem.name}_{panel.letter}.png"
            left, top, right, bottom = (round(scale * edge) for edge in panel.box)
            picture.crop((left, top, min(right, picture.width), min(bottom, picture.height))).save(
                path
            )
            written[panel.letter] = path
    return written
