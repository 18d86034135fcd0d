"""Weights in the matrices that the compiled engine multiplies, and gradients back from them.

A row stands for a unit, an input or, the last one, the constant 1 that carries the biases.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.training.kernels import aligned
from pfc_analysis.training.weights import Weights


class PackedWeights:
    """Copies of a network's weights; all float32.

    Parameters
    ----------
    weights : dict
        Of the network; `read` copies them.

    Attributes
    ----------
    gates, readout : ndarray, shapes (row, 4 * unit) and (row, action + 1)
        To the gates, and to the policy's logits and the value.
    back, readout_back : ndarray, shapes (4 * unit, unit) and (action + 1, unit)
        From gates and readouts back to the units.
    start : ndarray, shape (2, unit)
        First hidden and cell state.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        n, n_actions = weights["policy_weight"].shape
        n_rows = len(weights["recurrent_weight"]) + 1
        self.n_units, self.n_actions, self.n_rows = n, n_actions, n_rows
        self.gates = aligned(n_rows, 4 * n)
        self.readout = aligned(n_rows, n_actions + 1)
        self.back = aligned(4 * n, n)
        self.readout_back = aligned(n_actions + 1, n)
        self.start = aligned(2, n)

    def read(self) -> None:
        """Take over the weights as they are now."""
        values, n = self.weights, self.n_units
        self.gates[:-1] = values["recurrent_weight"]
        self.gates[-1] = values["recurrent_bias"]
        self.readout[:n, :-1] = values["policy_weight"]
        self.readout[:n, -1:] = values["value_weight"]
        self.readout[-1, :-1] = values["policy_bias"]
        self.readout[-1, -1:] = values["value_bias"]
        self.start[0] = values["initial_hidden"]
        self.start[1] = values["initial_cell"]
        self.back[:] = self.gates[:n].T
        self.readout_back[:] = self.readout[:n].T


class PackedGradient:
    """Sums of gradients, laid out as `PackedWeights`, and of what was played.

    Parameters
    ----------
    weights : PackedWeights
        Tells the sizes.

    Attributes
    ----------
    gates, readout, start : ndarray
        As in `PackedWeights`.
    sums : ndarray, shape (6,)
        Policy loss, value loss, entropy, steps, reward and invalid responses.
    """

    def __init__(self, weights: PackedWeights) -> None:
        self.gates = aligned(*weights.gates.shape)
        self.readout = aligned(*weights.readout.shape)
        self.start = aligned(*weights.start.shape)
        self.sums = np.zeros(6)

    def write(self, gradients: Weights, n_steps: float) -> None:
        """Fill `gradients`, an array a weight, with the mean over `n_steps` steps."""
        n = self.start.shape[1]
        sums = {
            "recurrent_weight": self.gates[:-1],
            "recurrent_bias": self.gates[-1],
            "policy_weight": self.readout[:n, :-1],
            "policy_bias": self.readout[-1, :-1],
            "value_weight": self.readout[:n, -1:],
            "value_bias": self.readout[-1, -1:],
            "initial_hidden": self.start[0],
            "initial_cell": self.start[1],
        }
        for name, gradient in gradients.items():
            np.divide(sums[name], np.float32(n_steps), out=gradient)
