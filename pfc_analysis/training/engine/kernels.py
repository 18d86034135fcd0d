"""Compiled functions that `play_kernels` and `gradient_kernels` are made of.

All arrays are in single precision and hold one session per row. So each matrix product of a step is
one call of BLAS on whole arrays, small enough that BLAS needs no copies. The functions stand at
module level because numba can then store their machine code on disk for later processes.

Each loop over units writes one array only. The compiler vectorises a loop only if it can show, by
few comparisons, that the loop does not read the memory that it writes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

LARGEST = np.float32(8.6)
"""For larger inputs, tanh is 1 in single precision."""

# tanh(x) = x P(x^2) / Q(x^2), fitted on [0, LARGEST] by weighted least squares on Chebyshev nodes.
# The error is below 3.3e-7, which is as good as single precision allows.
P1, P2, P3, P4 = (np.float32(c) for c in (1.3406867e-01, 3.526391e-03, 2.1122207e-05, 1.408222e-08))
Q1, Q2, Q3, Q4 = (np.float32(c) for c in (4.674019e-01, 2.5993859e-02, 3.336253e-04, 8.0705365e-07))
ONE, HALF, ZERO = np.float32(1.0), np.float32(0.5), np.float32(0.0)

# Loops are vectorised fully without Python's check for division by zero, and with multiply-adds.
FAST: dict[str, Any] = {
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"contract"},
    "no_cfunc_wrapper": True,
}
BORROWING: dict[str, Any] = {"_nrt": False}
"""For functions that allocate no array. numba then does not count the references to the arrays that
they get, which makes them faster to compile."""

ALLOCATING: dict[str, Any] = FAST | {"no_cpython_wrapper": True}
"""For functions that only compiled functions call. What numba would compile to call them from
Python, and from C, takes as long to compile as the function."""

INNER: dict[str, Any] = ALLOCATING | BORROWING
"""For those of them that allocate no array."""


class LSTM(NamedTuple):
    """The weights of an LSTM, and its inputs, gates and states while it plays; float32 arrays.

    Attributes
    ----------
    weights : array (row, 4 * unit)
        Weights to the gates: one row for each unit, then for each input, then the bias.
    readout : array (row, action + 1)
        Weights to the policy's logits and the value; rows as in `weights`. It is 0 in the rows of
        inputs, and in the columns that another LSTM computes.
    joined : array (time step + 1, session, row)
        What is multiplied by `weights` at each step: the last hidden state, the inputs, 1. The
        caller gives time step 0; the others are filled.
    gates : array (time step, session, 4 * unit)
        Filled with the input, forget and output gates and the candidate. With one time step, or
        fewer sessions than are played, later ones overwrite earlier ones.
    cell : array (time step + 1, session, unit)
        Cell states. The caller gives time step 0; the others are filled.
    unit_gain : array (session, unit), or (0, unit)
        The outputs of units are multiplied by it, unless it has no sessions.
    """

    weights: Array
    readout: Array
    joined: Array
    gates: Array
    cell: Array
    unit_gain: Array


class Played(NamedTuple):
    """What a block of sessions was shown, did and earned; arrays are filled step by step.

    Attributes
    ----------
    outputs : float32 array (time step, session, action + 1)
        Log probability of each action, then the value.
    policy : float32 array (time step, session, action)
        Probability of each action.
    observation, cues : arrays (time step + 1, session) and (time step + 1, session, cue)
        Codes of observations (int64) and graded cues (float64). The caller gives time step 0.
    action, reward, active : arrays (time step, session)
        Codes of actions (int64), rewards (float64), and whether the session was not over (bool).
    before : uint8 array (time step, bytes of all records), or (0, bytes)
        State of the sessions before each step, as bytes; not filled if it has no time steps.
    done : bool array (session,)
        Which sessions are over.
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


