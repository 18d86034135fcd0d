"""Types of the plain arrays that analyses exchange, and fast tests and counts of their values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
NumberArray = npt.NDArray[Any]
"""Numbers of any type: a recording may hold float32, for instance."""


def is_finite(values: NumberArray) -> bool:
    """Test whether all values are finite."""
    if values.dtype.kind != "f":
        return True
    flat = values if values.ndim == 1 else values.ravel("K")  # copies only if not contiguous
    with np.errstate(over="ignore"):
        # A finite sum of squares is a faster test than all values, unless it overflows.
        return bool(np.isfinite(flat @ flat)) or bool(np.isfinite(flat).all())


def number_labels(labels: NumberArray) -> tuple[NumberArray, IntArray]:
    """List the labels that occur, and number each entry by its place in the list.

    As ``np.unique(labels, return_inverse=True)``, but equal labels that follow each other, as those
    of the trials of a session do, are sorted as one.

    Parameters
    ----------
    labels : array (trial,)

    Returns
    -------
    unique : array (label,)
        In ascending order.
    number : integer array (trial,)
    """
    begins = np.flatnonzero(_find_changes(labels))
    unique, number = np.unique(labels[begins], return_inverse=True)
    return unique, np.repeat(number, np.diff(begins, append=labels.size)).astype(np.int64)


def list_names(labels: NumberArray) -> list[str]:
    """List the names that occur in an array on trial, in order of appearance."""
    return list(dict.fromkeys(map(str, labels[_find_changes(labels)])))


def _find_changes(labels: NumberArray) -> BoolArray:
    """Mark the entries that differ from the one before; the first is marked too."""
    changes = np.ones(labels.size, dtype=np.bool_)
    changes[1:] = labels[1:] != labels[:-1]
    return changes
