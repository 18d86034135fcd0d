"""Films of what an agent saw, and strips of single frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.atomic import atomic_path
from pfc_analysis.plotting.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL.Image import Image

Array = np.ndarray[Any, Any]

COLOURS = 256
"""Colours of a film: all its frames share them, so that nothing flickers."""


def write_gif(
    path: str | Path,
    frames: Array,
    *,
    captions: Sequence[str] | None = None,
    seconds: float = 0.15,
    width: int = 252,
) -> Path:
    """Write frames as a GIF that goes round and round.

    Parameters
    ----------
    path : str or Path
        Where; its ending must be ``.gif``. A process that is killed leaves the old file or none.
    frames : ndarray of uint8, shape (frame, height, width, 3)
        RGB.
    captions : sequence of str, optional
        A line of text under each frame.
    seconds : float
        Time that a frame stays; GIF counts hundredths, and viewers show none shorter than two.
    width : int
        Frames are magnified by the largest whole number that keeps them within so many pixels.

    Returns
    -------
    Path
        The file. The same frames give the same bytes.

    Raises
    ------
    ValueError
        If the frames are no such array, the captions are not as many, or the ending is another.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"{path}: expected a name that ends in .gif.")
    if not seconds >= 0.02:
        raise ValueError(f"seconds = {seconds!r}: expected at least 0.02.")
    _check_frames(frames, captions)
    scale = max(1, width // frames.shape[2])
    large = frames.repeat(scale, axis=1).repeat(scale, axis=2)
    if captions is not None:
        large = np.concatenate((large, _draw_captions(captions, large.shape[2])), axis=1)
    pictures = _share_colours(large)
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


def draw_view_strip(
    axes: Axes, frames: Array, captions: Sequence[str] | None = None, *, gap: float = 0.06
) -> Axes:
    """Draw frames side by side, in order, as pixels.

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
        If the frames are no such array, or the captions are not as many.
    """
    _check_frames(frames, captions)
    tall = frames.shape[1] / frames.shape[2]
    for k, frame in enumerate(frames):
        left = k * (1.0 + gap)
        axes.imshow(frame, extent=(left, left + 1.0, 0.0, tall), interpolation="nearest")
        if captions is not None:
            axes.text(left + 0.5, -0.06, captions[k], ha="center", va="top", color=INK)
    axes.set(xlim=(0.0, len(frames) * (1.0 + gap) - gap), ylim=(0.0, tall), aspect="equal")
    axes.axis("off")
    return axes


def _check_frames(frames: Array, captions: Sequence[str] | None) -> None:
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise ValueError(
            f"frames: found shape {frames.shape} of {frames.dtype}, expected uint8 of shape "
            "(frame, height, width, 3) with at least one frame."
        )
    if captions is not None and len(captions) != len(frames):
        raise ValueError(f"captions: found {len(captions)}, expected {len(frames)}, one a frame.")


def _draw_captions(captions: Sequence[str], width: int) -> Array:
    """Draw strips of text, (frame, height, width, 3), black on white."""
    from PIL import Image, ImageDraw, ImageFont

    size = 14
    font = ImageFont.load_default(size)
    strips = []
    for caption in captions:
        strip = Image.new("RGB", (width, size + 10), "white")
        ImageDraw.Draw(strip).text((6, 3), caption, fill=INK, font=font)
        strips.append(np.asarray(strip))
    return np.stack(strips)


def _share_colours(frames: Array) -> list[Image]:
    """Bring all frames to one set of colours, undithered; where few, their own to 4 in 255."""
    from PIL import Image

    palette = Image.fromarray(_all_colours(frames)[None]).quantize(
        COLOURS, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
    )
    return [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]


def _all_colours(frames: Array) -> Array:
    """Every colour that occurs once, (colour, 3): rare ones, such as a cross, count like others."""
    flat = frames.reshape(-1, 3).astype(np.uint32)
    codes = np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2])
    return np.stack((codes >> 16, codes >> 8 & 255, codes & 255), axis=-1).astype(np.uint8)
