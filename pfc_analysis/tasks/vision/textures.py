"""Generated pictures with the statistics of natural images: leaves and noise.

Leaves are disks that cover each other, with sizes that follow a power law (Lee et al. 2001). Noise
is the sum of smooth random fields, each twice as fine as the one before.

References
----------
Lee AB, Mumford D, Huang J (2001). Occlusion models for natural images: a statistical study of a
scale-invariant dead leaves model. Int J Comput Vis 41:35-59.
"""

from __future__ import annotations

from numba import njit

from pfc_analysis.tasks.vision.random_words import uniform

N_LEAVES, SMALLEST, LARGEST = 24, 0.08, 0.5
"""Number of leaves; limits of their radius, as a share of the picture's width."""

OCTAVES = 3
"""Of noise: on grids of 2, 4 and 8 cells across, each 0.6 times as strong as the one before."""


@njit(cache=True)
def draw_leaves(state, n_colours, leaves):  # type: ignore[no-untyped-def]
    """Fill `leaves`, (leaf, 4), with place across and down, squared radius, and colour."""
    few, many = 1.0 / LARGEST**2, 1.0 / SMALLEST**2
    for k in range(leaves.shape[0]):
        leaves[k, 0] = 1.4 * uniform(state) - 0.2
        leaves[k, 1] = 1.4 * uniform(state) - 0.2
        leaves[k, 2] = 1.0 / (many - uniform(state) * (many - few))
        leaves[k, 3] = int(n_colours * uniform(state))


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
