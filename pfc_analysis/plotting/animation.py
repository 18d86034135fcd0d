"""Frames of what an agent saw: an animated GIF, one PNG, or single frames side by side."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import user_path
from pfc_analysis.plotting.style import INK

Array = np.ndarray[Any, Any]

COLOURS = 256
"""Number of colours in a GIF. All frames share one palette, so that colours do not flicker."""


def write_gif(path: str | Path, frames: Array, *, seconds: float = 0.15) -> Path:
    """Write frames as an animated GIF that repeats without end.

    Parameters
    ----------
    path : str or Path
        File to write, with the ending ``.gif``. A killed process leaves the old file
        or none.
    frames : ndarray of uint8, shape (frame, height, width, 3)
        RGB.
    seconds : float
        Time for which a frame is shown, at least 0.02. A GIF stores hundredths of a second.

    Returns
    -------
    Path
        The file; the same frames give the same bytes.

    Raises
    ------
    ValueError
        If frames are of another type or shape, the ending is another, or `seconds` is too short.
    """
    path = user_path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"{path}: expected a name that ends in .gif.")
    check_seconds(seconds)
    check_frames(frames)
    pictures = _share_colours(frames)
    with atomic_path(path) as temporary:
        pictures[0].save(
            temporary,
            save_all=True,
            append_images=pictures[1:],
            duration=round(100 * seconds) * 10,
            loop=0,
            optimize=False,
        )
    return path


def check_seconds(seconds: float) -> None:
    """Raise a ValueError if frames are to be shown for too short a time."""
    if not seconds >= 0.02:
        raise ValueError(f"seconds = {seconds!r}: expected at least 0.02 for each frame.")


def encode_png(frames: Array, columns: int) -> bytes:
    """Encode frames as one PNG in which they lie side by side, row by row.

    Parameters
    ----------
    frames : ndarray of uint8, shape (frame, height, width, 3)
        RGB.
    columns : int
        Frames in a row. Places that are left over in the last row are black.

    Returns
    -------
    bytes
        The same frames give the same bytes.
    """
    check_frames(frames)
    n, height, width, _ = frames.shape
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, height, width, 3), np.uint8)
    sheet[:n] = frames
    grid = sheet.reshape(rows, columns, height, width, 3).swapaxes(1, 2)
    file = BytesIO()
    Image.fromarray(grid.reshape(rows * height, columns * width, 3)).save(file, "PNG")
    return file.getvalue()


def draw_view_strip(
    axes: Axes, frames: Array, captions: Sequence[str] | None = None, *, gap: float = 0.06
) -> Axes:
    """Draw frames side by side.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    frames : ndarray of uint8, shape (frame, height, width, 3)
        RGB, such as the views of one trial.
    captions : sequence of str, optional
        Text under each frame.
    gap : float
        Space between two frames, as a share of a frame's width.

    Returns
    -------
    matplotlib.axes.Axes
        Frame k spans k (1 + gap) to k (1 + gap) + 1 across.

    Raises
    ------
    ValueError
        If frames are of another type or shape, or captions are not as many as frames.
    """
    check_frames(frames)
    if captions is not None and len(captions) != len(frames):
        raise ValueError(
            f"captions: found {len(captions)}, expected {len(frames)}, one for each frame."
        )
    tall = frames.shape[1] / frames.shape[2]
    for k, frame in enumerate(frames):
        left = k * (1.0 + gap)
        axes.imshow(frame, extent=(left, left + 1.0, 0.0, tall), interpolation="nearest")
        if captions is not None:
            axes.text(left + 0.5, -0.06, captions[k], ha="center", va="top", color=INK)
    axes.set(xlim=(0.0, len(frames) * (1.0 + gap) - gap), ylim=(0.0, tall), aspect="equal")
    axes.axis("off")
    return axes


def check_frames(frames: Array) -> None:
    """Raise a ValueError unless frames are uint8 of shape (frame, height, width, 3)."""
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise ValueError(
            f"frames: found shape {frames.shape} of {frames.dtype}, expected uint8 of shape "
            "(frame, height, width, 3) with at least one frame."
        )


def _share_colours(frames: Array) -> list[Image.Image]:
    """Convert all frames to one palette without dithering; white stays white."""
    palette = Image.fromarray(_all_colours(frames)[None]).quantize(
        COLOURS, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
    )
    pictures = [_apply(palette, frame) for frame in frames]
    if (frames == 255).all(axis=-1).any():
        # White is shown as the entry that stands for it, which may be another pale colour.
        entries = palette.getpalette() or []
        white = 3 * int(np.asarray(_apply(palette, np.full((1, 1, 3), 255, np.uint8)))[0, 0])
        entries[white : white + 3] = [255] * 3
        for picture in pictures:
            picture.putpalette(entries)
    return pictures


def _apply(palette: Image.Image, frame: Array) -> Image.Image:
    return Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)


def _all_colours(frames: Array) -> Array:
    """Return the distinct colours in order, (colour, 3): rare ones count as much as others."""
    found = np.zeros(1 << 24, np.bool_)
    for frame in frames:
        red, green, blue = np.moveaxis(frame.astype(np.uint32), -1, 0)
        found[red << 16 | green << 8 | blue] = True
    codes = np.flatnonzero(found)
    return np.stack((codes >> 16, codes >> 8 & 255, codes & 255), axis=-1).astype(np.uint8)
