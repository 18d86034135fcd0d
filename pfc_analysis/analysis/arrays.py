"""Types of the plain arrays that analyses exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
NumberArray = npt.NDArray[Any]
"""Numbers of any type: a recording may hold float32, for instance."""
