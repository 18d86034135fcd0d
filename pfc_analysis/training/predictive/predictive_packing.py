"""Pack the weights of a predictive network into matrices, and unpack gradients (see `packing`)."""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.engine.kernels import LSTM, aligned
from pfc_analysis.training.engine.packing import PackedGradient, PackedLSTM
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.predictive.predictive_kernels import advance_predictive

HEADS = {"policy": slice(None, -1), "value": slice(-1, None)}
"""Columns of `readout` that hold policy and value."""


class PackedPredictive(PackedLSTM):
    """Copies of the weights of a predictive network, packed into float32 matrices.

    `readout` is that of the actor-critic, with weights in the rows of units and of observations.

    Parameters
    ----------
    weights : dict
        Weights of the network, by name; `read` copies them.

    Attributes
    ----------
    prediction : ndarray, shape (row, action * (observation + 1))
        Weights from the units to predictions; 0 in the rows of inputs.
    prediction_back : ndarray, shape (action * (observation + 1), unit)
        The same from units, transposed.
    """

    advance = staticmethod(advance_predictive)

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights, "", HEADS)
        n_units, n_predicted = weights["prediction_weight"].shape
        self.prediction = aligned(len(self.gates), n_predicted)
        self.prediction_back = aligned(n_predicted, n_units)

    @property
    def seen(self) -> slice:
        """Rows of observations."""
        n_units = self.start.shape[1]
        return slice(n_units, n_units + len(self.weights["policy_observation_weight"]))

    def read(self) -> None:
        """Copy the current values of the weights."""
        super().read()
        n_units = self.start.shape[1]
        for head, columns in self.heads.items():
            self.readout[self.seen, columns] = self.weights[f"{head}_observation_weight"]
        self.prediction[:n_units] = self.weights["prediction_weight"]
        self.prediction[-1] = self.weights["prediction_bias"]
        self.prediction_back[:] = self.prediction[:n_units].T


class PredictiveGradient(PackedGradient):
    """The gradient by the weights of a predictive network, summed over steps, in packed form.

    Parameters
    ----------
    packed : PackedPredictive
        The weights.

    Attributes
    ----------
    gates, readout, prediction, start : ndarray
        As in `PackedPredictive`.
    """

    def __init__(self, packed: PackedPredictive) -> None:
        super().__init__(packed)
        self.seen = packed.seen
        self.prediction = aligned(*packed.prediction.shape)

    def add_readout(self, lstm: LSTM, d_outputs: Array) -> None:
        """Add the gradient by the weights of the actor-critic.

        Parameters
        ----------
        lstm : LSTM
            The LSTM, as `play_block` left it.
        d_outputs : ndarray, shape (time step, session, action + 1)
            Gradient by logits and value.
        """
        n_steps, seen = len(d_outputs), self.seen
        columns = d_outputs.reshape(-1, d_outputs.shape[2])
        after = lstm.joined[1 : n_steps + 1].reshape(len(columns), -1)
        at = lstm.joined[:n_steps].reshape(len(columns), -1)
        total = after.T @ columns
        total[seen] = at[:, seen].T @ columns
        self.readout += total

    def write(self, gradients: Weights, n_steps: float) -> None:
        """Divide by the number of steps, and write the result to `gradients`, by name of weight."""
        super().write(gradients, n_steps)
        n_units = self.start.shape[1]
        sums = {
            "prediction_weight": self.prediction[:n_units],
            "prediction_bias": self.prediction[-1],
        }
        for head, columns in self.heads.items():
            sums[f"{head}_observation_weight"] = self.readout[self.seen, columns]
        for name, total in sums.items():
            np.divide(total, np.float32(n_steps), out=gradients[name])
