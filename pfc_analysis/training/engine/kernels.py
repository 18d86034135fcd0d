"""Compiled pieces of the engine, of which `play_kernels` and `gradient_kernels` are made.

All arrays are in single precision and have their sessions in rows, so that every product of a step
is one call of BLAS on whole arrays, small enough that it needs no copies. The functions are at
module level so that numba keeps their machine code from one process to the next.

A loop over units writes one array: the compiler uses vector units only where few comparisons tell
it that what the loop writes is nothing that it reads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

LARGEST = np.float32(8.6)
"""Beyond this, tanh is 1 to single precision."""

# tanh(x) = x P(x^2) / Q(x^2), fitted on [0, LARGEST] by weighted least squares on Chebyshev nodes;
# within 3.3e-7 of tanh in single precision, as near as its arithmetic allows.
P1, P2, P3, P4 = (np.float32(c) for c in (1.3406867e-01, 3.526391e-03, 2.1122207e-05, 1.408222e-08))
Q1, Q2, Q3, Q4 = (np.float32(c) for c in (4.674019e-01, 2.5993859e-02, 3.336253e-04, 8.0705365e-07))
ONE, HALF, ZERO = np.float32(1.0), np.float32(0.5), np.float32(0.0)

# Without Python's check for division by zero, and with multiply-adds, loops use vector units fully.
FAST: dict[str, Any] = {"cache": True, "error_model": "numpy", "fastmath": {"contract"}}


class LSTM(NamedTuple):
    """An LSTM in play: weights, and what it does; arrays of float32.

    Attributes
    ----------
    weights : array (row, 4 * unit)
        Of the gates; a row for each unit, each input, and the bias.
    readout : array (row, action + 1)
        Of logits and value; rows as in `weights`, those of the inputs 0, as are the columns of what
        another LSTM reads out.
    joined : array (time step + 1, session, row)
        What enters each step's product: last hidden state, inputs, 1. Row 0 is given, the rest is
        filled.
    gates : array (time step, session, 4 * unit)
        Filled with the input, forget and output gates and the candidate.
    cell : array (time step + 1, session, unit)
        Cell states; row 0 is given, the rest is filled.
    kept : array (session, unit), or empty
        Outputs are multiplied by it, unless it is empty.
    """

    weights: Array
    readout: Array
    joined: Array
    gates: Array
    cell: Array
    kept: Array


class Played(NamedTuple):
    """What is shown, done and paid; arrays (time step, session, ...), filled step by step.

    Attributes
    ----------
    outputs, policy : float32 arrays (time step, session, action + 1) and (..., action)
        Log policy and value; the policy.
    observation, cues : arrays (time step + 1, session) and (time step + 1, session, cue)
        int64 and float64. Row 0 is given.
    action, reward, active : arrays (time step, session)
        int64, float64, bool: what was done, what it paid, whether the session was going on.
    before : uint8 array (time step, bytes of memory), or empty
        The sessions' records before each step, unless it is empty.
    done : bool array (session,)
        Sessions that are over.
    """

    outputs: Array
    policy: Array
    observation: Array
    cues: Array
    action: Array
    reward: Array
    active: Array
    before: Array
    done: Array


@njit(**FAST)
def advance(gates, cell, next_cell, joined):  # type: ignore[no-untyped-def]
    """Turn the inputs of the gates into gates, and step the LSTM, in place.

    Parameters
    ----------
    gates : array (session, 4 * unit)
        Inputs of the input, forget and output gates and of the candidate; replaced by their values.
    cell, next_cell : arrays (session, unit)
        Cell state before the step; filled with that after it.
    joined : array (session, row)
        Its first columns are filled with the LSTM's output.
    """
    n_sessions, n = cell.shape
    for i in range(n_sessions):
        for j in range(3 * n):
            gates[i, j] = HALF + HALF * tanh(HALF * gates[i, j])
        candidate = gates[i, 3 * n :]
        for j in range(n):
            candidate[j] = tanh(candidate[j])
        for j in range(n):
            next_cell[i, j] = gates[i, n + j] * cell[i, j] + gates[i, j] * candidate[j]
        for j in range(n):
            joined[i, j] = gates[i, 2 * n + j] * tanh(next_cell[i, j])


@njit(inline="always", **FAST)
def tanh(x):  # type: ignore[no-untyped-def]
    """Hyperbolic tangent without a branch or a call, so that loops over it use vector units."""
    x = min(max(x, -LARGEST), LARGEST)
    y = x * x
    upper = x * (ONE + y * (P1 + y * (P2 + y * (P3 + y * P4))))
    return upper / (ONE + y * (Q1 + y * (Q2 + y * (Q3 + y * Q4))))


@njit(**FAST)
def choose(outputs, draws, policy, actions):  # type: ignore[no-untyped-def]
    """Turn logits into a policy and sample actions from it, in place.

    Parameters
    ----------
    outputs : array (session, action + 1)
        Logits, replaced by log probabilities; the value is left alone.
    draws : array (session,)
        Uniform on [0, 1).
    policy : array (session, action)
        Filled with the probabilities.
    actions : int64 array (session,)
        Filled with the codes of the actions.
    """
    n_sessions, n_actions = policy.shape
    for i in range(n_sessions):
        largest = outputs[i, 0]
        for k in range(1, n_actions):
            largest = max(largest, outputs[i, k])
        total = ZERO
        for k in range(n_actions):
            outputs[i, k] -= largest
            policy[i, k] = np.exp(outputs[i, k])
            total += policy[i, k]
        log_total = np.log(total)
        # The last action needs no comparison: rounding may leave the sum below 1.
        actions[i] = n_actions - 1
        cumulative = ZERO
        for k in range(n_actions):
            outputs[i, k] -= log_total
            policy[i, k] /= total
            below = draws[i] < cumulative
            cumulative += policy[i, k]
            if draws[i] < cumulative and not below:
                actions[i] = k


@njit(**FAST)
def lay_out(inputs, observations, cues, actions, rewards, scale, n_actions):  # type: ignore[no-untyped-def]
    """Lay out the next input: observation, cues, last action, last reward, in place.

    Parameters
    ----------
    inputs : array (session, n_inputs + 1)
        Filled, but for the last column, which belongs to the bias.
    observations, actions : int64 arrays (session,)
        Codes of what is shown, and of what was done.
    cues : float64 array (session, cue)
        Graded inputs.
    rewards : float64 array (session,)
        What it paid.
    scale : float32
        Of the reward's input.
    n_actions : int
        How many codes of actions there are.
    """
    n_sessions, n_columns = inputs.shape
    n_cues = cues.shape[1]
    first_action = n_columns - 2 - n_actions
    for i in range(n_sessions):
        for k in range(n_columns - 2):
            inputs[i, k] = ZERO
        inputs[i, observations[i]] = ONE
        for k in range(n_cues):
            inputs[i, first_action - n_cues + k] = cues[i, k]
        inputs[i, first_action + actions[i]] = ONE
        inputs[i, n_columns - 2] = scale * np.float32(rewards[i])


@njit(**FAST)
def retreat(from_readout, d_hidden, d_cell, gates, cell, next_cell, d_gates):  # type: ignore[no-untyped-def]
    """Take the gradient back through one step of the LSTM, in place.

    Parameters
    ----------
    from_readout, d_hidden : arrays (session, unit)
        Gradient of the loss by the step's output: from its readout, and from later steps.
    d_cell : array (session, unit)
        Gradient by its cell state from later steps; replaced by that by the cell state before.
    gates, cell, next_cell : arrays
        As `advance` left them.
    d_gates : array (session, 4 * unit)
        Filled with the gradient by the inputs of the gates.
    """
    n_sessions, n = cell.shape
    shown, through = np.empty(n, np.float32), np.empty(n, np.float32)
    for i in range(n_sessions):
        for j in range(n):
            shown[j] = tanh(next_cell[i, j])  # cheaper to compute again than to keep
        for j in range(n):
            by_output = from_readout[i, j] + d_hidden[i, j]
            show = gates[i, 2 * n + j]
            through[j] = d_cell[i, j] + by_output * show * (ONE - shown[j] * shown[j])
        for j in range(n):
            by_output = from_readout[i, j] + d_hidden[i, j]
            show = gates[i, 2 * n + j]
            d_gates[i, 2 * n + j] = by_output * shown[j] * show * (ONE - show)
        for j in range(n):
            write = gates[i, j]
            d_gates[i, j] = through[j] * gates[i, 3 * n + j] * write * (ONE - write)
        for j in range(n):
            candidate = gates[i, 3 * n + j]
            d_gates[i, 3 * n + j] = through[j] * gates[i, j] * (ONE - candidate * candidate)
        for j in range(n):
            keep = gates[i, n + j]
            d_gates[i, n + j] = through[j] * cell[i, j] * keep * (ONE - keep)
        for j in range(n):
            d_cell[i, j] = through[j] * gates[i, n + j]


@njit(**FAST)
def descend(weights, mean_square, gradient, decay, epsilon, rate):  # type: ignore[no-untyped-def]
    """Make one step of RMSprop (`optimiser.RMSprop`) on float32 arrays of one shape, in place."""
    weights, mean_square = weights.reshape(-1), mean_square.reshape(-1)
    gradient = gradient.reshape(-1)
    for k in range(len(weights)):
        mean_square[k] = decay * mean_square[k] + (ONE - decay) * gradient[k] * gradient[k]
    for k in range(len(weights)):
        weights[k] -= rate * gradient[k] / (np.sqrt(mean_square[k]) + epsilon)


@njit(**FAST)
def add(part, total):  # type: ignore[no-untyped-def]
    """Add one array to another of its shape, in place."""
    parts, totals = part.reshape(-1), total.reshape(-1)
    for k in range(len(parts)):
        totals[k] += parts[k]


@njit(**FAST)
def aligned(n_rows, n_columns):  # type: ignore[no-untyped-def]
    """Return a float32 array of zeros that begins where a line of the processor's cache does.

    Elsewhere every vector that is read or written touches two lines.
    """
    memory = np.zeros(n_rows * n_columns + 16, np.float32)
    start = -(memory.ctypes.data // 4) % 16
    return memory[start : start + n_rows * n_columns].reshape(n_rows, n_columns)
