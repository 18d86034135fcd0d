"""Photographs that no agent was trained with: pieces of the two that scikit-learn ships.

They stand for ImageNet, whose pictures cannot be shipped: patterns are all that agents of this
toolkit see in training, and here they meet petals, roofs and trees.
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
"""A photograph is cut into so many rows of square tiles."""

LEAST_CONTRAST = 12.0
"""Tiles whose brightness, 0 to 255, spreads less (standard deviation) are blank sky or shade."""


def write_photographs(folder: str | Path) -> Path:
    """Cut the photographs into tiles and write them as pictures.

    Parameters
    ----------
    folder : str or Path
        Where to; for `Harlow(images=...)`. Made where there is none.

    Returns
    -------
    Path
        The folder. Files are uncompressed (PPM), so that they, and with them the order in which a
        task numbers them, do not depend on a compressor's version.
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
        RGB; what is left over below and on the right falls away.
    rows : int
        Rows of tiles.

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
