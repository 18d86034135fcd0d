"""Compiled pieces of the engine: what happens to every unit of every session at one step.

Everything else in a step is a matrix product, which numpy does. The functions are at module level
so that numba keeps their machine code from one process to the next.
"""

from __future__ import annotations

from typing import Any

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


@njit(cache=True, error_model="numpy", inline="always")
def _tanh(x):  # type: ignore[no-untyped-def]
    """Hyperbolic tangent without a branch or a call, so that loops over it use vector units."""
    x = min(max(x, -LARGEST), LARGEST)
    y = x * x
    upper = x * (ONE + y * (P1 + y * (P2 + y * (P3 + y * P4))))
    lower = ONE + y * (Q1 + y * (Q2 + y * (Q3 + y * Q4)))
    return min(max(upper / lower, -ONE), ONE)


@njit(cache=True, error_model="numpy")
def advance(gates, bias, cell, next_cell, tanh_cell, hidden):  # type: ignore[no-untyped-def]
    """Turn the inputs of the gates into gates, and step the LSTM, in place.

    Parameters
    ----------
    gates : float32 array (session, 4 * unit)
        Inputs of the write, keep and show gates and of the candidate, without their bias; replaced
        by the gates' values.
    bias : float32 array (4 * unit)
        Bias of those inputs.
    cell : float32 array (session, unit)
        Cell state before the step.
    next_cell, tanh_cell, hidden : float32 arrays (session, unit)
        Filled with the cell state after it, its tanh, and the LSTM's output.
    """
    n_sessions, n_units = cell.shape
    for i in range(n_sessions):
        for j in range(3 * n_units):
            gates[i, j] = HALF + HALF * _tanh(HALF * (gates[i, j] + bias[j]))
        for j in range(3 * n_units, 4 * n_units):
            gates[i, j] = _tanh(gates[i, j] + bias[j])
        for j in range(n_units):
            written = gates[i, j] * gates[i, 3 * n_units + j]
            next_cell[i, j] = gates[i, n_units + j] * cell[i, j] + written
        for j in range(n_units):
            tanh_cell[i, j] = _tanh(next_cell[i, j])
        for j in range(n_units):
            hidden[i, j] = gates[i, 2 * n_units + j] * tanh_cell[i, j]


@njit(cache=True, error_model="numpy")
def retreat(d_hidden, d_cell, gates, cell, tanh_cell, d_gates):  # type: ignore[no-untyped-def]
    """Take the gradient back through one step of the LSTM, in place.

    Parameters
    ----------
    d_hidden : float32 array (session, unit)
        Gradient of the loss by the step's output.
    d_cell : float32 array (session, unit)
        Gradient by its cell state from later steps; replaced by that by the cell state before.
    gates, cell, tanh_cell : float32 arrays
        As `advance` left them; `cell` is the state before the step.
    d_gates : float32 array (session, 4 * unit)
        Filled with the gradient by the inputs of the gates.
    """
    n_sessions, n = cell.shape
    for i in range(n_sessions):
        for j in range(n):
            write, keep = gates[i, j], gates[i, n + j]
            show, candidate = gates[i, 2 * n + j], gates[i, 3 * n + j]
            through = d_cell[i, j] + d_hidden[i, j] * show * (ONE - tanh_cell[i, j] ** 2)
            d_gates[i, j] = through * candidate * write * (ONE - write)
            d_gates[i, n + j] = through * cell[i, j] * keep * (ONE - keep)
            d_gates[i, 2 * n + j] = d_hidden[i, j] * tanh_cell[i, j] * show * (ONE - show)
            d_gates[i, 3 * n + j] = through * write * (ONE - candidate * candidate)
            d_cell[i, j] = through * keep


@njit(cache=True, error_model="numpy")
def choose(logits, draws, policy, actions):  # type: ignore[no-untyped-def]
    """Turn logits into a policy and sample actions from it, in place.

    Parameters
    ----------
    logits : float32 array (session, action)
        Readout of the policy.
    draws : float32 array (session,)
        Uniform on [0, 1).
    policy : float32 array (session, action)
        Filled with the probabilities.
    actions : int64 array (session,)
        Filled with the codes of the actions.
    """
    n_sessions, n_actions = policy.shape
    for i in range(n_sessions):
        largest = logits[i, 0]
        for k in range(1, n_actions):
            largest = max(largest, logits[i, k])
        total = ZERO
        for k in range(n_actions):
            policy[i, k] = np.exp(logits[i, k] - largest)
            total += policy[i, k]
        for k in range(n_actions):
            policy[i, k] /= total
        # The last action needs no comparison: rounding may leave the sum below 1.
        actions[i] = n_actions - 1
        cumulative = ZERO
        for k in range(n_actions - 1):
            cumulative += policy[i, k]
            if draws[i] < cumulative:
                actions[i] = k
                break


@njit(cache=True)
def lay_out(inputs, n_observations, observations, actions, rewards):  # type: ignore[no-untyped-def]
    """Lay out the next input: one-hot observation and last action, last reward, in place.

    Parameters
    ----------
    inputs : float32 array (session, n_inputs)
        Filled.
    n_observations : int
        Size of the observation's code; the action's follows it, the reward is last.
    observations, actions : int64 arrays (session,)
        What is shown, and what was done.
    rewards : float64 array (session,)
        What it paid.
    """
    n_sessions, n_inputs = inputs.shape
    for i in range(n_sessions):
        for k in range(n_inputs):
            inputs[i, k] = ZERO
        inputs[i, observations[i]] = ONE
        inputs[i, n_observations + actions[i]] = ONE
        inputs[i, n_inputs - 1] = rewards[i]
