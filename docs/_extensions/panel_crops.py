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
_LEFT, _ABOVE = 3.0, 9.0
"""Points left of a letter and above its base line that belong to its panel."""


@dataclass(frozen=True)
class Panel:
    """A panel's letter, and its box in points: left, top, right, bottom."""

    letter: str
    box: tuple[float, float, float, float]


def find_panels(svg: str) -> tuple[list[Panel], tuple[float, float]]:
    """Return the panels of a figure, and its size in points.

    A panel reaches to the next letter in its row, and down to the next row that has a letter.
    """
    size = _SIZE.search(svg)
    assert size is not None, "the SVG has no view box"
    width, height = map(float, size.groups())
    letters = [(float(x), float(y), name) for x, y, name in _LETTER.findall(svg)]
    rows: list[list[tuple[float, float, str]]] = []
    for one in sorted(letters, key=lambda one: one[1]):
        if rows and one[1] - rows[-1][0][1] < _SAME_ROW:
            rows[-1].append(one)
        else:
            rows.append([one])
    ends = [min(y for _, y, _ in row) - _ABOVE for row in rows[1:]] + [height]
    panels = []
    for row, bottom in zip(rows, ends, strict=True):
        row.sort()
        rights = [x - _LEFT for x, _, _ in row[1:]] + [width]
        for (x, y, name), right in zip(row, rights, strict=True):
            panels.append(Panel(name, (max(0, x - _LEFT), max(0, y - _ABOVE), right, bottom)))
    return sorted(panels, key=lambda panel: panel.letter), (width, height)


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
            picture.crop((left, top, min(right, picture.width), min(bottom, picture.height))).save(path)
            written[panel.letter] = path
    return written
