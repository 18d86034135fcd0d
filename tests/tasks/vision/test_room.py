"""Views of Harlow's task against a slow renderer that looks at many points of every pixel."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks.contract import Array, RepeatingView, SessionBatch
from pfc_analysis.tasks.harlow import Harlow
from pfc_analysis.tasks.vision.harlow_rules import CHOOSE, FIXATE, INTERVAL
from pfc_analysis.tasks.vision.room import (
    CROSS_COLOUR,
    FRAME_COLOUR,
    SCREEN_COLOUR,
    draw_image,
    draw_views,
    paint_room,
)

POINTS = 32
"""Looked at across a pixel and down it."""


def texture(image: np.ndarray, u: float, v: float) -> np.ndarray:
    """Colour of an image at (u, v) from 0 to 1, bilinear between the centres of its pixels."""
    size = len(image)
    x, y = (np.clip(w * size - 0.5, 0, size - 1) for w in (u, v))
    left, above = int(min(x, size - 2)), int(min(y, size - 2))
    corners = image[above : above + 2, left : left + 2].astype(float)
    along, down = x - left, y - above
    top, bottom = (row[0] * (1 - along) + row[1] * along for row in corners)
    return top * (1 - down) + bottom * down


def slow_view(task: Harlow, record: Array, images: Array) -> Array:
    """What a session shows, pixel by pixel, from the scene's definition."""
    pixel = task.field_of_view / task.view
    offsets = ((np.arange(POINTS) + 0.5) / POINTS - 0.5) * pixel
    centres = (np.arange(task.view) + 0.5) * pixel - task.field_of_view / 2
    picture = np.zeros((task.view, task.view, 3))
    for row in range(task.view):
        for column in range(task.view):
            x, y = centres[column], -centres[row]
            azimuth = (record.gaze + x + offsets + 180) % 360 - 180
            elevation = y + offsets
            seen = paint_room(azimuth, elevation, task.screen)
            a, e = azimuth[None, :], elevation[:, None]
            if record.phase == FIXATE:
                span = 0.1 * task.screen
                bar = (np.abs(a) < span / 2) & (np.abs(e) < 0.2 * span)
                seen[bar | ((np.abs(e) < span / 2) & (np.abs(a) < 0.2 * span))] = CROSS_COLOUR
            picture[row, column] = seen.mean((0, 1))
            if record.phase == CHOOSE:
                for side, centre in enumerate((-task.image_angle, task.image_angle)):
                    half = task.image_size / 2
                    inside = ((np.abs(a - centre) < half) & (np.abs(e) < half)).mean()
                    u = (record.gaze + x - centre + half) / (2 * half)
                    v = (half - y) / (2 * half)
                    image = images[0 if side == record.rewarded_side else 1]
                    shown = texture(image, np.clip(u, 0, 1), np.clip(v, 0, 1))
                    picture[row, column] += inside * (shown - picture[row, column])
    return picture


def sessions_at(task: Harlow, gaze, phase=CHOOSE, side=0) -> np.recarray:
    gaze = np.atleast_1d(gaze)
    sessions = task.begin(task.draw_uniforms(np.random.default_rng(7), len(gaze))[0])
    sessions.gaze[:], sessions.phase[:], sessions.rewarded_side[:] = gaze, phase, side
    return sessions


def images_of(task: Harlow, sessions: Array) -> Array:
    pixels = round(task.image_size / task.field_of_view * task.view)
    source = task.image_source
    both = [source.draw(sessions[name], pixels) for name in ("rewarded_image", "other_image")]
    return np.stack(both, axis=1)


@pytest.mark.parametrize("settings", [{}, {"view": 17, "field_of_view": 90.0, "screen": 80.0}])
@pytest.mark.parametrize("phase", [FIXATE, CHOOSE, INTERVAL])
@pytest.mark.parametrize("gaze", [0.0, -13.2, 7.77, 90.0, 179.9, -180.0])
def test_views_equal_the_slow_renderers(settings, phase, gaze):
    task = Harlow(**settings)
    sessions = sessions_at(task, gaze, phase, side=int(gaze > 0))
    found = task.open_view(1).render(sessions)[0].astype(float)
    expected = slow_view(task, sessions[0], images_of(task, sessions)[0])
    error = np.abs(found - expected)
    # The room is looked at in eighths of a pixel, so that an edge may differ by a sixteenth.
    assert error.mean() < 1.5
    assert error.max() < 255 / 16


