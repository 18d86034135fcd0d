"""Random generators for parts of a fit, the same whatever else is fitted beside them."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of one part of a fit, named by subject, model and purpose.

    Parameters
    ----------
    seed : int
        Seed of the whole.
    *names : str
        What the part is; other names give an independent generator.

    Examples
    --------
    >>> from pfc_analysis.fitting.models.random_streams import stream
    >>> stream(1, "rat").random() == stream(1, "rat").random()
    True
    """
    return np.random.default_rng([seed, *(crc32(name.encode("utf-8")) for name in names)])
