"""Random numbers of an analysis: from a generator of numpy, or from a seed."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError


def as_generator(source: np.random.Generator | int, name: str) -> np.random.Generator:
    """Return a generator of random numbers.

    Parameters
    ----------
    source : numpy.random.Generator or int
        A generator is returned as it is, and goes on from its state. A whole number is the seed of
        a new one: the same number gives the same result.
    name : str
        Name of the argument, for the error.

    Raises
    ------
    AnalysisError
        If it is neither.
    """
    if isinstance(source, np.random.Generator):
        return source
    whole = isinstance(source, (int, np.integer)) and not isinstance(source, bool)
    if not whole or source < 0:
        raise AnalysisError(
            f"{name}: found {source!r}, expected a seed (a whole number of at least 0) or a "
            "numpy.random.Generator, such as np.random.default_rng(1)"
        )
    return np.random.default_rng(source)
