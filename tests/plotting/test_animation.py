"""Films and strips, read back."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pfc_analysis.plotting.animation import draw_view_strip, encode_png, write_gif
from pfc_analysis.plotting.style import new_figure

COLOURS = np.array([[0, 0, 0], [250, 20, 30], [30, 200, 60], [20, 60, 240], [255, 255, 255]])


@pytest.fixture
def frames() -> np.ndarray:
    """Six different frames of a few colours, wider than high."""
    rng = np.random.default_rng(0)
    return COLOURS[rng.integers(5, size=(6, 8, 12))].astype(np.uint8)


def read(path) -> tuple[list[np.ndarray], dict]:
    """Frames of a film, and what its head says."""
    pictures = []
    with Image.open(path) as film:
        for k in range(film.n_frames):
            film.seek(k)
            pictures.append(np.asarray(film.convert("RGB")))
        return pictures, dict(film.info)


def test_film_holds_the_frames_and_goes_round(tmp_path, frames):
    pictures, head = read(write_gif(tmp_path / "it.gif", frames, seconds=0.2))
    assert np.array_equal(pictures, frames)
    assert head["loop"] == 0
    assert head["duration"] == 200


def test_white_stays_white_among_many_colours(tmp_path):
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (2, 60, 60, 3)).astype(np.uint8)
    frames[:, :30] = 255
    pictures, _ = read(write_gif(tmp_path / "it.gif", frames))
    assert (np.stack(pictures)[:, :30] == 255).all()


@pytest.mark.parametrize("columns", [1, 4, 6, 10])
def test_png_holds_the_frames_row_by_row(frames, columns):
    sheet = np.asarray(Image.open(BytesIO(encode_png(frames, columns))))
    assert sheet.shape == (8 * -(-6 // columns), 12 * columns, 3)
    for k, frame in enumerate(frames):
        top, left = 8 * (k // columns), 12 * (k % columns)
        assert np.array_equal(sheet[top : top + 8, left : left + 12], frame)
    assert encode_png(frames, columns) == encode_png(frames, columns)


def test_many_colours_come_near_and_rare_ones_stay(tmp_path):
    rng = np.random.default_rng(1)
    frames = rng.integers(90, 160, (4, 40, 40, 3)).astype(np.uint8)
    frames[:, 20, 20] = (255, 0, 0)
    pictures, _ = read(write_gif(tmp_path / "it.gif", frames))
    error = np.abs(np.stack(pictures).astype(int) - frames)
    assert error.mean() < 8
    assert error[:, 20, 20].max() < 60


def test_what_stands_still_does_not_flicker(tmp_path):
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (4, 30, 30, 3)).astype(np.uint8)
    frames[:, :15] = frames[:1, :15]
    pictures, _ = read(write_gif(tmp_path / "it.gif", frames))
    for picture in pictures:
        assert np.array_equal(picture[:15], pictures[0][:15])


def test_same_frames_same_bytes(tmp_path, frames):
    one, two = (write_gif(tmp_path / f"{k}.gif", frames) for k in (1, 2))
    assert one.read_bytes() == two.read_bytes()


def test_a_film_that_fails_leaves_the_old_one(tmp_path, frames, monkeypatch):
    path = write_gif(tmp_path / "it.gif", frames)
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        write_gif(path, frames[::-1])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_strip_lays_frames_side_by_side(frames):
    axes = new_figure(4, 1).subplots()
    assert draw_view_strip(axes, frames, list("abcdef"), gap=0.1) is axes
    assert len(axes.images) == 6
    for k, image in enumerate(axes.images):
        assert image.get_extent() == pytest.approx([1.1 * k, 1.1 * k + 1, 0, 8 / 12])
        assert np.array_equal(image.get_array(), frames[k])
        assert image.get_interpolation() == "nearest"
    assert [text.get_text() for text in axes.texts] == list("abcdef")
    assert axes.get_xlim() == pytest.approx((0, 6.5))


def test_strip_wants_a_caption_for_each_frame(frames):
    axes = new_figure(4, 1).subplots()
    with pytest.raises(ValueError, match="captions: found 1, expected 6, one for each frame"):
        draw_view_strip(axes, frames, ["a"])


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        (lambda f: f[0], {}, r"frames: found shape \(8, 12, 3\) of uint8, expected uint8"),
        (lambda f: f.astype(float), {}, r"of float64, expected uint8 of shape"),
        (lambda f: f[:0], {}, r"with at least one frame"),
        (lambda f: f, {"seconds": 0.001}, r"seconds = 0.001: expected at least 0.02"),
    ],
)
def test_errors_say_what_was_found(tmp_path, frames, change, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_gif(tmp_path / "it.gif", change(frames), **arguments)
    assert not list(tmp_path.iterdir())


def test_other_endings_are_refused(tmp_path, frames):
    with pytest.raises(ValueError, match=r"film\.mp4: expected a name that ends in \.gif"):
        write_gif(tmp_path / "film.mp4", frames)
