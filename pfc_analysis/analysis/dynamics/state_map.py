"""Maps of states: what a step or a trial does to the state of a system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError

DIFFERENCE = 6e-6
"""Step of central differences, as a share of the size of a number: the cube root of 2.2e-16, at
which the errors of rounding and of curvature are of one size."""


class StateMap(Protocol):
    """A map of states; points are float arrays (point, state)."""

    @property
    def size(self) -> int:
        """Numbers in a state."""

    def move(self, points: FloatArray) -> FloatArray:
        """Compute the states after; float array (point, state)."""

    def jacobian(self, points: FloatArray) -> FloatArray:
        """Compute the derivatives of `move`; float array (point, state after, state before)."""


class FunctionMap:
    """A map given as a function.

    Parameters
    ----------
    function : callable
        Takes states, float array (point, state), to the states after a step, in the same shape.
    size : int
        Numbers in a state.
    jacobian : callable, optional
        Takes states, (point, state), to the derivatives of `function`, float array (point, state
        after, state before). If it is not given, derivatives are central differences, exact to
        about ten digits.

    Raises
    ------
    AnalysisError
        If a result does not have the shape that was expected.

    Examples
    --------
    A leaky sum of one number that comes to rest at 2, where it forgets half of every step:

    >>> import pfc_analysis as pfc
    >>> halving = pfc.analysis.FunctionMap(lambda state: 0.5 * state + 1.0, size=1)
    >>> import numpy as np
    >>> halving.move(np.array([[0.0], [2.0]])).ravel().tolist()
    [1.0, 2.0]
    >>> print(halving.jacobian(np.array([[2.0]])).round(6))
    [[[0.5]]]
    """

    def __init__(
        self,
        function: Callable[[FloatArray], FloatArray],
        size: int,
        jacobian: Callable[[FloatArray], FloatArray] | None = None,
    ) -> None:
        self._function, self._jacobian, self.size = function, jacobian, size

    def move(self, points: FloatArray) -> FloatArray:
        """Compute the states after."""
        return _check_shape(self._function(points), points.shape, "function")

    def jacobian(self, points: FloatArray) -> FloatArray:
        """Compute the derivatives of `move`."""
        if self._jacobian is None:
            return _difference(self.move, points)
        return _check_shape(self._jacobian(points), (*points.shape, self.size), "jacobian")


def _difference(move: Callable[[FloatArray], FloatArray], points: FloatArray) -> FloatArray:
    slope = np.empty((*points.shape, points.shape[1]))
    for k in range(points.shape[1]):
        step = np.zeros_like(points)
        step[:, k] = DIFFERENCE * np.maximum(np.abs(points[:, k]), 1.0)
        up, down = points + step, points - step
        slope[:, :, k] = (move(up) - move(down)) / (up[:, k] - down[:, k])[:, None]
    return slope


def _check_shape(values: FloatArray, expected: tuple[int, ...], name: str) -> FloatArray:
    found = np.asarray(values, dtype=np.float64)
    if found.shape != expected:
        raise AnalysisError(
            f"{name}: found a result of shape {found.shape}, expected {expected}; states are "
            "(point, state), derivatives (point, state after, state before)"
        )
    return found
