"""Mean colours of the images of Harlow's task: the features by which images are decoded."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.tasks.vision.images import ImageSource

Array = np.ndarray[Any, Any]

COLOUR_PIXELS = 8
"""Width in pixels at which images are drawn to compute their mean colour."""


def compute_image_colours(source: ImageSource, numbers: Array) -> Array:
    """Compute the mean colours of images.

    Parameters
    ----------
    source : ImageSource
        Where the images are from.
    numbers : ndarray of int, any shape
        Numbers of the images.

    Returns
    -------
    ndarray, shape (..., 3)
        Red, green and blue, 0 to 255.
    """
    different, place = np.unique(numbers, return_inverse=True)
    colours = source.draw(different.astype(np.int64), COLOUR_PIXELS).mean(axis=(1, 2))
    return np.asarray(colours[place.reshape(numbers.shape)])
