"""The steps of a block of sessions, one after another in flat arrays, without those that are over.

Row k of every array is one step of one session. The rows of a time step are next to each other,
and sessions keep their order, so `previous` finds the row of the same session one step before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pfc_analysis.training.networks.weights import Weights

Array = np.ndarray[Any, Any]


class Core(NamedTuple):
    """Weights of the LSTM and its readouts, apart by what they multiply; float32 arrays.

    Attributes
    ----------
    units : array (unit, 4 * unit)
        From units to gates.
    features : array (feature, 4 * unit)
        From features to gates.
    actions : array (action, 4 * unit)
        From the last action to gates.
    reward : array (4 * unit,)
        From the last reward to gates, multiplied by the scale of feedback.
    bias : array (4 * unit,)
        Bias of the gates.
    readout : array (unit, action + 1)
        From units to logits and value.
    readout_bias : array (action + 1,)
        Bias of logits and value.
    """

    units: Array
    features: Array
    actions: Array
    reward: Array
    bias: Array
    readout: Array
    readout_bias: Array


def read_core(weights: Weights, scale: float) -> Core:
    """Read the weights of the LSTM and its readouts (`conv_weights.pixel_weight_shapes`)."""
    gates = np.asarray(weights["recurrent_weight"], np.float32)
    n_units, n_actions = weights["policy_weight"].shape
    first_action = len(gates) - n_actions - 1
    heads = [np.asarray(weights[f"{head}_weight"], np.float32) for head in ("policy", "value")]
    biases = [np.asarray(weights[f"{head}_bias"], np.float32) for head in ("policy", "value")]
    return Core(
        units=gates[:n_units].copy(),
        features=gates[n_units:first_action].copy(),
        actions=gates[first_action:-1].copy(),
        reward=np.float32(scale) * gates[-1],
        bias=np.array(weights["recurrent_bias"], np.float32),
        readout=np.concatenate(heads, axis=1),
        readout_bias=np.concatenate(biases),
    )


class Steps(NamedTuple):
    """Flat arrays of the steps of a block; float32 unless another type is given.

    Attributes
    ----------
    before, hidden : arrays (row, unit)
        Output of the LSTM before and after the step.
    cell_before, cell : arrays (row, unit)
        Cell state before and after the step.
    gates : array (row, 4 * unit)
        Input, forget and output gates and the candidate.
    outputs : array (row, action + 1)
        Log probability of each action, then the value.
    policy : array (row, action)
        Probability of each action.
    picture, previous : int64 arrays (row,)
        Number of the picture that is shown; row of the session's step before, or -1.
    action : int64 array (row,)
        Action that is sampled.
    reward : float64 array (row,)
        Reward of the step.
    active : bool array (row,)
        True: all steps count.
    """

    before: Array
    hidden: Array
    cell_before: Array
    cell: Array
    gates: Array
    outputs: Array
    policy: Array
    picture: Array
    previous: Array
    action: Array
    reward: Array
    active: Array


def make_steps(n_rows: int, n_units: int, n_actions: int) -> Steps:
    """Return arrays for `n_rows` steps."""

    def floats(width: int) -> Array:
        return np.zeros((n_rows, width), np.float32)

    return Steps(
        before=floats(n_units),
        hidden=floats(n_units),
        cell_before=floats(n_units),
        cell=floats(n_units),
        gates=floats(4 * n_units),
        outputs=floats(n_actions + 1),
        policy=floats(n_actions),
        picture=np.zeros(n_rows, np.int64),
        previous=np.zeros(n_rows, np.int64),
        action=np.zeros(n_rows, np.int64),
        reward=np.zeros(n_rows),
        active=np.ones(n_rows, np.bool_),
    )
