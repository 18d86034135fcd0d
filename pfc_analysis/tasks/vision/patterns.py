"""Generate coloured patterns, one from each number.

A 64-bit word decides everything about a picture: its kind (grating, checks, rings, wedges, polygon,
spots, mosaic, clouds, leaves, noise), its colours, angle, place and grain, and the contrast between
pattern and background, from 0 (a plain colour) to full contrast. Shapes are coarse, with at most
three periods across, so that they can be distinguished even in pictures of six pixels.

Half of the pictures have colours as in photographs, which differ in brightness more than in hue. Two
of them often have similar colours, so that only their contents tell them apart. Most of these show
leaves (disks that cover each other, with sizes that follow a power law) or noise (octaves of a
smooth field). Both resemble natural images in their statistics (Lee et al. 2001).

References
----------
Lee AB, Mumford D, Huang J (2001). Occlusion models for natural images: a statistical study of a
scale-invariant dead leaves model. Int J Comput Vis 41:35-59.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

GRATING, CHECKS, RINGS, WEDGES, POLYGON, SPOTS, MOSAIC, CLOUDS, LEAVES, NOISE = range(10)
N_SHAPES = 8
"""The kinds before `LEAVES`."""

N_COLOURS = 9
PHOTOGRAPHIC, TEXTURED = 0.5, 0.7
"""Share of pictures with colours as in photographs; share of leaves and noise among these."""

N_LEAVES, SMALLEST, LARGEST = 24, 0.08, 0.5
"""Number of leaves; limits of their radius, as a share of the picture's width."""

OCTAVES = 3
"""Of noise: on grids of 2, 4 and 8 cells across, each half as strong as the one before."""
FINE = 24
"""Pictures with fewer pixels across are sampled at 3 x 3 points per pixel, others at 2 x 2."""

CONTRAST = 110.0
"""Smallest distance in RGB (each 0 to 255) between the background, which is a picture's first
colour, and every other colour at full contrast."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = (np.uint64(shift) for shift in (30, 27, 31, 11))


@njit(cache=True)
def mix(word):  # type: ignore[no-untyped-def]
    """Scramble 64 bits (the last stage of SplitMix64); different words give different results."""
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@njit(cache=True)
def uniform(state):  # type: ignore[no-untyped-def]
    """Draw the next number, uniform on [0, 1), from the state of a SplitMix64 generator."""
    state[0] += _GOLDEN
    return np.float64(mix(state[0]) >> _11) / 9007199254740992.0


@njit(cache=True)
def symmetric(state, size):  # type: ignore[no-untyped-def]
    """Draw a number between -size and size; numbers near 0 are the most probable (a triangle)."""
    return size * (uniform(state) + uniform(state) - 1.0)


@njit(cache=True)
def seeded(word, stream):  # type: ignore[no-untyped-def]
    """Return the state of a generator, different for each (word, stream); word below 2^62."""
    state = np.empty(1, np.uint64)
    state[0] = mix(np.uint64(4) * np.uint64(word) + np.uint64(stream))
    return state


@njit(cache=True)
def draw_colours(state, colours):  # type: ignore[no-untyped-def]
    """Fill `colours`, (colour, RGB), with random colours, all far from the first."""
    for k in range(colours.shape[0]):
        distance = 0.0
        while distance < CONTRAST * CONTRAST:
            distance = 0.0
            for c in range(3):
                colours[k, c] = 255.0 * uniform(state)
                distance += (colours[k, c] - colours[0, c]) ** 2
            if k == 0:
                break


@njit(cache=True)
def draw_photographic_colours(state, colours):  # type: ignore[no-untyped-def]
    """Fill `colours`, (colour, RGB), with similar hues of different brightness."""
    middle, reach = 40.0 + 175.0 * uniform(state), 20.0 + 90.0 * uniform(state)
    warm, green = symmetric(state, 50.0), symmetric(state, 30.0)
    for k in range(colours.shape[0]):
        bright = middle + reach * (2.0 * uniform(state) - 1.0)
        warmer, greener = warm + symmetric(state, 25.0), green + symmetric(state, 25.0)
        colours[k, 0] = min(max(bright + warmer - greener / 2.0, 0.0), 255.0)
        colours[k, 1] = min(max(bright + greener, 0.0), 255.0)
        colours[k, 2] = min(max(bright - warmer - greener / 2.0, 0.0), 255.0)


@njit(cache=True)
def draw_leaves(state, leaves):  # type: ignore[no-untyped-def]
    """Fill `leaves`, (leaf, 4), with place across and down, squared radius, and colour."""
    few, many = 1.0 / LARGEST**2, 1.0 / SMALLEST**2
    for k in range(leaves.shape[0]):
        leaves[k, 0] = 1.4 * uniform(state) - 0.2
        leaves[k, 1] = 1.4 * uniform(state) - 0.2
        leaves[k, 2] = 1.0 / (many - uniform(state) * (many - few))
        leaves[k, 3] = int(N_COLOURS * uniform(state))


@njit(cache=True, error_model="numpy", inline="always")
def paint_leaves(leaves, colours, x, y, out):  # type: ignore[no-untyped-def]
    """Compute the colour of one point: that of the first leaf that covers it."""
    which = 0
    for k in range(leaves.shape[0]):
        across, down = x - leaves[k, 0], y - leaves[k, 1]
        if across * across + down * down < leaves[k, 2]:
            which = int(leaves[k, 3])
            break
    for c in range(3):
        out[c] = colours[which, c]


@njit(cache=True)
def draw_noise(state, field):  # type: ignore[no-untyped-def]
    """Fill `field`, (octave, row, column), with random heights."""
    strength = 0.5
    for octave in range(OCTAVES):
        for row in range((2 << octave) + 1):
            for column in range((2 << octave) + 1):
                field[octave, row, column] = strength * (2.0 * uniform(state) - 1.0)
        strength *= 0.6


@njit(cache=True, error_model="numpy", inline="always")
def paint_noise(field, colours, x, y, out):  # type: ignore[no-untyped-def]
    """Compute the colour of one point: between the first two colours, by the height there."""
    height = 0.5
    for octave in range(OCTAVES):
        cells = 2 << octave
        column, row = int(x * cells), int(y * cells)
        right, below = x * cells - column, y * cells - row
        near = field[octave, row]
        far = field[octave, row + 1]
        top = near[column] + right * (near[column + 1] - near[column])
        bottom = far[column] + right * (far[column + 1] - far[column])
        height += top + below * (bottom - top)
    height = min(max(height, 0.0), 1.0)
    for c in range(3):
        out[c] = colours[0, c] + height * (colours[1, c] - colours[0, c])


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
        which = int(np.sin(2.0 * np.pi * (1.0 + 2.0 * p[3]) * u) > 0.0)
    elif kind == CHECKS:
        grain = 2.0 * np.pi * (1.0 + p[3])
        which = int((np.sin(grain * u) > 0.0) != (np.sin(grain * v) > 0.0))
    elif kind == RINGS:
        which = int(np.sin(2.0 * np.pi * ((1.5 + 1.5 * p[3]) * np.hypot(u, v) + p[4])) > 0.0)
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
        draw_leaves(state, leaves)
    elif kind == NOISE:
        draw_noise(state, field)
    return kind
