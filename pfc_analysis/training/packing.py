"""The network's weights in the matrices that the compiled engine multiplies, and back.

A row stands for a unit, an input or, the last one, the constant 1 that carries the biases.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pfc_analysis.training.network import LSTMActorCritic

Array = np.ndarray[Any, Any]


class Weights:
    """Copies of a network's weights; all float32.

    Parameters
    ----------
    network : LSTMActorCritic
        Tells the sizes.

    Attributes
    ----------
    gates, readout : ndarray, shapes (row, 4 * unit) and (row, action + 1)
        To the gates, and to the policy's logits and the value.
    back, readout_back : ndarray, shapes (4 * unit, unit) and (action + 1, unit)
        From gates and readouts back to the units.
    start : ndarray, shape (2, unit)
        First hidden and cell state.
    """

    def __init__(self, network: LSTMActorCritic) -> None:
        n, n_actions = network.n_units, network.n_actions
        n_rows = n + network.n_inputs + 1
        self.n_units, self.n_actions, self.n_rows = n, n_actions, n_rows
        self.gates = np.zeros((n_rows, 4 * n), np.float32)
        self.readout = np.zeros((n_rows, n_actions + 1), np.float32)
        self.back = np.zeros((4 * n, n), np.float32)
        self.readout_back = np.zeros((n_actions + 1, n), np.float32)
        self.start = np.zeros((2, n), np.float32)

    def read(self, network: LSTMActorCritic) -> None:
        """Take over the weights as they are now."""
        values = {name: p.detach().numpy() for name, p in network.named_parameters()}
        n = self.n_units
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


class Gradient:
    """Sums of gradients, laid out as `Weights`, and of losses.

    Parameters
    ----------
    weights : Weights
        Tells the sizes.

    Attributes
    ----------
    gates, readout, start : ndarray
        As in `Weights`.
    losses : ndarray, shape (3,)
        Policy loss, value loss and entropy.
    """

    def __init__(self, weights: Weights) -> None:
        self.gates = np.zeros_like(weights.gates)
        self.readout = np.zeros_like(weights.readout)
        self.start = np.zeros_like(weights.start)
        self.losses = np.zeros(3)

    def write(self, network: LSTMActorCritic, n_steps: float) -> None:
        """Leave the mean over `n_steps` steps in the parameters' `grad`."""
        n = network.n_units
        sums = {
            "recurrent_weight": self.gates[:-1],
            "recurrent_bias": self.gates[-1],
            "policy_weight": self.readout[:n, :-1],
            "value_weight": self.readout[:n, -1:],
            "policy_bias": self.readout[-1, :-1],
            "value_bias": self.readout[-1, -1:],
            "initial_hidden": self.start[0],
            "initial_cell": self.start[1],
        }
        for name, parameter in network.named_parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            np.divide(sums[name], np.float32(n_steps), out=parameter.grad.numpy())
