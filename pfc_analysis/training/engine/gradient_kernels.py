"""Backpropagate the loss of a block of sessions through all its steps (compiled)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from pfc_analysis.training.engine.kernels import (
    FAST,
    HALF,
    INNER,
    LSTM,
    ZERO,
    add,
    aligned,
    backpropagate_gates,
)

Array = np.ndarray[Any, Any]


@njit(**FAST)
def differentiate_losses(n_steps, costs, played, d_outputs, sums):  # type: ignore[no-untyped-def]
    """Compute the gradient of the loss, summed over the steps of a block, by logits and value.

    Parameters
    ----------
    n_steps : int
        Number of time steps played, those of the longest session.
    costs : float32 array (4,)
        The values of `LossCosts`: discount, value cost, entropy cost, RPE gain.
    played : Played
        The sessions, as `play_block` left them.
    d_outputs : array (time step, session, action + 1)
        Filled with the gradient.
    sums : float64 array (6,)
        Added to it: policy loss and value loss (both without costs), entropy, number of steps,
        reward, number of rewards below 0.
    """
    returns = np.zeros(d_outputs.shape[1], np.float32)
    for t in range(n_steps - 1, -1, -1):
        outputs, policy = played.outputs[t], played.policy[t]
        done = played.action[t], played.reward[t], played.active[t]
        differentiate_loss(costs, outputs, policy, *done, returns, d_outputs[t], sums)


def differentiate_block(
    n_steps: int,
    d_outputs: Array,
    back: Array,
    readout_back: Array,
    lstm: LSTM,
    d_weights: Array,
    d_readout: Array,
    d_start: Array,
) -> None:
    """Add the gradient by the weights of an LSTM to `d_weights`, `d_readout` and `d_start`.

    Parameters
    ----------
    n_steps : int
        Number of time steps played, those of the longest session.
    d_outputs : array (time step, session, action + 1)
        Gradient by logits and value.
    back, readout_back : arrays (4 * unit, unit) and (action + 1, unit)
        Transposed weights from units to gates, and from units to logits and value.
    lstm : LSTM
        The LSTM, as `play_block` left it.
    d_weights, d_readout : arrays, shapes of `weights` and `readout`
        The gradient is added. In `d_readout`, the rows of inputs have no meaning, nor the columns
        that another LSTM computes.
    d_start : array (2, unit)
        The gradient by the hidden and cell state at the start of a session is added.
    """
    n_sessions, n_units = lstm.cell.shape[1:]
    memory = Memory(
        d_hidden=aligned(n_sessions, n_units),
        d_cell=aligned(n_sessions, n_units),
        from_readout=aligned(n_sessions, n_units),
        d_gates=aligned(n_sessions, 4 * n_units),
        step_weights=aligned(*d_weights.shape),
        step_readout=aligned(*d_readout.shape),
    )
    backpropagate(
        n_steps, d_outputs, back, readout_back, lstm, d_weights, d_readout, d_start, memory
    )


class Memory(NamedTuple):
    """Arrays that `backpropagate` writes to while it works; float32, all 0 at first.

    Attributes
    ----------
    d_hidden, d_cell, from_readout : arrays (session, unit)
        Gradient by the states of the units, and its part through the readout of one step.
    d_gates : array (session, 4 * unit)
        Gradient by the weighted inputs of the gates.
    step_weights, step_readout : arrays, shapes of `weights` and `readout`
        Gradient of one step by the weights.
    """

    d_hidden: Array
    d_cell: Array
    from_readout: Array
    d_gates: Array
    step_weights: Array
    step_readout: Array


@njit(**FAST)
def backpropagate(  # type: ignore[no-untyped-def]
    n_steps, d_outputs, back, readout_back, lstm, d_weights, d_readout, d_start, memory
):
    """Do the work of `differentiate_block`, with its arguments, in given memory."""
    joined, gates, cell = lstm.joined, lstm.gates, lstm.cell
    d_hidden, d_cell, from_readout, d_gates, step_weights, step_readout = memory
    n_sessions, n_units = d_cell.shape
    for t in range(n_steps - 1, -1, -1):
        np.dot(d_outputs[t], readout_back, from_readout)
        np.dot(joined[t + 1].T, d_outputs[t], step_readout)
        add(step_readout, d_readout)
        states = gates[t], cell[t], cell[t + 1]
        backpropagate_gates(from_readout, d_hidden, d_cell, *states, d_gates)
        np.dot(joined[t].T, d_gates, step_weights)
        add(step_weights, d_weights)
        np.dot(d_gates, back, d_hidden)
    for j in range(n_units):
        by_hidden = by_cell = ZERO
        for i in range(n_sessions):
            by_hidden += d_hidden[i, j]
            by_cell += d_cell[i, j]
        d_start[0, j] += by_hidden
        d_start[1, j] += by_cell


@njit(**INNER)
def differentiate_loss(  # type: ignore[no-untyped-def]
    costs, outputs, policy, action, reward, active, returns, d_outputs, sums
):
    """Compute the gradient of one step's loss by logits and value (see `actor_critic_loss`).

    Parameters
    ----------
    costs, sums : arrays
        As in `differentiate_losses`.
    outputs, policy, action, reward, active : arrays (session, ...)
        One step of the arrays of `Played`.
    returns : array (session,)
        Discounted return from the next step on; replaced by that from this step on.
    d_outputs : array (session, action + 1)
        Filled with the gradient; 0 for sessions that are over.
    """
    n_sessions, n_actions = policy.shape
    discount, value_cost, entropy_cost, rpe_gain = costs
    for i in range(n_sessions):
        returns[i] = np.float32(reward[i]) + discount * returns[i]
        if not active[i]:
            for k in range(n_actions + 1):
                d_outputs[i, k] = ZERO
            continue
        delta = returns[i] - outputs[i, n_actions]
        taught = rpe_gain * delta
        entropy = ZERO
        for k in range(n_actions):
            if policy[i, k] > ZERO:
                entropy -= policy[i, k] * outputs[i, k]
        for k in range(n_actions):
            d_outputs[i, k] = taught * policy[i, k]
            if policy[i, k] > ZERO:
                d_outputs[i, k] += entropy_cost * policy[i, k] * (outputs[i, k] + entropy)
        d_outputs[i, action[i]] -= taught
        d_outputs[i, n_actions] = -value_cost * taught
        sums[0] -= delta * outputs[i, action[i]]
        sums[1] += HALF * delta * delta
        sums[2] += entropy
        sums[3] += 1.0
        sums[4] += reward[i]
        sums[5] += reward[i] < 0.0