@njit(**INNER)
def apply_gates(gates, cell, next_cell, joined):  # type: ignore[no-untyped-def]
    """Compute the gates of an LSTM, then its cell state and output, in place.

    Parameters
    ----------
    gates : array (session, 4 * unit)
        Weighted inputs of the input, forget and output gates and of the candidate. They are
        replaced by the values of the gates and the candidate.
    cell, next_cell : arrays (session, unit)
        Cell state before the step, and the array to fill with that after it.
    joined : array (session, row)
        Its first columns are filled with the output of the units.
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


@njit(inline="always", **INNER)
def tanh(x):  # type: ignore[no-untyped-def]
    """Compute tanh without a branch or a call, so that loops over it are vectorised."""
    x = min(max(x, -LARGEST), LARGEST)
    y = x * x
    upper = x * (ONE + y * (P1 + y * (P2 + y * (P3 + y * P4))))
    return upper / (ONE + y * (Q1 + y * (Q2 + y * (Q3 + y * Q4))))


@njit(**INNER)
def sample_actions(outputs, draws, policy, actions):  # type: ignore[no-untyped-def]
    """Compute the policy from logits, and sample actions from it, in place.

    Parameters
    ----------
    outputs : array (session, action + 1)
        Logits, which are replaced by log probabilities; the last column, the value, is not used.
    draws : array (session,)
        Random numbers, uniform on [0, 1).
    policy : array (session, action)
        Filled with the probability of each action.
    actions : int64 array (session,)
        Filled with the codes of the sampled actions.
    """
    n_sessions, n_actions = policy.shape
    for i in range(n_sessions):
        largest = outputs[i, 0]
        for k in range(1, n_actions):
            largest = outputs[i, k] if outputs[i, k] > largest else largest
        total = ZERO
        for k in range(n_actions):
            outputs[i, k] -= largest
            policy[i, k] = np.exp(outputs[i, k])
            total += policy[i, k]
        log_total = np.log(total)
        # The last action is the default: after rounding, the probabilities may sum to less than 1.
        actions[i] = n_actions - 1
        cumulative = ZERO
        for k in range(n_actions):
            outputs[i, k] -= log_total
            policy[i, k] /= total
            below = draws[i] < cumulative
            cumulative += policy[i, k]
            if draws[i] < cumulative and not below:
                actions[i] = k


@njit(**ALLOCATING)
def backpropagate_gates(  # type: ignore[no-untyped-def]
    from_readout, d_hidden, d_cell, gates, cell, next_cell, d_gates
):
    """Backpropagate through one step of the LSTM (the reverse of `apply_gates`), in place.

    Parameters
    ----------
    from_readout, d_hidden : arrays (session, unit)
        Gradient of the loss by the output of the units: the part through this step's readout, and
        the part through later steps.
    d_cell : array (session, unit)
        Gradient by the cell state after the step; replaced by that by the cell state before it.
    gates, cell, next_cell : arrays
        As `apply_gates` left them.
    d_gates : array (session, 4 * unit)
        Filled with the gradient by the weighted inputs of the gates and the candidate.
    """
    n_sessions, n = cell.shape
    # Allocated here, they are known to lie apart from the arguments, so that loops are vectorised.
    shown, through = np.empty(n, np.float32), np.empty(n, np.float32)
    for i in range(n_sessions):
        for j in range(n):
            shown[j] = tanh(next_cell[i, j])  # computing it again is faster than storing it
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
def rmsprop_step(weights, mean_square, gradient, decay, epsilon, rate):  # type: ignore[no-untyped-def]
    """Make one step of RMSprop (see `optimiser.RMSprop`), in place; float32 arrays of one shape."""
    weights, mean_square = weights.reshape(-1), mean_square.reshape(-1)
    gradient = gradient.reshape(-1)
    for k in range(len(weights)):
        mean_square[k] = decay * mean_square[k] + (ONE - decay) * gradient[k] * gradient[k]
    for k in range(len(weights)):
        weights[k] -= rate * gradient[k] / (np.sqrt(mean_square[k]) + epsilon)


@njit(**INNER)
def add(part, total):  # type: ignore[no-untyped-def]
    """Add `part` to `total`, in place; both have the same shape."""
    for i in range(part.shape[0]):
        for j in range(part.shape[1]):
            total[i, j] += part[i, j]


def aligned(n_rows: int, n_columns: int) -> Array:
    """Return float32 zeros, (n_rows, n_columns), aligned with the lines of the processor's cache.

    Without alignment, every vector that is read or written touches two lines of the cache.
    """
    memory = np.zeros(n_rows * n_columns + 16, np.float32)
    start = -(memory.ctypes.data // 4) % 16
    return memory[start : start + n_rows * n_columns].reshape(n_rows, n_columns)
