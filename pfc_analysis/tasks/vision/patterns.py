"""Generate coloured patterns, one from each number.

A 64-bit word decides everything about a picture: its kind (grating, checks, rings, wedges, polygon,
spots, mosaic, clouds, leaves, noise), its colours, angle, place and grain. Shapes are coarse, with
at most three periods across, so that they can be distinguished even in pictures of six pixels.

Seven in ten pictures have colours as in photographs, which differ in brightness more than in hue.
Two of them often have similar colours, so that only their contents tell them apart. Most of these
show leaves (disks that cover each other, with sizes that follow a power law) or noise (octaves of a
smooth field), which resemble natural images in their statistics (`textures`). In the other three in
ten, the contrast between pattern and background varies from 0 (a plain colour) to full contrast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.tasks.vision.pattern_colours import draw_colours, draw_photographic_colours
from pfc_analysis.tasks.vision.random_words import seeded, uniform
from pfc_analysis.tasks.vision.textures import (
    N_LEAVES,
    OCTAVES,
    draw_leaves,
    draw_noise,
    paint_leaves,
    paint_noise,
)

Array = np.ndarray[Any, Any]

GRATING, CHECKS, RINGS, WEDGES, POLYGON, SPOTS, MOSAIC, CLOUDS, LEAVES, NOISE = range(10)
N_SHAPES = 8
"""The kinds before `LEAVES`."""

N_COLOURS = 9
FINE = 24
"""Pictures with fewer pixels across are sampled at 3 x 3 points per pixel, others at 2 x 2."""

PHOTOGRAPHIC, TEXTURED = 0.7, 0.75
"""Share of pictures with colours as in photographs; share of leaves and noise among these."""


@njit(cache=True, error_model="numpy", inline="always")
def half_wave(periods):  # type: ignore[no-untyped-def]
    """Return 1 in the first half of each period, 0 in the second."""
    return int(periods - np.floor(periods) < 0.5)


@njit(cache=True, error_model="numpy", inline="always")
def paint(kind, p, cosine, sine, colours, x, y, out):  # type: ignore[no-untyped-def]
    """Compute the colour of one point.

    Parameters
    ----------
    kind : int
        Kind of pattern.
    p : ndarray, shape (24,)
        Its parameters, uniform on [0, 1).
    cosine, sine : float
        Cosine and sine of its angle.
    colours : ndarray, shape (N_COLOURS, 3)
        Its colours.
    x, y : float
        The point: from 0 (left, top) to 1 (right, bottom).
    out : ndarray, shape (3,)
        Filled with the colour.
    """
    across, down = x - 0.3 - 0.4 * p[1], y - 0.3 - 0.4 * p[2]
    u, v = across * cosine + down * sine, down * cosine - across * sine
    which = 0
    if kind == GRATING:
        which = half_wave((1.0 + 2.0 * p[3]) * u)
    elif kind == CHECKS:
        which = half_wave((1.0 + p[3]) * u) ^ half_wave((1.0 + p[3]) * v)
    elif kind == RINGS:
        which = half_wave((1.5 + 1.5 * p[3]) * np.hypot(u, v) + p[4])
    elif kind == WEDGES:
        which = int(np.sin(int(1.0 + 3.0 * p[3]) * np.arctan2(v, u)) > 0.0)
    elif kind == POLYGON:
        sector = 2.0 * np.pi / int(3.0 + 4.0 * p[3])
        turn = (np.arctan2(v, u) + np.pi) % sector - sector / 2.0
        reach = np.hypot(u, v) * np.cos(turn) / np.cos(sector / 2.0)
        which = int(reach < 0.45 + 0.15 * p[4]) + int(reach < 0.1 + 0.2 * p[5])
    elif kind == SPOTS:
        for k in range(4):
            size = 0.15 + 0.15 * p[5 + 3 * k]
            if (x - p[3 + 3 * k]) ** 2 + (y - p[4 + 3 * k]) ** 2 < size * size:
                which = k + 1
    elif kind == MOSAIC:
        nearest = 10.0
        for k in range(6):
            distance = (x - p[3 + 2 * k]) ** 2 + (y - p[4 + 2 * k]) ** 2
            if distance < nearest:
                nearest, which = distance, k
    if kind != CLOUDS:
        for c in range(3):
            out[c] = colours[which, c]
        return
    # Clouds: nine colours on a grid of 3 x 3, interpolated in between.
    column, row = min(int(2.0 * x), 1), min(int(2.0 * y), 1)
    right, below = 2.0 * x - column, 2.0 * y - row
    for c in range(3):
        upper = colours[3 * row + column, c], colours[3 * row + column + 1, c]
        lower = colours[3 * row + column + 3, c], colours[3 * row + column + 4, c]
        top = upper[0] + right * (upper[1] - upper[0])
        bottom = lower[0] + right * (lower[1] - lower[0])
        out[c] = top + below * (bottom - top)


@njit(cache=True, error_model="numpy")
def draw_patterns(words, stream, pictures):  # type: ignore[no-untyped-def]
    """Draw one picture per word.

    Parameters
    ----------
    words : ndarray of int64, shape (picture,)
        Numbers of the pictures, from 0 to 2^53 - 1.
    stream : int
        0 to 3; different streams give different pictures.
    pictures : ndarray of uint8, shape (picture, size, size, 3)
        Filled with the pictures, RGB.
    """
    size = pictures.shape[1]
    n = 3 if size < FINE else 2
    p, colours = np.empty(24), np.empty((N_COLOURS, 3))
    leaves, field = np.empty((N_LEAVES, 4)), np.empty((OCTAVES, 9, 9))
    colour, total = np.empty(3), np.empty(3)
    for i in range(len(words)):
        state = seeded(words[i], stream)
        kind = draw_picture(state, p, colours, leaves, field)
        cosine, sine = np.cos(2.0 * np.pi * p[0]), np.sin(2.0 * np.pi * p[0])
        for row in range(size):
            for column in range(size):
                for c in range(3):
                    total[c] = 0.0
                for sample in range(n * n):
                    x = (column + (sample % n + 0.5) / n) / size
                    y = (row + (sample // n + 0.5) / n) / size
                    if kind == LEAVES:
                        paint_leaves(leaves, colours, x, y, colour)
                    elif kind == NOISE:
                        paint_noise(field, colours, x, y, colour)
                    else:
                        paint(kind, p, cosine, sine, colours, x, y, colour)
                    for c in range(3):
                        total[c] += colour[c]
                for c in range(3):
                    pictures[i, row, column, c] = np.uint8(total[c] / (n * n) + 0.5)


@njit(cache=True)
def draw_picture(state, p, colours, leaves, field):  # type: ignore[no-untyped-def]
    """Draw everything about a picture; return its kind. Arrays as in `draw_patterns` are filled."""
    photographic = uniform(state) < PHOTOGRAPHIC
    kind = int(N_SHAPES * uniform(state))
    textured = uniform(state)
    if photographic and textured < TEXTURED:
        kind = LEAVES if textured < TEXTURED / 2.0 else NOISE
    for k in range(len(p)):
        p[k] = uniform(state)
    if photographic:
        draw_photographic_colours(state, colours)
    else:
        draw_colours(state, colours)
    strength = uniform(state)
    if not photographic:
        for k in range(1, N_COLOURS):
            for c in range(3):
                colours[k, c] = colours[0, c] + strength * (colours[k, c] - colours[0, c])
    if kind == LEAVES:
        draw_leaves(state, N_COLOURS, leaves)
    elif kind == NOISE:
        draw_noise(state, field)
    return kind
