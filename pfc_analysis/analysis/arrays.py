"""Types of the plain arrays that analyses exchange, and a fast test that all values are finite."""

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
