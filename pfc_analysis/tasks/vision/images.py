"""Where the images of picture tasks come from: patterns without end, or a folder of pictures.

Either source has two parts that share no image, one to train with and one to test with.
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
"""Files of a folder that are taken for pictures, upper case or lower."""


class ImageSource(Protocol):
    """Images by number.

    Attributes
    ----------
    n_images : int
        How many there are, numbered from 0; 0 where any number from 0 to 2^53 - 1 is an image.
    """

    @property
    def n_images(self) -> int:
        """How many there are; 0 where there is no end of them."""

    def draw(self, numbers: Array, size: int) -> Array:
        """Return images, uint8 (image, size, size, RGB)."""


@dataclass(frozen=True)
class ProceduralImages:
    """Coloured patterns, 2^53 of them for each part: drawn by chance, none comes twice.

    Parameters
    ----------
    split : str
        `train` or `test`: images of one are none of the other.
    """

    split: Split = "train"

    def __post_init__(self) -> None:
        check_split(self.split)

    @property
    def n_images(self) -> int:
        """0: there is no end of them."""
        return 0

    def draw(self, numbers: Array, size: int) -> Array:
        """Draw images.

        Parameters
        ----------
        numbers : ndarray of int64, shape (image,)
            Which; from 0 to 2^53 - 1.
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

    A picture's part follows from its bytes alone (SHA-256): names do not matter, copies of one
    picture count once, and pictures that are added move no other from one part to the other.

    Parameters
    ----------
    path : str or Path
        The folder. Files count that end in one of `ENDINGS`.
    split : str
        `train` or `test`.
    test_share : float
        Share of the pictures that go to `test`, about; between 0 and 1.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist or holds no pictures.
    ValueError
        If a part has fewer than two pictures, or a picture cannot be read.
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
        """How many pictures this part has."""
        return len(self.files)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Files of this part, in the order of their bytes' SHA-256."""
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
        """Return pictures, the middle square of each.

        Parameters
        ----------
        numbers : ndarray of int64, shape (image,)
            Which; indices into `files`.
        size : int
            Pixels across and down.

        Returns
        -------
        ndarray of uint8, shape (image, size, size, 3)
            RGB.
        """
        return self._at(size)[np.asarray(numbers)]

    def _at(self, size: int) -> Array:
        """All pictures at a size; read once, so that a bad file is found before anyone plays."""
        known: dict[int, Array] = self.__dict__.setdefault("_read", {})
        if size not in known:
            known[size] = np.stack([read_picture(file, size) for file in self.files])
        return known[size]


def read_picture(file: Path, size: int) -> Array:
    """Read a picture of any size and mode.

    Parameters
    ----------
    file : Path
        The picture. What is transparent is laid on grey; of moving pictures the first is taken.
    size : int
        Pixels across and down that its middle square is brought to.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        RGB.

    Raises
    ------
    ValueError
        If it cannot be read; the message names the file.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as picture:
            # Greys of 16 bits would be cut off at 255 by a plain conversion.
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
            f"{file}: cannot be read as a picture ({error}). Repair it, or take it away."
        ) from error


def find_images(images: str, split: Split, test_share: float) -> ImageSource:
    """Source of images: `procedural`, or the folder of that path."""
    if images == "procedural":
        return ProceduralImages(split)
    return ImageFolder(images, split, test_share)


def check_split(split: str) -> None:
    """Raise a ValueError unless `split` is one."""
    if split not in SPLITS:
        raise ValueError(f"split = {split!r}: expected 'train' or 'test'.")
