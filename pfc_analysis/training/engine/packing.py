"""Pack weights into the matrices that the compiled engine multiplies, and unpack gradients.

Each row of a matrix belongs to a unit or an input; the last row holds the biases.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.training.engine.kernels import aligned
from pfc_analysis.training.engine.play_kernels import advance_lstm
from pfc_analysis.training.networks.weights import Weights, lstm_prefixes
from pfc_analysis.training.predictive.predictive_weights import is_predictive


class PackedLSTM:
    """Copies of the weights of one LSTM and its readout, packed into float32 matrices.

    Parameters
    ----------
    weights : dict
        Weights of the network, by name; `read` copies them.
    prefix : str
        Prefix of the names of this LSTM's own weights (`weights.lstm_prefixes`).
    heads : dict
        Heads that this LSTM computes ("policy", "value"), with their columns of `readout`.

    Attributes
    ----------
    gates : ndarray, shape (row, 4 * unit), or (row, 5 * unit) with a memory
        Weights to the gates and the candidate.
    readout : ndarray, shape (row, action + 1)
        Weights to the policy's logits and the value; 0 in the columns that another LSTM computes.
    back, readout_back : ndarray, shapes (column of `gates`, unit) and (action + 1, unit)
        Transposed weights from the units to the gates and to the readout.
    start : ndarray, shape (2, unit)
        Hidden and cell state at the start of a session.
    """

    advance: Any = staticmethod(advance_lstm)
    """Compiled function that advances the LSTM by a step and computes what it reads out."""

    def __init__(self, weights: Weights, prefix: str, heads: dict[str, slice]) -> None:
        self.weights, self.prefix, self.heads = weights, prefix, heads
        n, n_actions = weights["policy_weight"].shape
        n_rows, n_gates = len(weights["recurrent_weight"]) + 1, len(weights["recurrent_bias"])
        self.gates = aligned(n_rows, n_gates)
        self.readout = aligned(n_rows, n_actions + 1)
        self.back = aligned(n_gates, n)
        self.readout_back = aligned(n_actions + 1, n)
        self.start = aligned(2, n)

    def read(self) -> None:
        """Copy the current values of the weights."""
        n = self.start.shape[1]
        self.gates[:-1] = self.weights[f"{self.prefix}recurrent_weight"]
        self.gates[-1] = self.weights[f"{self.prefix}recurrent_bias"]
        for head, columns in self.heads.items():
            self.readout[:n, columns] = self.weights[f"{head}_weight"]
            self.readout[-1, columns] = self.weights[f"{head}_bias"]
        self.start[0] = self.weights[f"{self.prefix}initial_hidden"]
        self.start[1] = self.weights[f"{self.prefix}initial_cell"]
        self.back[:] = self.gates[:n].T
        self.readout_back[:] = self.readout[:n].T


class PackedGradient:
    """The gradient by the weights of one LSTM, summed over steps, packed as the weights are.

    Parameters
    ----------
    lstm : PackedLSTM
        The weights.

    Attributes
    ----------
    gates, readout, start : ndarray
        As in `PackedLSTM`.
    """

    def __init__(self, lstm: PackedLSTM) -> None:
        self.prefix, self.heads = lstm.prefix, lstm.heads
        self.gates = aligned(*lstm.gates.shape)
        self.readout = aligned(*lstm.readout.shape)
        self.start = aligned(*lstm.start.shape)

    def write(self, gradients: Weights, n_steps: float) -> None:
        """Divide by the number of steps, and write the result to `gradients`, by name of weight."""
        n = self.start.shape[1]
        sums = {
            f"{self.prefix}recurrent_weight": self.gates[:-1],
            f"{self.prefix}recurrent_bias": self.gates[-1],
            f"{self.prefix}initial_hidden": self.start[0],
            f"{self.prefix}initial_cell": self.start[1],
        }
        for head, columns in self.heads.items():
            sums[f"{head}_weight"] = self.readout[:n, columns]
            sums[f"{head}_bias"] = self.readout[-1, columns]
        for name, total in sums.items():
            np.divide(total, np.float32(n_steps), out=gradients[name])


def pack(weights: Weights, rpe_input: bool) -> tuple[PackedLSTM, ...]:
    """Allocate the packed weights of each LSTM of a network; the first one computes the policy.

    Parameters
    ----------
    weights : dict
        Weights of the network, by name.
    rpe_input : bool
        Whether the value has an LSTM of its own.
    """
    if is_predictive(weights):
        from pfc_analysis.training.predictive.predictive_packing import PackedPredictive

        return (PackedPredictive(weights),)
    policy, value = slice(None, -1), slice(-1, None)
    heads = [{"policy": policy}, {"value": value}]
    if not rpe_input:
        heads = [{"policy": policy, "value": value}]
    return tuple(
        PackedLSTM(weights, prefix, read)
        for prefix, read in zip(lstm_prefixes(rpe_input), heads, strict=True)
    )
