"""A small canvas for frames of a film: lines and text without jagged edges, in one colour each."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Array = np.ndarray[Any, Any]

TEXT, LINE = "#5B6168", "#C4C8CD"
"""Colours of labels, and of axes."""

FINE = 2
"""Everything is drawn this many times as large, and reduced at the end."""

LETTERS = {False: 14, True: 11}
"""Height of letters in pixels, by whether they are small."""


class Box(NamedTuple):
    """A rectangle, in pixels of the finished frame."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


class Canvas:
    """A white canvas of a size (width, height) in pixels."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._image = Image.new("RGB", (size[0] * FINE, size[1] * FINE), "white")
        self._draw = ImageDraw.Draw(self._image)

    def copy(self) -> Canvas:
        """Return a canvas with the same drawing, to draw on."""
        twin = Canvas((1, 1))
        twin._image = self._image.copy()
        twin._draw = ImageDraw.Draw(twin._image)
        return twin

    def finish(self) -> Array:
        """Return the picture, RGB (height, width, 3)."""
        return np.asarray(self._image.reduce(FINE))

    def paste(self, picture: Array, box: Box) -> None:
        """Draw a picture, RGB (height, width, 3); its pixels stay squares."""
        left, top, width, height = _enlarge(box)
        large = Image.fromarray(picture).resize((width, height), Image.Resampling.NEAREST)
        self._image.paste(large, (left, top))

    def fill(self, box: Box, colour: str) -> None:
        """Fill a box."""
        left, top, width, height = _enlarge(box)
        if width > 0 and height > 0:
            self._draw.rectangle((left, top, left + width - 1, top + height - 1), colour)

    def frame(self, box: Box, colour: str) -> None:
        """Draw the edges of a box, two pixels outwards."""
        left, top, width, height = _enlarge(box)
        edge = 2 * FINE
        corners = left - edge, top - edge, left + width + edge - 1, top + height + edge - 1
        self._draw.rectangle(corners, outline=colour, width=edge)

    def bar(self, box: Box, share: float, colour: str, *, from_right: bool = False) -> None:
        """Draw a bar that fills a share of a box, with the rest of the box in grey."""
        self.fill(box, LINE)
        width = box.width * share
        left = box.right - width if from_right else box.left
        self.fill(Box(left, box.top, width, box.height), colour)

    def line(self, points: list[tuple[float, float]], colour: str, width: float) -> None:
        """Draw a line through points."""
        large = [(x * FINE, y * FINE) for x, y in points]
        self._draw.line(large, colour, round(width * FINE), joint="curve")

    def dot(self, centre: tuple[float, float], radius: float, colour: str) -> None:
        """Draw a disc."""
        (x, y), r = centre, radius * FINE
        x, y = x * FINE, y * FINE
        self._draw.ellipse((x - r, y - r, x + r, y + r), colour)

    def text(
        self,
        place: tuple[float, float],
        text: str,
        colour: str,
        *,
        small: bool = False,
        right: bool = False,
    ) -> None:
        """Write text whose upper left corner, or upper right one, is at a place."""
        x, y = place[0] * FINE, place[1] * FINE
        self._draw.text((x, y), text, colour, _font(small), anchor="ra" if right else "la")


def _enlarge(box: Box) -> tuple[int, int, int, int]:
    """Return left, top, width and height in pixels of the large canvas."""
    left, top = round(box.left * FINE), round(box.top * FINE)
    return left, top, round(box.right * FINE) - left, round(box.bottom * FINE) - top


@cache
def _font(small: bool) -> Any:
    return ImageFont.load_default(LETTERS[small] * FINE)
