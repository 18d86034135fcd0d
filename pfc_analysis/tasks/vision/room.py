"""Draw what the agent sees in Harlow's task: a square room, a screen, a cross and two images.

A point of the scene has an azimuth (degrees from the middle of the screen, positive to the right)
and an elevation (degrees upwards). A pixel of a view covers a square in azimuth and elevation and
shows the mean colour of that square, so that edges move smoothly when the gaze turns.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import Array
from pfc_analysis.tasks.vision.harlow_rules import CHOOSE, FIXATE

SCREEN_COLOUR = np.array([44.0, 46.0, 52.0])
FRAME_COLOUR = np.array([226.0, 226.0, 218.0])
CROSS_COLOUR = np.array([255.0, 32.0, 24.0])
FRAME_WIDTH, SCREEN_SHAPE = 2.5, 0.6
"""Width of the screen's frame in degrees; height of the screen divided by its width."""

CROSS_SPAN, CROSS_BAR = 0.1, 0.4
"""Length of the cross's bars relative to the screen's width; their breadth to their length."""

PHASES, ROWS = 8, 16
"""Subpixel positions in azimuth that the room is drawn for; samples per pixel in elevation."""


def paint_room(azimuth: Array, elevation: Array, screen: float) -> Array:
    """Compute the colours of the room and its empty screen.

    The hue of the walls goes once around the colour circle with azimuth, and the walls are darker
    towards the four corners. So the room looks different in every direction, which shows the agent
    where the screen is.

    Parameters
    ----------
    azimuth, elevation : ndarray, shapes (column,) and (row,)
        Degrees.
    screen : float
        Degrees that the screen spans.

    Returns
    -------
    ndarray, shape (row, column, 3)
        RGB, 0 to 255.
    """
    turn, up = np.radians(azimuth)[None, :, None], np.radians(elevation)[:, None, None]
    nearness = np.maximum(np.abs(np.cos(turn)), np.abs(np.sin(turn)))  # 1 mid-wall, .71 in corners
    hue = np.concatenate((np.sin(turn), np.cos(turn), -np.sin(turn)), axis=-1)
    wall = (np.array([150.0, 140.0, 150.0]) + np.array([55.0, 40.0, 55.0]) * hue) * nearness
    height = np.tan(up)
    # In units of the distance to the wall, eyes are 0.45 above the floor, 0.5 below the ceiling.
    floor = np.array([112.0, 84.0, 60.0]) * np.clip(-0.55 / np.minimum(height, -1e-9), 0.5, 1.2)
    ceiling = np.array([205.0, 208.0, 212.0]) * np.ones_like(height)
    room = np.where(height < -0.45 * nearness, floor, wall)
    room = np.where(height > 0.5 * nearness, ceiling, room)
    width, tall = screen / 2.0, SCREEN_SHAPE * screen / 2.0

    def within(margin: float) -> Array:
        beside = np.abs(azimuth)[None, :, None] <= width + margin
        return beside & (np.abs(elevation)[:, None, None] <= tall + margin)

    room = np.where(within(FRAME_WIDTH), FRAME_COLOUR, room)
    return np.where(within(0.0), SCREEN_COLOUR, room)


@lru_cache(maxsize=4)
def draw_panorama(view: int, field_of_view: float, screen: float) -> Array:
    """Draw the whole room (360 degrees), shifted by each eighth of a pixel.

    Parameters
    ----------
    view : int
        Width and height of a view in pixels.
    field_of_view, screen : float
        Degrees that the view and the screen span.

    Returns
    -------
    ndarray of float32, shape (PHASES, view, 3 * column)
        RGB of each pixel. Pixel (row r, column k) of phase p is the mean over a pixel whose centre
        is at azimuth -180 - (field_of_view - pixel) / 2 + (k + p / PHASES) pixels.
    """
    pixel = field_of_view / view
    columns = int(np.ceil(360.0 / pixel)) + view + 2
    fine = np.arange(PHASES * (columns + 1))
    azimuth = -180.0 - field_of_view / 2.0 + (fine + 0.5) * pixel / PHASES
    azimuth = (azimuth + 180.0) % 360.0 - 180.0
    down = np.arange(view)[:, None] + (np.arange(ROWS) + 0.5) / ROWS
    elevation = field_of_view / 2.0 - down * pixel
    room = np.stack([paint_room(azimuth, each, screen).mean(0) for each in elevation])
    sums = np.cumsum(np.pad(room, ((0, 0), (1, 0), (0, 0))), axis=1)
    means = (sums[:, PHASES:] - sums[:, :-PHASES])[:, : PHASES * columns] / PHASES
    by_phase = means.reshape(view, columns, PHASES, 3).transpose(2, 0, 1, 3)
    return np.ascontiguousarray(by_phase, np.float32).reshape(PHASES, view, 3 * columns)


