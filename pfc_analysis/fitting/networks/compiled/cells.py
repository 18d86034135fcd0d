"""Weights of networks side by side, as compiled code sees them: one type for each kind of cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class GRU(NamedTuple):
    """Weights, or their gradient, of 32 gated recurrent units side by side.

    Attributes
    ----------
    input, input_by_reward : arrays (kind, gate * unit, network)
        Input of a trial of each kind, and what is added times its reward.
    recurrent : array (gate * unit, unit, network)
        Weights from the units of the last trial.
    recurrent_bias : array (unit, network), or (0, network)
        Bias of what the reset gate of a GRU multiplies.
    readout : array (logit, unit, network)
        Weights to the preferences for arms 1, 2, ...; that for arm 0 is 0.
    readout_bias : array (logit, network)
        Their bias.
    """

    input: Array
    input_by_reward: Array
    recurrent: Array
    recurrent_bias: Array
    readout: Array
    readout_bias: Array


class LSTM(NamedTuple):
    """Weights, or their gradient, of 32 LSTMs side by side; attributes as of `GRU`."""

    input: Array
    input_by_reward: Array
    recurrent: Array
    recurrent_bias: Array
    readout: Array
    readout_bias: Array


class Vanilla(NamedTuple):
    """Weights, or their gradient, of 32 networks of tanh units; attributes as of `GRU`."""

    input: Array
    input_by_reward: Array
    recurrent: Array
    recurrent_bias: Array
    readout: Array
    readout_bias: Array


class Trials(NamedTuple):
    """Trials of several sessions; arrays (trial,) but for the last.

    Attributes
    ----------
    kind : int64 array
        What happened, 0, 1, ...; -1 in trials that leave the state as it is.
    reward : array of the type of the weights
        Reward, as a share of the largest in size.
    choice, predicted : int64 arrays
        The arm, and whether the choice is predicted (0 or 1).
    first : int64 array (session + 1,)
        Index of each session's first trial, and at the end the number of trials.
    """

    kind: Array
    reward: Array
    choice: Array
    predicted: Array
    first: Array


class Workspace(NamedTuple):
    """Room for one session of 32 networks; all is overwritten.

    Attributes
    ----------
    states : array (trial + 1, state, network)
        States before each trial: hidden units, then the cells of an LSTM.
    gates : array (trial, saved, network)
        Gates, which backpropagation replaces by the gradient by their inputs.
    logits : array (trial, logit, network)
        Gradient of the loss by the logits.
    d_state : array (state, network)
        Gradient by the state.
    """

    states: Array
    gates: Array
    logits: Array
    d_state: Array


def make_workspace(weights: Any, longest: int) -> Workspace:
    """Allocate room for sessions of up to `longest` trials."""
    _, n_units, width = weights.recurrent.shape
    state, saved = {
        GRU: (n_units, 4 * n_units),
        LSTM: (2 * n_units, 4 * n_units),
        Vanilla: (n_units, n_units),
    }[type(weights)]
    kind = weights.recurrent.dtype
    return Workspace(
        states=np.zeros((longest + 1, state, width), kind),
        gates=np.zeros((longest, saved, width), kind),
        logits=np.zeros((longest, len(weights.readout), width), kind),
        d_state=np.zeros((state, width), kind),
    )