def test_compiled_equals_plain_python():
    task = Harlow()
    sessions = sessions_at(task, [0.0, 10.0, -40.0], side=1)
    sessions.phase[:] = [FIXATE, CHOOSE, CHOOSE]
    view = task.open_view(3)
    found, plain = view.render(sessions), np.empty((3, *task.view_shape), np.uint8)
    draw_views.py_func(
        view._panorama,
        *(sessions[name] for name in ("gaze", "phase", "rewarded_side")),
        images_of(task, sessions),
        64.0,
        16.25,
        65.0,
        26.0,
        plain,
    )
    assert np.array_equal(found, plain)


@pytest.mark.parametrize("view", [24, 42, 84])
@pytest.mark.parametrize("gaze", [-20.0, -4.4, 0.0, 3.3, 13.2])
def test_cross_and_images_are_where_the_gaze_puts_them(view, gaze):
    task = Harlow(view=view)
    pixel = task.field_of_view / view
    column = (np.arange(view) + 0.5) * pixel - 32.0
    frame = task.open_view(1).render(sessions_at(task, gaze, FIXATE))[0].astype(float)
    empty = task.open_view(1).render(sessions_at(task, gaze, INTERVAL))[0].astype(float)
    red = (frame - empty)[..., 0]
    share = red.sum(0) / red.sum()
    assert (share * column).sum() == pytest.approx(-gaze, abs=0.1 * pixel)
    rows = red.sum(1) / red.sum()
    assert (rows * np.arange(view)).sum() == pytest.approx((view - 1) / 2, abs=0.05)
    # The cross's area, in pixels: two bars of 6.5 by 2.6 degrees that share a square.
    area = (2 * 6.5 * 2.6 - 2.6**2) / pixel**2
    assert red.sum() / (CROSS_COLOUR[0] - SCREEN_COLOUR[0]) == pytest.approx(area, rel=0.05)
    # White images instead of patterns: their centres and their sizes.
    white = np.full((1, 2, 9, 9, 3), 255, np.uint8)
    for side, centre in ((0, -16.25), (1, 16.25)):
        shown = empty.astype(np.uint8)
        draw_image(white[0, 0], centre - gaze, 26.0, 64.0, shown)
        lit = (np.abs(shown.astype(float) - empty)).sum(-1)[view // 2]
        inside = column[lit > 0.5 * lit.max()]
        left, right = (max(-32, centre - gaze - 13), min(32, centre - gaze + 13))
        assert abs(inside.min() - pixel / 2 - left) <= pixel
        assert abs(inside.max() + pixel / 2 - right) <= pixel
        assert side == (centre > 0)


def test_the_image_that_pays_is_on_its_side():
    task = Harlow(view=84)
    shown = [task.open_view(1).render(sessions_at(task, 0.0, side=side))[0] for side in (0, 1)]
    images = images_of(task, sessions_at(task, 0.0))[0].astype(float)
    places = {0: slice(4, 38), 1: slice(46, 80)}  # 16.25 degrees are 21.3 pixels
    for side in (0, 1):
        for k, where in enumerate((side, 1 - side)):
            seen = shown[side][25:59, places[where]].astype(float)
            own, other = (np.abs(seen - image).mean() for image in (images[k], images[1 - k]))
            assert own < 0.2 * other


def test_images_look_alike_wherever_they_are_seen():
    """Recognising an image must not depend on the gaze: no flicker between pixels."""
    task = Harlow()
    gazes = np.linspace(-3.5, 3.5, 15)
    source = task.image_source.draw(np.arange(200), 10).astype(np.uint8)
    within, between = [], []
    for image, other in zip(source[::2], source[1::2], strict=True):
        seen = []
        for picture in (image, other):
            views = np.zeros((len(gazes), 24, 24, 3), np.uint8)
            for k, gaze in enumerate(gazes):
                draw_image(picture, -gaze, 26.0, 64.0, views[k])
            seen.append(views[:, 8:16].astype(float).mean(2))  # colours of the middle rows
        within.append(np.abs(seen[0][:, 0] - seen[0][:1, 0]).mean())
        between.append(np.abs(seen[0][:, 0] - seen[1][:, 0]).mean())
    assert np.mean(within) < 0.1 * np.mean(between)


def test_the_room_tells_where_the_screen_is():
    """Every direction looks different, even where the screen is out of sight."""
    task = Harlow()
    gaze = np.arange(-180.0, 180.0, 4.4)
    views = task.open_view(len(gaze)).render(sessions_at(task, gaze, INTERVAL)).astype(float)
    flat = views.reshape(len(gaze), -1)
    distance = np.abs(flat[:, None] - flat[None]).mean(-1)
    apart = np.abs((gaze[:, None] - gaze[None] + 180) % 360 - 180)
    assert distance[apart >= 4.3].min() > 0.5
    assert distance[apart > 40].min() > 5


def test_room_wraps_round_without_a_seam():
    task = Harlow(view=42)
    gaze = np.array([-180.0, 179.999999])
    views = task.open_view(2).render(sessions_at(task, gaze, INTERVAL)).astype(int)
    assert np.abs(views[0] - views[1]).max() <= 1


def test_screen_and_frame():
    room = paint_room(np.array([0.0, 32.4, 34.0, 36.0]), np.array([0.0, 19.4, 21.0]), 65.0)
    assert (room[:2, :2] == SCREEN_COLOUR).all()
    assert (room[0, 2] == FRAME_COLOUR).all()
    assert (room[2, :3] == FRAME_COLOUR).all()
    assert (room[0, 3] != FRAME_COLOUR).any()


def test_new_sessions_bring_new_images_and_old_views_are_kept():
    task = Harlow()
    first, second = (
        task.begin(task.draw_uniforms(np.random.default_rng(seed), 4)[0]) for seed in (1, 2)
    )
    for sessions in (first, second):
        sessions.phase[:], sessions.gaze[:] = CHOOSE, 0.0
    view = task.open_view(4)
    shown = view.render(first)
    kept = shown.copy()
    mixed = first.copy()
    mixed[2] = second[2]
    after = view.render(mixed)
    assert np.array_equal(shown, kept)
    assert np.array_equal(after[[0, 1, 3]], kept[[0, 1, 3]])
    assert np.array_equal(after[2], task.open_view(4).render(second)[2])
    assert np.array_equal(view.render(first), kept)


def test_some_sessions_are_drawn_as_all_of_them():
    task = Harlow()
    sessions = task.begin(task.draw_uniforms(np.random.default_rng(1), 6)[0])
    sessions.phase[:] = (FIXATE, CHOOSE, INTERVAL) * 2
    rows, view = np.array([4, 1]), task.open_view(6)
    some = view.render_rows(sessions, rows)
    assert np.array_equal(some, task.open_view(6).render(sessions)[rows])
    assert isinstance(view, RepeatingView)
    sessions.played[:] += 1  # no picture depends on it
    assert np.array_equal(view.render_rows(sessions, rows), some)


def test_training_and_test_images_differ():
    shown = {}
    for split in ("train", "test"):
        task = Harlow(split=split)
        sessions = sessions_at(task, np.zeros(300))
        shown[split] = {each.tobytes() for each in task.open_view(300).render(sessions)}
        assert len(shown[split]) == 300
    assert not shown["train"] & shown["test"]


def test_wrong_number_of_sessions_is_named():
    task = Harlow()
    with pytest.raises(
        ValueError,
        match=r"found shape \(2,\), expected \(3,\), the size that this view was opened for",
    ):
        task.open_view(3).render(sessions_at(task, [0.0, 1.0]))


def test_a_batch_renders_what_it_plays():
    task = Harlow()
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 5))
    first = task.open_view(5).render(batch.sessions)
    assert first.shape == (5, 24, 24, 3)
    assert first.dtype == np.uint8
    assert (first.reshape(5, -1).std(0) > 0).any()  # gazes differ
