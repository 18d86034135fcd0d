"""Colours of generated pictures: random ones, or similar hues as in photographs."""

from __future__ import annotations

from numba import njit

from pfc_analysis.tasks.vision.random_words import symmetric, uniform

CONTRAST = 110.0
"""Smallest distance in RGB (each 0 to 255) between the background, which is a picture's first
colour, and every other colour at full contrast."""


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
    """Fill `colours`, (colour, RGB), with similar hues of different brightness.

    No colour is white or black: before clipping, hues leave the mean of red, green and blue as it
    is.
    """
    middle = 40.0 + 175.0 * uniform(state)
    reach = min(20.0 + 90.0 * uniform(state), middle - 10.0, 245.0 - middle)
    warm, green = symmetric(state, 50.0), symmetric(state, 30.0)
    for k in range(colours.shape[0]):
        bright = middle + reach * (2.0 * uniform(state) - 1.0)
        warmer, greener = warm + symmetric(state, 25.0), green + symmetric(state, 25.0)
        colours[k, 0] = min(max(bright + warmer - greener / 2.0, 0.0), 255.0)
        colours[k, 1] = min(max(bright + greener, 0.0), 255.0)
        colours[k, 2] = min(max(bright - warmer - greener / 2.0, 0.0), 255.0)
