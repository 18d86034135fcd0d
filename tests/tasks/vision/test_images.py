"""Images without end and folders of pictures: apart, told apart, and read whatever their form."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from pfc_analysis.tasks.vision.images import (
    ImageFolder,
    ProceduralImages,
    find_images,
    read_picture,
)
from pfc_analysis.tasks.vision.pattern_colours import (
    CONTRAST,
    draw_colours,
    draw_photographic_colours,
)
from pfc_analysis.tasks.vision.random_words import seeded, uniform

MASK = 2**64 - 1


def splitmix(word: int) -> int:
    """The last stage of SplitMix64 (Steele et al. 2014), in Python's whole numbers."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & MASK
    return word ^ (word >> 31)


def hashes(images: np.ndarray) -> set[str]:
    return {hashlib.sha256(image.tobytes()).hexdigest() for image in images}


@pytest.fixture(scope="module")
def numbers() -> np.ndarray:
    return np.random.default_rng(0).integers(2**53, size=3000)


@pytest.mark.parametrize(("word", "stream"), [(0, 0), (5, 1), (2**53 - 1, 3)])
def test_generator_is_splitmix64(word, stream):
    state = seeded(word, stream)
    expected = splitmix(4 * word + stream)
    for _ in range(5):
        expected = (expected + 0x9E3779B97F4A7C15) & MASK
        assert uniform(state) == (splitmix(expected) >> 11) / 2**53


@pytest.mark.parametrize("size", [6, 10, 34])
def test_no_image_comes_twice_and_none_of_training_comes_in_the_test(numbers, size):
    train, test = (ProceduralImages(split).draw(numbers, size) for split in ("train", "test"))
    assert train.shape == (3000, size, size, 3)
    assert train.dtype == np.uint8
    assert len(hashes(train)) == len(hashes(test)) == 3000
    assert not hashes(train) & hashes(test)
    # Consecutive numbers too, which no draw by chance would give.
    assert len(hashes(ProceduralImages().draw(np.arange(1000), size))) == 1000


def test_same_number_same_image_whatever_stands_beside_it(numbers):
    source = ProceduralImages()
    together = source.draw(numbers[:50], 10)
    assert np.array_equal(together, source.draw(numbers[:50], 10))
    assert np.array_equal(together[7:8], source.draw(numbers[7:8], 10))


@pytest.mark.parametrize("size", [6, 8, 12])
def test_two_images_are_far_apart_at_few_pixels(numbers, size):
    images = ProceduralImages().draw(numbers, size).astype(float)
    distance = np.sqrt(((images[1500:] - images[:1500]) ** 2).mean((1, 2, 3)))
    assert np.quantile(distance, 0.01) > 20  # of 255
    assert np.median(distance) > 75


def test_patterns_stand_out_by_degrees_from_a_plain_ground(numbers):
    """Of two colours a apart, in equal parts, the largest standard deviation is a / 2 at most."""
    images = ProceduralImages().draw(numbers, 10).astype(float)
    contrast = images.std((1, 2)).max(-1)
    assert (contrast < 5).mean() > 0.03
    assert (contrast > 20).mean() > 0.45
    assert contrast.max() < 255 / 2
    means = images.mean((0, 1, 2))
    assert np.allclose(means, 127.5, atol=6)  # no colour is preferred


def test_a_small_picture_shows_what_a_large_one_does(numbers):
    large = ProceduralImages().draw(numbers[:300], 36).astype(float)
    small = ProceduralImages().draw(numbers[:300], 12).astype(float)
    means = large.reshape(300, 12, 3, 12, 3, 3).mean((2, 4))
    assert np.abs(means - small).mean() < 4