@njit(cache=True, error_model="numpy", inline="always")
def covered(place, half, pixel):  # type: ignore[no-untyped-def]
    """Return the share of a pixel with centre `place` that lies between -half and half."""
    low = max(place - 0.5 * pixel, -half)
    high = min(place + 0.5 * pixel, half)
    return max(high - low, 0.0) / pixel


@njit(cache=True, error_model="numpy")
def draw_room(panorama, gaze, field_of_view, view):  # type: ignore[no-untyped-def]
    """Fill a view, uint8 (row, column, 3), with the room as seen in direction `gaze`."""
    size = view.shape[0]
    place = (gaze + 180.0) * size / field_of_view * PHASES
    first = int(place)
    near, far = np.float32(1.0 - (place - first)), np.float32(place - first)
    left, right = 3 * (first // PHASES), 3 * ((first + 1) // PHASES)
    for row in range(size):
        # Contiguous slices of equal length: the compiler vectorises loops over them.
        here = panorama[first % PHASES, row, left : left + 3 * size]
        there = panorama[(first + 1) % PHASES, row, right : right + 3 * size]
        filled = view[row].reshape(3 * size)
        for k in range(3 * size):
            filled[k] = np.uint8(near * here[k] + far * there[k] + np.float32(0.5))


@njit(cache=True, error_model="numpy")
def draw_cross(gaze, field_of_view, span, breadth, view):  # type: ignore[no-untyped-def]
    """Draw the cross on a view."""
    size = view.shape[0]
    pixel = field_of_view / size
    for row in range(size):
        y = field_of_view / 2.0 - (row + 0.5) * pixel
        long_y, short_y = covered(y, span / 2.0, pixel), covered(y, breadth / 2.0, pixel)
        if long_y == 0.0:
            continue
        for column in range(size):
            x = gaze - field_of_view / 2.0 + (column + 0.5) * pixel
            long_x, short_x = covered(x, span / 2.0, pixel), covered(x, breadth / 2.0, pixel)
            share = long_x * short_y + short_x * long_y - short_x * short_y
            for c in range(3):
                colour = (1.0 - share) * view[row, column, c] + share * CROSS_COLOUR[c]
                view[row, column, c] = np.uint8(colour + 0.5)


@njit(cache=True, error_model="numpy")
def draw_image(image, away, span, field_of_view, view):  # type: ignore[no-untyped-def]
    """Draw an image on a view, centred `away` degrees right of the gaze (bilinear)."""
    size, last = view.shape[0], image.shape[0] - 1
    pixel = field_of_view / size
    for row in range(size):
        y = field_of_view / 2.0 - (row + 0.5) * pixel
        tall = covered(y, span / 2.0, pixel)
        if tall == 0.0:
            continue
        v = min(max((0.5 - y / span) * (last + 1) - 0.5, 0.0), float(last))
        above = min(int(v), last - 1) if last > 0 else 0
        below, down = min(above + 1, last), v - above
        for column in range(size):
            x = (column + 0.5) * pixel - field_of_view / 2.0 - away
            share = tall * covered(x, span / 2.0, pixel)
            if share == 0.0:
                continue
            u = min(max((0.5 + x / span) * (last + 1) - 0.5, 0.0), float(last))
            left = min(int(u), last - 1) if last > 0 else 0
            right, along = min(left + 1, last), u - left
            for c in range(3):
                top = (1.0 - along) * image[above, left, c] + along * image[above, right, c]
                bottom = (1.0 - along) * image[below, left, c] + along * image[below, right, c]
                colour = (1.0 - down) * top + down * bottom
                mixed = (1.0 - share) * view[row, column, c] + share * colour
                view[row, column, c] = np.uint8(mixed + 0.5)


@njit(cache=True, error_model="numpy")
def draw_views(  # type: ignore[no-untyped-def]
    panorama,
    gaze,
    phase,
    rewarded_side,
    images,
    field_of_view,
    image_angle,
    screen,
    image_size,
    views,
):
    """Draw the views of all sessions.

    Parameters
    ----------
    panorama : ndarray
        The room (`draw_panorama`).
    gaze, phase, rewarded_side : ndarrays, shape (session,)
        From the sessions' records.
    images : ndarray of uint8, shape (session, 2, size, size, 3)
        The rewarded image and the other.
    field_of_view, image_angle, screen, image_size : float
        Degrees that the view spans, of an image's centre from the middle, that the screen spans,
        and that an image spans.
    views : ndarray of uint8, shape (session, view, view, 3)
        Filled with the views.
    """
    for i in range(len(gaze)):
        draw_room(panorama, gaze[i], field_of_view, views[i])
        if phase[i] == FIXATE:
            span = CROSS_SPAN * screen
            draw_cross(gaze[i], field_of_view, span, CROSS_BAR * span, views[i])
        elif phase[i] == CHOOSE:
            for side in range(2):
                centre = image_angle if side == 1 else -image_angle
                image = images[i, 0 if side == rewarded_side[i] else 1]
                draw_image(image, centre - gaze[i], image_size, field_of_view, views[i])
