r"""Agents that read their own prediction errors: two LSTMs as one map of states.

The value's LSTM reads the reward; the policy's LSTM reads in its place the prediction error
(Wang et al. 2018, simulation 6)

.. math:: \delta = r + \gamma V(h') - V(h),

with V linear in the outputs h of the value's LSTM before the step, and h' after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.dynamics.lstm_map import (
    Carried,
    LSTMWeights,
    advance_lstm,
    check_inputs,
    differentiate_in_blocks,
    join,
)


@dataclass(frozen=True)
class ErrorReader:
    """Two LSTMs, of which that of the policy reads prediction errors.

    Parameters
    ----------
    policy, value : LSTMWeights
        The two LSTMs; of equally many units and inputs. The last input is the outcome.
    value_readout : float array (unit,)
        Weights of V.
    value_bias : float
        Bias of V; it adds (gamma - 1) times itself to the error.
    discount : float
        gamma, per step.
    scale : float
        Rewards and prediction errors are multiplied by it before they enter the network.
    """

    policy: LSTMWeights
    value: LSTMWeights
    value_readout: FloatArray
    value_bias: float
    discount: float
    scale: float


class TwoLSTMMap:
    """What the steps of a trial do to both LSTMs.

    A state are the outputs of the policy's units, those of the value's units, then the cells in the
    same order.

    Parameters
    ----------
    network : ErrorReader
        The two LSTMs.
    inputs : float array (step, input)
        Inputs of the steps; the last is the reward, times `scale`.
    """

    def __init__(self, network: ErrorReader, inputs: FloatArray) -> None:
        self._network = network
        self._inputs = check_inputs(inputs, len(network.value.input))
        self.size = 4 * network.value.units

    def move(self, points: FloatArray) -> FloatArray:
        """Compute the states after the steps; float array (point, state)."""
        half = self.size // 2
        return join(self._run(Carried(points[:, :half], points[:, half:])))

    def jacobian(self, points: FloatArray) -> FloatArray:
        """Compute the derivatives of `move`, exactly; (point, state after, state before)."""
        return differentiate_in_blocks(points, self.size // 2, self._run)

    def _run(self, state: Carried) -> Carried:
        for shown in self._inputs:
            state = self._advance(shown, state)
        return state

    def _advance(self, shown: FloatArray, before: Carried) -> Carried:
        network, n = self._network, self.size // 4
        own, others = _part(before, slice(n, None)), _part(before, slice(None, n))
        value = advance_lstm(network.value, shown @ network.value.input + network.value.bias, own)
        readout, discount, scale = network.value_readout, network.discount, network.scale
        gained = discount * (value.hidden @ readout) - own.hidden @ readout
        error = gained + (discount - 1.0) * network.value_bias
        weights = network.policy.input
        read = shown @ weights + network.policy.bias + scale * error[:, None] * weights[-1]
        d_read = None
        if own.d_hidden is not None and value.d_hidden is not None:
            d_error = readout @ (discount * value.d_hidden - own.d_hidden)
            d_read = scale * weights[-1][:, None] * d_error[:, None, :]
        return _stack(advance_lstm(network.policy, read, others, d_read), value)


def _part(state: Carried, units: slice) -> Carried:
    return Carried(*(None if one is None else one[:, units] for one in state))  # type: ignore[arg-type]


def _stack(policy: Carried, value: Carried) -> Carried:
    def join_units(name: str) -> FloatArray | None:
        pair = getattr(policy, name), getattr(value, name)
        return None if pair[0] is None else np.concatenate(pair, axis=1)

    return Carried(*map(join_units, Carried._fields))  # type: ignore[arg-type]
