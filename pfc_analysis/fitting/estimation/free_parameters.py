"""Transform all free parameters at once; the same formulas as `Parameter`, without its loop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.learners.definition.parameters import LIMIT, Parameter


class FreeParameters:
    """Transformations between the unconstrained scale and the parameters.

    Parameters
    ----------
    parameters : sequence of Parameter
        In the order of the last dimension of the arrays below.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._fraction = np.flatnonzero([one.range == "fraction" for one in parameters])
        self._positive = np.flatnonzero([one.range == "positive" for one in parameters])

    def constrain(self, unconstrained: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Compute parameters, and their derivatives by their unconstrained values.

        Parameters
        ----------
        unconstrained : float array (..., parameter)
            Values on the unconstrained scale.

        Returns
        -------
        value, slope : float array (..., parameter)
            Parameters, and derivatives.
        """
        value = np.clip(unconstrained, -LIMIT, LIMIT)
        slope = np.ones_like(value)
        fraction = 1.0 / (1.0 + np.exp(-value[..., self._fraction]))
        value[..., self._fraction] = fraction
        slope[..., self._fraction] = fraction * (1.0 - fraction)
        positive = np.exp(value[..., self._positive])
        value[..., self._positive] = slope[..., self._positive] = positive
        return value, slope
