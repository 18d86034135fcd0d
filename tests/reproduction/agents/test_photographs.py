"""Photographs in tiles: every pixel is where it was, and a task takes them for pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from pfc_analysis.reproduction.agents.photographs import (
    LEAST_CONTRAST,
    cut_tiles,
    write_photographs,
)
from pfc_analysis.tasks.vision.images import ImageFolder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("new") / "photographs")


def test_tiles_cover_a_photograph_without_overlap():
    photograph = np.arange(7 * 11 * 3, dtype=np.uint8).reshape(7, 11, 3)
    tiles = cut_tiles(photograph, 2)
    assert tiles.shape == (2 * 3, 3, 3, 3)
    for k, tile in enumerate(tiles):
        row, column = divmod(k, 3)
        at = (slice(3 * row, 3 * row + 3), slice(3 * column, 3 * column + 3))
        assert np.array_equal(tile, photograph[at])


def test_files_are_pieces_of_the_photographs_that_show_something(folder):
    files = sorted(folder.iterdir())
    assert len(files) > 50
    for name in ("china", "flower"):
        whole = load_sample_image(f"{name}.jpg")
        own = [file for file in files if file.name.startswith(name)]
        assert len(own) > 20
        for file in own:
            row, column = divmod(int(file.stem.split("_")[1]), 9)
            with Image.open(file) as picture:
                tile = np.asarray(picture)
            assert np.array_equal(tile, whole[71 * row :, 71 * column :][:71, :71])
            assert tile.mean(axis=-1).std() >= LEAST_CONTRAST
        # What was left out is blank: the sky, the shade behind the flower.
        kept = {int(file.stem.split("_")[1]) for file in own}
        for k, tile in enumerate(cut_tiles(whole, 6)):
            assert (k in kept) == (tile.astype(float).mean(axis=-1).std() >= LEAST_CONTRAST)


def test_a_task_takes_them_and_no_two_look_alike(folder):
    source = ImageFolder(folder, "test", 0.999)
    assert source.n_images == len(list(folder.iterdir()))
    pictures = source.draw(np.arange(source.n_images), 10).astype(float)
    apart = np.abs(pictures[:, None] - pictures[None]).mean(axis=(2, 3, 4))
    assert apart[~np.eye(len(apart), dtype=bool)].min() > 5


def test_same_bytes_each_time(folder, tmp_path):
    again = write_photographs(tmp_path)
    for file in folder.iterdir():
        assert (again / file.name).read_bytes() == file.read_bytes()
