"""Image sources for picture tasks: generated patterns, or a folder of pictures.

Each source is split into a training set and a test set that share no image.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np

from pfc_analysis.tasks.vision.patterns import draw_patterns

Array = np.ndarray[Any, Any]

Split = Literal["train", "test"]
SPLITS: tuple[str, ...] = get_args(Split)

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""File endings of pictures (upper or lower case); other files of a folder are ignored."""


class ImageSource(Protocol):
    """A source of numbered images.

    Attributes
    ----------
    n_images : int
        Number of images, which are numbered from 0. It is 0 if every number from 0 to 2^53 - 1 is
        an image.
    """

    @property
    def n_images(self) -> int:
        """Number of images; 0 if every number from 0 to 2^53 - 1 is an image."""

    def draw(self, numbers: Array, size: int) -> Array:
        """Return images, uint8 (image, size, size, RGB)."""


@dataclass(frozen=True)
class ProceduralImages:
    """Generated coloured patterns: 2^53 for training, and 2^53 others for testing.

    Parameters
    ----------
    split : str
        `train` or `test`, two sets that share no image.
    """

    split: Split = "train"

    def __post_init__(self) -> None:
        check_split(self.split)

    @property
    def n_images(self) -> int:
        """0: every number from 0 to 2^53 - 1 is an image."""
        return 0

    def draw(self, numbers: Array, size: int) -> Array:
        """Draw images.

        Parameters
        ----------
        numbers : ndarray of int64, shape (image,)
            Numbers of the images, from 0 to 2^53 - 1.
        size : int
            Pixels across and down.

        Returns
        -------
        ndarray of uint8, shape (image, size, size, 3)
            RGB. The same number and size give the same bytes.
        """
        pictures = np.empty((len(numbers), size, size, 3), np.uint8)
        words = np.ascontiguousarray(numbers, np.int64)
        draw_patterns(words, SPLITS.index(self.split), pictures)
        return pictures


@dataclass(frozen=True)
class ImageFolder:
    """The pictures in a folder and the folders inside it.

    The SHA-256 of a picture's bytes decides whether it is for training or testing. File names do
    not matter, copies of a picture count once, and adding pictures does not move the others from
    one set to the other.

    Parameters
    ----------
    path : str or Path
        The folder. Its pictures are the files with one of the endings `ENDINGS`.
    split : str
        `train` or `test`.
    test_share : float
        Approximate share of the pictures in `test`, between 0 and 1.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist or holds no pictures.
    ValueError
        If the chosen set has fewer than two pictures, or a picture cannot be read.
    """

    path: str | Path
    split: Split = "train"
    test_share: float = 0.5

    def __post_init__(self) -> None:
        check_split(self.split)
        if not 0.0 < self.test_share < 1.0:
            raise ValueError(f"test_share = {self.test_share!r}: expected between 0 and 1.")

    @property
    def n_images(self) -> int:
        """Number of pictures in this set."""
        return len(self.files)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Files of this set, ordered by the SHA-256 of their bytes."""
        folder = Path(self.path)
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder; expected one with pictures.")
        found: dict[str, Path] = {}
        for file in sorted(folder.rglob("*")):
            if file.suffix.lower() in ENDINGS and file.is_file():
                found.setdefault(hashlib.sha256(file.read_bytes()).hexdigest(), file)
        if not found:
            raise FileNotFoundError(f"{folder}: no pictures; expected files {', '.join(ENDINGS)}.")
        tested = {digest: int(digest[:13], 16) < self.test_share * 16**13 for digest in found}
        files = tuple(
            found[digest] for digest in sorted(found) if tested[digest] == (self.split == "test")
        )
        if len(files) < 2:
            raise ValueError(
                f"{folder}: {len(files)} of {len(found)} different pictures are for "
                f"{self.split!r}; expected at least 2. Add pictures, or change test_share "
                f"({self.test_share:g})."
            )
        return files

    def draw(self, numbers: Array, size: int) -> Array:
        """Return the middle square of each picture.

        Parameters
        ----------
        numbers : ndarray of int64, shape (image,)
            Indices into `files`.
        size : int
            Pixels across and down.

        Returns
        -------
        ndarray of uint8, shape (image, size, size, 3)
            RGB.
        """
        return self._at(size)[np.asarray(numbers)]

    def _at(self, size: int) -> Array:
        """Read all pictures at once, so that a bad file is found before any session is played."""
        known: dict[int, Array] = self.__dict__.setdefault("_read", {})
        if size not in known:
            known[size] = np.stack([read_picture(file, size) for file in self.files])
        return known[size]


def read_picture(file: Path, size: int) -> Array:
    """Read the middle square of a picture of any size and colour mode.

    Parameters
    ----------
    file : Path
        The picture. Transparent parts are drawn on grey; an animation is read as its first picture.
    size : int
        Width and height in pixels to which the square is scaled.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        RGB.

    Raises
    ------
    ValueError
        If the picture cannot be read; the message names the file.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as picture:
            # A plain conversion would clip 16-bit greys at 255.
            if picture.mode.startswith("I"):
                deep = np.asarray(picture, np.float64) / 257.0
                whole = Image.fromarray(np.clip(deep + 0.5, 0, 255).astype(np.uint8)).convert("RGB")
            else:
                layered = ImageOps.exif_transpose(picture).convert("RGBA")
                grey = Image.new("RGBA", layered.size, (128, 128, 128, 255))
                whole = Image.alpha_composite(grey, layered).convert("RGB")
            return np.asarray(ImageOps.fit(whole, (size, size), Image.Resampling.BOX))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"{file}: cannot be read as a picture ({error}). Repair the file, or remove it from "
            "the folder."
        ) from error


def find_images(images: str, split: Split, test_share: float) -> ImageSource:
    """Return the source for a setting: `procedural`, or the path of a folder."""
    if images == "procedural":
        return ProceduralImages(split)
    return ImageFolder(images, split, test_share)


def check_split(split: str) -> None:
    """Raise a ValueError unless `split` is `train` or `test`."""
    if split not in SPLITS:
        raise ValueError(f"split = {split!r}: expected 'train' or 'test'.")
