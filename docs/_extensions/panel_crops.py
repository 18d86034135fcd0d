"""Cut a rendered figure into its panels, which begin at their letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_LETTER = re.compile(
    r'<text style="font-weight: 700[^"]*"[^>]*? x="([-\d.]+)" y="([-\d.]+)"[^>]*>([a-z])</text>'
)
_SAME_ROW = 6.0
"""Letters whose heights differ by fewer points stand in one row."""
_SAME_COLUMN = 40.0
"""Letters whose places differ by fewer points across stand in one column."""
_LEFT, _ABOVE = 3.0, 9.0
"""Points left of a letter and above its base line that belong to its panel."""


@dataclass(frozen=True)
class Panel:
    """A panel's letter, and its box in points: left, top, right, bottom."""

    letter: str
    box: tuple[float, float, float, float]


def find_panels(svg: str) -> tuple[list[Panel], tuple[float, float]]:
    """Return the panels of a figure, and its size in points.

    A panel reaches right to the next letter beside it, and down to the next letter below it.
    """
    size = _SIZE.search(svg)
    assert size is not None, "the SVG has no view box"
    width, height = map(float, size.groups())
    letters = [(float(x), float(y), name) for x, y, name in _LETTER.findall(svg)]
    rights = {name: _right_edge(x, y, letters, width) for x, y, name in letters}
    panels = []
    for x, y, name in letters:
        below = [
            other_y - _ABOVE
            for other_x, other_y, other in letters
            if other_y > y + _SAME_ROW and other_x < rights[name] and rights[other] > x
        ]
        top = max(0, y - _ABOVE)
        panels.append(Panel(name, (max(0, x - _LEFT), top, rights[name], min([*below, height]))))
    return sorted(panels, key=lambda panel: panel.letter), (width, height)


def _right_edge(x: float, y: float, letters: list[tuple[float, float, str]], width: float) -> float:
    """Return where a panel ends: at the next letter of its row, or at a higher panel beside it."""
    edges = [width]
    for other_x, other_y, _ in letters:
        if other_x <= x + _SAME_ROW or other_y > y + _SAME_ROW:
            continue
        # A panel of a row above stands beside this one if no letter below ends it before.
        ended = any(
            abs(below_x - other_x) < _SAME_COLUMN and other_y + _SAME_ROW < below_y <= y + _SAME_ROW
            for below_x, below_y, _ in letters
        )
        in_row = abs(other_y - y) < _SAME_ROW
        alone = not any(abs(row_y - y) < _SAME_ROW and row_x != x for row_x, row_y, _ in letters)
        if in_row or (alone and not ended):
            edges.append(other_x - _LEFT)
    return min(edges)


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