def test_colours_contrast():
    colours = np.empty((9, 3))
    for word in range(200):
        draw_colours(seeded(word, 0), colours)
        assert (np.linalg.norm(colours[1:] - colours[0], axis=1) >= CONTRAST).all()
        assert (colours >= 0).all()
        assert (colours < 255).all()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(2)
    (tmp_path / "deeper").mkdir()
    for k in range(60):
        place = tmp_path / "deeper" if k % 2 else tmp_path
        plain = np.full((8, 8, 3), rng.integers(256, size=3), np.uint8)
        Image.fromarray(plain).save(place / f"{k}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_folder_parts_share_nothing_and_lose_nothing(folder):
    train, test = (ImageFolder(folder, split) for split in ("train", "test"))
    assert set(train.files) | set(test.files) == set(folder.rglob("*.png"))
    assert not set(train.files) & set(test.files)
    assert train.n_images + test.n_images == 60
    assert 15 < test.n_images < 45
    assert ImageFolder(folder, "test", 0.1).n_images < 15


def test_names_and_additions_move_no_picture(folder):
    before = hashes(ImageFolder(folder, "test").draw(np.arange(10), 4))
    all_before = ImageFolder(folder, "test")
    kept = hashes(all_before.draw(np.arange(all_before.n_images), 4))
    for k, file in enumerate(sorted(folder.rglob("*.png"))):
        file.rename(file.with_name(f"renamed_{k}.png"))
    assert hashes(ImageFolder(folder, "test").draw(np.arange(10), 4)) == before
    for k in range(5):
        Image.fromarray(np.full((8, 8, 3), k, np.uint8)).save(folder / f"new{k}.png")
    after = ImageFolder(folder, "test")
    assert kept <= hashes(after.draw(np.arange(after.n_images), 4))


def test_copies_count_once(folder):
    before = ImageFolder(folder).n_images
    file = ImageFolder(folder).files[0]
    (folder / "copy.png").write_bytes(file.read_bytes())
    assert ImageFolder(folder).n_images == before


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", (200, 100, 50), (200, 100, 50)),
        ("RGBA", (200, 100, 50, 255), (200, 100, 50)),
        ("RGBA", (200, 100, 50, 0), (128, 128, 128)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 77 * 257, (77, 77, 77)),
        ("LA", (77, 255), (77, 77, 77)),
        ("P", None, (200, 100, 50)),
        ("CMYK", (0, 255, 255, 0), (255, 0, 0)),
    ],
)
@pytest.mark.parametrize("shape", [(5, 5), (40, 9)])
def test_any_mode_and_size_becomes_rgb(tmp_path, mode, colour, expected, shape):
    ending = "tif" if mode == "CMYK" else "PNG"
    for k in range(8):  # all but one other pictures, so that both parts have some
        Image.new("RGB", shape, (k, 0, 0)).save(tmp_path / f"{k}.png")
    if mode == "P":
        picture = Image.new("RGB", shape, (200, 100, 50)).quantize(4)
    else:
        picture = Image.new(mode, shape, colour)
    picture.save(tmp_path / f"it.{ending}")
    for split in ("train", "test"):
        source = ImageFolder(tmp_path, split)
        names = [file.stem for file in source.files]
        if "it" in names:
            (read,) = source.draw(np.array([names.index("it")]), 7)
    assert read.shape == (7, 7, 3)
    assert (read == expected).all()


def test_middle_square_is_taken_the_right_way_up(tmp_path):
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 90
    wide[:5, 10:15] = 250
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert read_picture(tmp_path / "wide.png", 2)[..., 0].tolist() == [[250, 90], [90, 90]]


def test_errors_name_the_folder_the_file_and_the_way_out(tmp_path, folder):
    with pytest.raises(FileNotFoundError, match=r"nowhere: no such folder"):
        _ = ImageFolder(tmp_path / "nowhere").files
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match=r"empty: no pictures; expected files \.png"):
        _ = ImageFolder(empty).files
    Image.new("RGB", (4, 4)).save(empty / "a.png")
    with pytest.raises(ValueError, match=r"of 1 different pictures are for 'train'.*at least 2"):
        _ = ImageFolder(empty).files
    for k in range(12):  # so many that both parts have some
        (folder / f"broken_{k}.jpg").write_bytes(str(k).encode())
    for split in ("train", "test"):
        with pytest.raises(ValueError, match=r"broken_\d+\.jpg: cannot be read as a picture"):
            ImageFolder(folder, split).draw(np.array([0]), 4)
    with pytest.raises(ValueError, match=r"split = 'dev': expected 'train' or 'test'"):
        ProceduralImages("dev")
    with pytest.raises(ValueError, match=r"test_share = 1.0: expected between 0 and 1"):
        ImageFolder(folder, "train", 1.0)


def test_sources_are_found_by_name(folder):
    assert find_images("procedural", "test", 0.5) == ProceduralImages("test")
    assert find_images(str(folder), "test", 0.3) == ImageFolder(str(folder), "test", 0.3)


def test_photographic_colours_differ_in_brightness_more_than_in_hue():
    """No colour is white or black, so that no two pictures are the same for want of contrast."""
    colours, spread = np.empty((9, 3)), []
    for word in range(500):
        draw_photographic_colours(seeded(word, 0), colours)
        assert (colours >= 0).all()
        assert (colours <= 255).all()
        assert (colours.max(1) > 0).all()
        assert (colours.min(1) < 255).all()
        bright = colours.mean(1)
        hue = colours - bright[:, None]
        spread.append((bright.std(), hue.std(0).mean()))
    bright, hue = np.mean(spread, axis=0)
    assert bright > 2 * hue
