r"""The equations of the networks, in double precision, for predictions and phase portraits.

With :math:`x = A_k + r B_k`, the input of a trial of kind k and reward r:

.. math::
    \text{GRU:}\quad g, z &= \sigma(x + W h), \quad
    c = \tanh(x + g (W h + b)), \quad h \leftarrow c + z (h - c) \\
    \text{LSTM:}\quad i, f, o &= \sigma(x + W h), \quad
    s \leftarrow f s + i \tanh(x + W h), \quad h \leftarrow o \tanh s \\
    \text{vanilla:}\quad h &\leftarrow \tanh(x + W h)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.networks.network_settings import Cell

Array = npt.NDArray[Any]


def state_size(cell: Cell, units: int) -> int:
    """Count the numbers that a network remembers: an LSTM has a cell beside each unit."""
    return 2 * units if cell == "lstm" else units


def advance(
    cell: Cell, weights: Mapping[str, Array], state: Array, kind: Array, reward: Array
) -> Array:
    """Compute the states after a trial.

    Parameters
    ----------
    cell : {"gru", "lstm", "vanilla"}
        Kind of cell.
    weights : mapping
        Weights of several networks by name, with the dimension network first.
    state : array (session, network, state)
        States before the trial; complex numbers are allowed, for derivatives.
    kind : int array (session,)
        What happened.
    reward : float array (session,)
        Reward of the trial.

    Returns
    -------
    array (session, network, state)
    """
    n = weights["recurrent"].shape[-1]
    units = state[..., :n]
    shown = weights["input"][:, kind] + reward[:, None] * weights["input_by_reward"][:, kind]
    shown = np.moveaxis(shown, 0, 1)
    recalled = np.einsum("nrk,snk->snr", weights["recurrent"], units)
    if cell == "gru":
        gates = _logistic(shown[..., n:] + recalled[..., n:])
        reset, keep = gates[..., :n], gates[..., n:]
        candidate = np.tanh(
            shown[..., :n] + reset * (recalled[..., :n] + weights["recurrent_bias"])
        )
        return np.asarray(candidate + keep * (units - candidate))
    total = shown + recalled
    if cell == "vanilla":
        return np.asarray(np.tanh(total))
    gates, value = _logistic(total[..., : 3 * n]), np.tanh(total[..., 3 * n :])
    after = gates[..., n : 2 * n] * state[..., n:] + gates[..., :n] * value
    return np.concatenate([gates[..., 2 * n :] * np.tanh(after), after], axis=-1)


def read_out(weights: Mapping[str, Array], state: Array) -> Array:
    """Compute preferences, (session, network, arm), from states; that for arm 0 is 0."""
    n = weights["recurrent"].shape[-1]
    logits = np.einsum("nak,snk->sna", weights["readout"], state[..., :n])
    logits = logits + weights["readout_bias"]
    return np.concatenate([np.zeros_like(logits[..., :1]), logits], axis=-1)


def differentiate(
    cell: Cell, weights: Mapping[str, Array], state: FloatArray, kind: int, reward: float
) -> FloatArray:
    """Compute the Jacobian of a trial's states by those before it, for one network.

    It is exact: derivatives travel in the imaginary part (Squire & Trapp 1998).

    Parameters
    ----------
    cell, weights
        As for `advance`, with one network.
    state : float array (point, state)
        States before the trial.
    kind, reward
        What happened, the same at all points.

    Returns
    -------
    float array (point, state after, state before)
    """
    n_points, size = state.shape
    step = 1e-30
    moved = state[:, None, :] + 1j * step * np.eye(size)
    moved = moved.reshape(-1, 1, size)
    kinds, rewards = np.full(len(moved), kind), np.full(len(moved), reward)
    after = advance(cell, weights, moved, kinds, rewards).imag / step
    return np.asarray(after.reshape(n_points, size, size).transpose(0, 2, 1), dtype=np.float64)


def _logistic(x: Array) -> Array:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))
