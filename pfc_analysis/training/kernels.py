"""Compiled pieces of the engine: a block of sessions played, and its gradient.

All arrays are in single precision and have their sessions in rows, so that every product of a step
is one call of BLAS on whole arrays, small enough that it needs no copies. The functions are at
module level so that numba keeps their machine code from one process to the next.

A loop over units writes one array: the compiler uses vector units only where few comparisons tell
it that what the loop writes is nothing that it reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from pfc_analysis.tasks.task import PLAY

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


FLOATS_2, FLOATS_3 = types.Array(types.float32, 2, "C"), types.Array(types.float32, 3, "C")
PLAY_BLOCK = types.int64(
    types.FunctionType(PLAY),
    types.Array(types.uint8, 1, "C"),
    types.Array(types.float64, 3, "C"),
    FLOATS_2,
    FLOATS_2,
    FLOATS_2,
    FLOATS_3,
    FLOATS_3,
    FLOATS_3,
    FLOATS_3,
    FLOATS_3,
    types.Array(types.int64, 2, "C"),
    types.Array(types.float64, 3, "C"),
    types.Array(types.int64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.boolean, 2, "C"),
    types.Array(types.uint8, 2, "C"),
)
"""Signature of `play_block`. Told beforehand, it takes any task's kernel as an argument; left to
find out by itself, numba would compile it again for each task, and again in each process."""


@njit(**FAST)
def play_block(  # type: ignore[no-untyped-def]
    play,
    memory,
    uniforms,
    draws,
    weights,
    readout,
    joined,
    gates,
    cell,
    outputs,
    policy,
    observation,
    cues,
    action,
    reward,
    active,
    before,
):
    """Play sessions to their end, in place; return the steps of the longest one.

    Parameters
    ----------
    play, memory : Kernel, uint8 array
        The task's compiled step and the sessions' records (`Task.play_kernel`).
    uniforms, draws : arrays (time step + 1, session, ...) and (time step, session)
        Uniform random numbers of the task and of the choice of actions.
    weights : array (row, 4 * unit)
        Of the gates; a row for each unit, each input, and the bias.
    readout : array (row, action + 1)
        Of logits and value; rows as in `weights`, those of the inputs 0.
    joined : array (time step + 1, session, row)
        What enters each step's product: last hidden state, inputs, 1. Row 0 is given, the rest is
        filled.
    gates : array (time step, session, 4 * unit)
        Filled with the input, forget and output gates and the candidate.
    cell : array (time step + 1, session, unit)
        Cell states; row 0 is given, the rest is filled.
    outputs, policy : arrays (time step, session, action + 1) and (time step, session, action)
        Filled with log policy and value, and with the policy.
    observation, cues : arrays (time step + 1, session) and (time step + 1, session, cue)
        Row 0 is given, the rest is filled.
    action, reward, active : arrays (time step, session)
        Filled: what was done, what it paid, whether the session was going on.
    before : uint8 array (time step, bytes of `memory`), or empty
        Filled with the sessions' records before each step, unless it is empty.
    """
    n_sessions, n_units = cell.shape[1:]
    done = np.zeros(n_sessions, np.bool_)
    for t in range(len(draws)):
        np.dot(joined[t], weights, gates[t])
        advance(gates[t], cell[t], cell[t + 1], joined[t + 1])
        np.dot(joined[t + 1], readout, outputs[t])
        choose(outputs[t], draws[t], policy[t], action[t])
        for i in range(n_sessions):
            active[t, i] = not done[i]
        if len(before):
            before[t] = memory
        shown, graded = observation[t + 1], cues[t + 1]
        shown[:], graded[:] = observation[t], cues[t]
        play(memory, action[t], uniforms[t + 1], shown, graded, reward[t], done)
        if done.all():
            return t + 1
        lay_out(joined[t + 1, :, n_units:], shown, graded, action[t], reward[t], policy.shape[2])
    return len(draws)


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
def lay_out(inputs, observations, cues, actions, rewards, n_actions):  # type: ignore[no-untyped-def]
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
        inputs[i, n_columns - 2] = rewards[i]


@njit(**FAST)
def differentiate_block(  # type: ignore[no-untyped-def]
    n_steps,
    costs,
    back,
    readout_back,
    joined,
    gates,
    cell,
    outputs,
    policy,
    action,
    reward,
    active,
    d_weights,
    d_readout,
    d_start,
    sums,
):
    """Add the gradient of the loss, summed over the steps of a block, to what is there.

    Parameters
    ----------
    n_steps : int
        Steps of the longest session.
    costs : float32 array (3,)
        Discount, value cost, entropy cost.
    back, readout_back : arrays (4 * unit, unit) and (action + 1, unit)
        Weights from units to gates and to readouts, transposed.
    joined, gates, cell, outputs, policy, action, reward, active : arrays
        As `play_block` left them.
    d_weights, d_readout : arrays of the shape of `weights` and `readout`
        The gradient is added; rows of `d_readout` that belong to inputs have no meaning.
    d_start : array (2, unit)
        The gradient by the first hidden and cell state is added.
    sums : float64 array (6,)
        Policy loss, value loss without its cost, entropy, steps, reward and invalid responses are
        added.
    """
    n_sessions, n_units = cell.shape[1:]
    returns = np.zeros(n_sessions, np.float32)
    d_outputs = np.zeros(outputs.shape[1:], np.float32)
    d_hidden, d_cell = aligned(n_sessions, n_units), aligned(n_sessions, n_units)
    from_readout, d_gates = aligned(n_sessions, n_units), aligned(n_sessions, 4 * n_units)
    step_weights, step_readout = aligned(*d_weights.shape), aligned(*d_readout.shape)
    for t in range(n_steps - 1, -1, -1):
        played = action[t], reward[t], active[t]
        differentiate_loss(costs, outputs[t], policy[t], *played, returns, d_outputs, sums)
        np.dot(d_outputs, readout_back, from_readout)
        np.dot(joined[t + 1].T, d_outputs, step_readout)
        add(step_readout, d_readout)
        retreat(from_readout, d_hidden, d_cell, gates[t], cell[t], cell[t + 1], d_gates)
        np.dot(joined[t].T, d_gates, step_weights)
        add(step_weights, d_weights)
        np.dot(d_gates, back, d_hidden)
    d_start[0] += d_hidden.sum(0)
    d_start[1] += d_cell.sum(0)


@njit(**FAST)
def differentiate_loss(  # type: ignore[no-untyped-def]
    costs, outputs, policy, action, reward, active, returns, d_outputs, sums
):
    """Gradient of one step's loss by logits and value, in place (see `actor_critic_loss`).

    Parameters
    ----------
    costs, outputs, policy, action, reward, active, sums : arrays
        As for `differentiate_block`, of one step.
    returns : array (session,)
        Return from the next step on; replaced by that from this step on.
    d_outputs : array (session, action + 1)
        Filled with the gradient; 0 where the session is over.
    """
    n_sessions, n_actions = policy.shape
    discount, value_cost, entropy_cost = costs
    for i in range(n_sessions):
        returns[i] = np.float32(reward[i]) + discount * returns[i]
        if not active[i]:
            d_outputs[i] = ZERO
            continue
        delta = returns[i] - outputs[i, n_actions]
        entropy = ZERO
        for k in range(n_actions):
            if policy[i, k] > ZERO:
                entropy -= policy[i, k] * outputs[i, k]
        for k in range(n_actions):
            d_outputs[i, k] = delta * policy[i, k]
            if policy[i, k] > ZERO:
                d_outputs[i, k] += entropy_cost * policy[i, k] * (outputs[i, k] + entropy)
        d_outputs[i, action[i]] -= delta
        d_outputs[i, n_actions] = -value_cost * delta
        sums[0] -= delta * outputs[i, action[i]]
        sums[1] += HALF * delta * delta
        sums[2] += entropy
        sums[3] += 1.0
        sums[4] += reward[i]
        sums[5] += reward[i] < 0.0


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
