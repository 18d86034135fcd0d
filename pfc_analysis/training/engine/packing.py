"""Weights in the matrices that the compiled engine multiplies, and gradients back from them.

A row stands for a unit, an input or, the last one, the constant 1 that carries the biases.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.training.engine.kernels import aligned
from pfc_analysis.training.networks.weights import Weights, lstm_prefixes


class PackedLSTM:
    """Copies of the weights of one LSTM and of what is read out from it; all float32.

    Parameters
    ----------
    weights : dict
        Of the network; `read` copies them.
    prefix : str
        What the names of the LSTM's own weights begin with (`weights.lstm_prefixes`).
    heads : dict
        Columns of `readout` by the head that is read out from this LSTM.

    Attributes
    ----------
    gates, readout : ndarray, shapes (row, 4 * unit) and (row, action + 1)
        To the gates, and to the policy's logits and the value; what another LSTM reads out is 0.
    back, readout_back : ndarray, shapes (4 * unit, unit) and (action + 1, unit)
        From gates and readouts back to the units.
    start : ndarray, shape (2, unit)
        First hidden and cell state.
    """

    def __init__(self, weights: Weights, prefix: str, heads: dict[str, slice]) -> None:
        self.weights, self.prefix, self.heads = weights, prefix, heads
        n, n_actions = weights["policy_weight"].shape
        n_rows = len(weights["recurrent_weight"]) + 1
        self.gates = aligned(n_rows, 4 * n)
        self.readout = aligned(n_rows, n_actions + 1)
        self.back = aligned(4 * n, n)
        self.readout_back = aligned(n_actions + 1, n)
        self.start = aligned(2, n)

    def read(self) -> None:
        """Take over the weights as they are now."""
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
    """Sums of gradients by the weights of one LSTM, laid out as these.

    Parameters
    ----------
    lstm : PackedLSTM
        Its weights.

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
        """Fill the LSTM's part of `gradients`, an array a weight, with the mean over the steps."""
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
    """Return room for the weights of each LSTM of a network; the first one chooses.

    Parameters
    ----------
    weights : dict
        Of the network.
    rpe_input : bool
        Whether value has an LSTM of its own.
    """
    policy, value = slice(None, -1), slice(-1, None)
    heads = [{"policy": policy}, {"value": value}]
    if not rpe_input:
        heads = [{"policy": policy, "value": value}]
    return tuple(
        PackedLSTM(weights, prefix, read)
        for prefix, read in zip(lstm_prefixes(rpe_input), heads, strict=True)
    )
