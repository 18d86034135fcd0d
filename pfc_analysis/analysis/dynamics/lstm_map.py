r"""LSTMs as maps of states, with exact derivatives.

With the input x of a step, and the columns of the weights in the order input gate, forget gate,
output gate, candidate:

.. math::
    (i, f, o, g) &= x W_x + h W_h + b \\
    c' &= \sigma(f) c + \sigma(i) \tanh(g) \\
    h' &= \sigma(o) \tanh(c')

A state is (h, c). A map may have several steps: the inputs of a whole trial. Derivatives are
carried along with the states from step to step (the chain rule, forwards).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError

BLOCK = 64
"""Points whose derivatives are computed at once, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class LSTMWeights:
    """Weights of one LSTM; columns are input gate, forget gate, output gate, candidate.

    Parameters
    ----------
    input : float array (input, 4 * unit)
        Weights of the inputs, W_x.
    recurrent : float array (unit, 4 * unit)
        Weights of the units' own outputs, W_h.
    bias : float array (4 * unit,)
        Biases, b.

    Raises
    ------
    AnalysisError
        If the shapes do not fit each other, or a weight is not finite.

    Notes
    -----
    PyTorch keeps gates in the order input, forget, candidate, output, with rows and columns
    exchanged, and two biases, whose sum is `bias`.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> weights = pfc.analysis.LSTMWeights(np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8))
    >>> weights.units
    2
    """

    input: FloatArray
    recurrent: FloatArray
    bias: FloatArray

    def __post_init__(self) -> None:
        for name in ("input", "recurrent", "bias"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        n = self.bias.size // 4
        expected = {"recurrent": (n, 4 * n), "bias": (4 * n,), "input": (len(self.input), 4 * n)}
        for name, shape in expected.items():
            found = getattr(self, name)
            if found.shape != shape or n == 0:
                raise AnalysisError(
                    f"{name}: found shape {found.shape}, expected {shape} (bias has "
                    f"{self.bias.size} numbers, four for each unit)"
                )
            if not np.isfinite(found).all():
                raise AnalysisError(f"{name}: found weights that are not finite")

    @property
    def units(self) -> int:
        """Number of units."""
        return self.bias.size // 4


class Carried(NamedTuple):
    """Outputs and cells, (point, unit), and their derivatives, (point, unit, direction) or None."""

    hidden: FloatArray
    cell: FloatArray
    d_hidden: FloatArray | None = None
    d_cell: FloatArray | None = None


def advance_lstm(
    weights: LSTMWeights,
    shown: FloatArray,
    before: Carried,
    d_gates: FloatArray | None = None,
) -> Carried:
    """Advance an LSTM by one step, and the derivatives with it.

    Parameters
    ----------
    weights : LSTMWeights
        The LSTM.
    shown : float array (4 * unit,) or (point, 4 * unit)
        What the input adds to the gates, x W_x + b.
    before : Carried
        State before the step.
    d_gates : float array (point, 4 * unit, direction), optional
        Derivatives of `shown`; 0 if not given.
    """
    n = weights.units
    gates = before.hidden @ weights.recurrent + shown
    opened, candidate = _logistic(gates[:, : 3 * n]), np.tanh(gates[:, 3 * n :])
    write, keep, show = opened[:, :n], opened[:, n : 2 * n], opened[:, 2 * n :]
    cell = keep * before.cell + write * candidate
    out = np.tanh(cell)
    if before.d_hidden is None or before.d_cell is None:
        return Carried(show * out, cell)
    slope = np.matmul(weights.recurrent.T, before.d_hidden)
    if d_gates is not None:
        slope = slope + d_gates
    factor = np.concatenate(
        (
            candidate * write * (1 - write),
            before.cell * keep * (1 - keep),
            out * show * (1 - show),
            write * (1 - candidate**2),
        ),
        axis=1,
    )
    slope *= factor[..., None]
    d_cell = keep[..., None] * before.d_cell
    d_cell += slope[:, :n] + slope[:, n : 2 * n] + slope[:, 3 * n :]
    d_hidden = slope[:, 2 * n : 3 * n] + (show * (1 - out**2))[..., None] * d_cell
    return Carried(show * out, cell, d_hidden, d_cell)


class LSTMMap:
    """What a step, or the steps of a trial, do to the state of an LSTM.

    The first half of a state are the outputs of the units (hidden), the second half their cells.

    Parameters
    ----------
    weights : LSTMWeights
        The LSTM.
    inputs : float array (step, input)
        Inputs of the steps, one after another; one row is a constant input that is held.

    Raises
    ------
    AnalysisError
        If the inputs do not fit the weights.

    Examples
    --------
    An LSTM of one unit whose cell halves with every step:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> zero = np.zeros((1, 4))
    >>> weights = pfc.analysis.LSTMWeights(zero, zero, np.zeros(4))
    >>> step = pfc.analysis.LSTMMap(weights, inputs=np.zeros((1, 1)))
    >>> print(step.move(np.array([[0.0, 1.0]])).round(3))
    [[0.231 0.5  ]]
    """

    def __init__(self, weights: LSTMWeights, inputs: FloatArray) -> None:
        inputs = check_inputs(inputs, len(weights.input))
        self._weights, self.size = weights, 2 * weights.units
        self._shown = inputs @ weights.input + weights.bias

    def move(self, points: FloatArray) -> FloatArray:
        """Compute the states after the steps; float array (point, state)."""
        n = self._weights.units
        return join(self._run(Carried(points[:, :n], points[:, n:])))

    def jacobian(self, points: FloatArray) -> FloatArray:
        """Compute the derivatives of `move`, exactly; (point, state after, state before)."""
        return differentiate_in_blocks(points, self._weights.units, self._run)

    def _run(self, state: Carried) -> Carried:
        for shown in self._shown:
            state = advance_lstm(self._weights, shown, state)
        return state


def check_inputs(inputs: FloatArray, n_inputs: int) -> FloatArray:
    """Return inputs as numbers, (step, input), or say what is wrong with them."""
    found = np.asarray(inputs, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != n_inputs or len(found) == 0:
        raise AnalysisError(
            f"inputs: found shape {found.shape}, expected (step, {n_inputs}) with at least one step"
        )
    return found


def join(state: Carried) -> FloatArray:
    """Join outputs and cells to states, (point, state)."""
    return np.concatenate((state.hidden, state.cell), axis=1)


def differentiate_in_blocks(
    points: FloatArray, units: int, run: Callable[[Carried], Carried]
) -> FloatArray:
    """Compute the Jacobian of `run` at points, (point, state after, state before)."""
    size = points.shape[1]
    slope = np.empty((*points.shape, size))
    for first in range(0, len(points), BLOCK):
        block = points[first : first + BLOCK]
        every = np.broadcast_to(np.eye(size), (len(block), size, size))
        hidden, cell = block[:, :units], block[:, units:]
        after = run(Carried(hidden, cell, every[:, :units], every[:, units:]))
        assert after.d_hidden is not None
        assert after.d_cell is not None
        slope[first : first + BLOCK, :units] = after.d_hidden
        slope[first : first + BLOCK, units:] = after.d_cell
    return slope


def _logistic(x: FloatArray) -> FloatArray:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))
