"""Tiles of the two photographs that scikit-learn ships, with which no agent was trained.

The paper used ImageNet, whose images cannot be shipped. The agents of this toolkit see only
patterns in training; in a test with these tiles, they see parts of flowers, roofs and trees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.atomic import atomic_path

Array = np.ndarray[Any, Any]

PHOTOGRAPHS = ("china.jpg", "flower.jpg")
"""A palace roof by danielbuechele and a flower by vultilion, from Flickr, under Creative Commons
Attribution 2.0 (`sklearn.datasets.load_sample_images`)."""

ROWS = 6
"""Rows of square tiles that a photograph is cut into."""

LEAST_CONTRAST = 12.0
"""Smallest standard deviation of a tile's brightness (0 to 255). Others show only sky or shade."""


def write_photographs(folder: str | Path) -> Path:
    """Cut the photographs into tiles and write these as image files.

    Parameters
    ----------
    folder : str or Path
        Folder to write to, for `Harlow(images=...)`. It is created where there is none.

    Returns
    -------
    Path
        The folder. Files are uncompressed (PPM), so that their bytes, and with them the order in
        which a task numbers them, do not depend on the version of a compressor.
    """
    from sklearn.datasets import load_sample_image

    folder = Path(folder)
    for name in PHOTOGRAPHS:
        for k, tile in enumerate(cut_tiles(load_sample_image(name), ROWS)):
            if tile.mean(axis=-1).std() >= LEAST_CONTRAST:
                with atomic_path(folder / f"{Path(name).stem}_{k:02}.ppm") as temporary:
                    temporary.write_bytes(b"P6 %d %d 255\n" % tile.shape[:2] + tile.tobytes())
    return folder


def cut_tiles(photograph: Array, rows: int) -> Array:
    """Cut a photograph into square tiles that do not overlap.

    Parameters
    ----------
    photograph : ndarray of uint8, shape (height, width, 3)
        RGB; remainders at the lower and the right edge are left out.
    rows : int
        Number of rows of tiles.

    Returns
    -------
    ndarray of uint8, shape (tile, size, size, 3)
        Row by row; ``size = height // rows``.
    """
    size = photograph.shape[0] // rows
    columns = photograph.shape[1] // size
    whole = photograph[: rows * size, : columns * size]
    cells = whole.reshape(rows, size, columns, size, 3).swapaxes(1, 2)
    return np.ascontiguousarray(cells).reshape(rows * columns, size, size, 3)
