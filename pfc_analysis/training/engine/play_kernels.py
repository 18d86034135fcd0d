"""Play a block of sessions (compiled).

The functions call each other, and the task's step, by their addresses (`call_by_address`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, types

from pfc_analysis.call_by_address import address_of, call_of
from pfc_analysis.tasks.contract import PLAY, Task
from pfc_analysis.training.engine.kernels import (
    BORROWING,
    FAST,
    INNER,
    LSTM,
    ONE,
    ZERO,
    Played,
    apply_gates,
)

WIDTH = 64
"""Sessions whose matrices are multiplied at once. With so many, matrix products are fast; with
more, OpenBLAS would copy the matrices (it does from a million multiplications on) and memory would
leave the processor's cache."""

GAIN, SHIFT = range(2)
ON_VALUE, ON_RPE = range(2)
"""Indices into `effects` of `play_block`: first ON_VALUE or ON_RPE, then GAIN or SHIFT."""


class Addresses(NamedTuple):
    """Addresses in memory of the compiled functions that `play_block` uses."""

    play: int
    choose_actions: int
    play_step: int
    write_next: int
    advance_lstm: int
    apply_gates: int
    sample_actions: int


# With these signatures, one compilation serves the tasks of all shapes.
ADDRESSES = types.NamedUniTuple(types.intp, len(Addresses._fields), Addresses)
PART, FEEDBACK = types.UniTuple(types.int64, 2), types.UniTuple(types.float32, 2)
BYTES_1, BYTES_2 = types.Array(types.uint8, 1, "C"), types.Array(types.uint8, 2, "C")
BOOLS_1, BOOLS_2 = types.Array(types.boolean, 1, "C"), types.Array(types.boolean, 2, "C")
INTEGERS_1, INTEGERS_2 = types.Array(types.int64, 1, "C"), types.Array(types.int64, 2, "C")
FLOATS_1, FLOATS_2, FLOATS_3 = (types.Array(types.float32, n, "C") for n in (1, 2, 3))
DOUBLES_2, DOUBLES_3 = types.Array(types.float64, 2, "C"), types.Array(types.float64, 3, "C")
LSTM_TYPE = types.NamedTuple([FLOATS_2, FLOATS_2, *[FLOATS_3] * 3, FLOATS_2], LSTM)
PLAYED_TYPE = types.NamedTuple(
    [*[FLOATS_3] * 2, INTEGERS_2, DOUBLES_3, INTEGERS_2, DOUBLES_2, BOOLS_2, BYTES_2, BOOLS_1],
    Played,
)
_NETWORK = (FEEDBACK, LSTM_TYPE, LSTM_TYPE, PLAYED_TYPE)
PLAY_BLOCK = types.int64(ADDRESSES, BYTES_1, DOUBLES_3, FLOATS_2, PART, *_NETWORK, FLOATS_3)
CHOOSE_ACTIONS = types.void(types.int64, PART, ADDRESSES, FLOATS_2, *_NETWORK, FLOATS_3)
PLAY_STEP = types.void(types.int64, PART, types.intp, BYTES_1, DOUBLES_3, PLAYED_TYPE)
WRITE_NEXT = types.void(types.int64, PART, types.float32, LSTM_TYPE, LSTM_TYPE, PLAYED_TYPE)
ADVANCE_LSTM = types.void(types.int64, PART, types.intp, LSTM_TYPE, FLOATS_2)
APPLY_GATES = types.void(FLOATS_2, FLOATS_2, FLOATS_2, FLOATS_2)
SAMPLE_ACTIONS = types.void(FLOATS_2, FLOATS_1, FLOATS_2, INTEGERS_1)

call_play, call_choose_actions = call_of(PLAY), call_of(CHOOSE_ACTIONS)
call_play_step, call_write_next = call_of(PLAY_STEP), call_of(WRITE_NEXT)
call_advance_lstm, call_apply_gates = call_of(ADVANCE_LSTM), call_of(APPLY_GATES)
call_sample_actions = call_of(SAMPLE_ACTIONS)


def find_addresses(task: Task, sample: Any, advance: Any) -> Addresses:
    """Compile what `play_block` uses to play a task, or load it from the cache on disk.

    Actions are chosen by `sample`, a compiled function of the signature `SAMPLE_ACTIONS`, and the
    LSTM is advanced by `advance`, one of the signature `ADVANCE_LSTM`.
    """
    return Addresses(
        address_of(task.play_kernel, PLAY),
        address_of(choose_actions, CHOOSE_ACTIONS),
        address_of(play_step, PLAY_STEP),
        address_of(write_next, WRITE_NEXT),
        address_of(advance, ADVANCE_LSTM),
        address_of(apply_gates, APPLY_GATES),
        address_of(sample, SAMPLE_ACTIONS),
    )


@njit(**(FAST | BORROWING))
def play_block(  # type: ignore[no-untyped-def]
    addresses, memory, uniforms, draws, span, feedback, policy_lstm, value_lstm, played, effects
):
    """Play further steps of a block; return the number of time steps played so far.

    Parameters
    ----------
    addresses : Addresses
        Addresses of the functions that play this task (`find_addresses`).
    memory : uint8 array
        The records of the sessions (`Task.play_kernel`).
    uniforms, draws : arrays (time step + 1, session, ...) and (time step, session)
        Uniform random numbers: those of the task, and those that sample actions.
    span : tuple of int
        First step to play, and the step to stop before.
    feedback : tuple of float32
        Scale and discount of the feedback (`feedback.Feedback`).
    policy_lstm, value_lstm : LSTM
        The LSTM of the policy, which reads prediction errors, and that of the value, which reads
        rewards. If one LSTM computes both, it is `policy_lstm`, it reads rewards, and `value_lstm`
        is empty.
    played : Played
        What is shown, done and paid; filled.
    effects : float32 array (2, 2, session)
        Gain and shift applied to the value, and to the prediction error that the network reads.
        A gain of 1 and a shift of 0 change nothing.
    """
    network, lstms = (feedback, policy_lstm, value_lstm, played), (policy_lstm, value_lstm)
    n_sessions, longest = len(played.done), span[0]
    for first in range(0, n_sessions, WIDTH):
        last = first + WIDTH
        part = first, (last if last < n_sessions else n_sessions)
        over, t = are_over(played.done, part), span[0]
        while t < span[1] and not over:
            call_choose_actions(
                addresses.choose_actions, (t, part, addresses, draws, *network, effects)
            )
            step = t, part, addresses.play, memory, uniforms, played
            call_play_step(addresses.play_step, step)
            over = are_over(played.done, part)
            if not over:
                call_write_next(addresses.write_next, (t, part, feedback[0], *lstms, played))
            t += 1
        longest = t if t > longest else longest
    return longest


@njit(**INNER)
def are_over(done, part):  # type: ignore[no-untyped-def]
    """Return whether all sessions of a part are over."""
    n_over = 0
    for i in range(part[0], part[1]):
        n_over += done[i]
    return n_over == part[1] - part[0]


@njit(**INNER)
def choose_actions(  # type: ignore[no-untyped-def]
    t, part, addresses, draws, feedback, policy_lstm, value_lstm, played, effects
):
    """Advance the network by step `t`, and sample the actions of the sessions of a part."""
    first, last = part
    outputs, policy = played.outputs[t, first:last], played.policy[t, first:last]
    gain, shift = effects[ON_VALUE, GAIN], effects[ON_VALUE, SHIFT]
    value, two = policy.shape[1], len(value_lstm.cell) > 0
    kernel, gates_kernel = addresses.advance_lstm, addresses.apply_gates
    lstm = value_lstm if two else policy_lstm
    call_advance_lstm(kernel, (t, part, gates_kernel, lstm, outputs))
    for i in range(last - first):
        outputs[i, value] = outputs[i, value] * gain[first + i] + shift[first + i]
    if two:
        if t > 0:
            write_error(t, part, feedback, value_lstm, played.outputs, policy_lstm, effects)
        for i in range(last - first):
            policy[i, 0] = outputs[i, value]  # the policy's LSTM overwrites the outputs
        call_advance_lstm(kernel, (t, part, gates_kernel, policy_lstm, outputs))
        for i in range(last - first):
            outputs[i, value] = policy[i, 0]
    sample = outputs, draws[t, first:last], policy, played.action[t, first:last]
    call_sample_actions(addresses.sample_actions, sample)


@njit(**INNER)
def play_step(t, part, play, memory, uniforms, played):  # type: ignore[no-untyped-def]
    """Play step `t` of the task in the sessions of a part; keep their states before it."""
    first, last = part
    size = len(memory) // len(played.done)
    if len(played.before):
        for k in range(first * size, last * size):
            played.before[t, k] = memory[k]
    for i in range(first, last):
        played.active[t, i] = not played.done[i]
        played.observation[t + 1, i] = played.observation[t, i]
        for k in range(played.cues.shape[2]):
            played.cues[t + 1, i, k] = played.cues[t, i, k]
    arguments = (
        memory[first * size : last * size],
        played.action[t, first:last],
        uniforms[t + 1, first:last],
        played.observation[t + 1, first:last],
        played.cues[t + 1, first:last],
        played.reward[t, first:last],
        played.done[first:last],
    )
    call_play(play, arguments)


@njit(**INNER)
def write_next(t, part, scale, policy_lstm, value_lstm, played):  # type: ignore[no-untyped-def]
    """Write the inputs of the step after step `t`, of each LSTM, for the sessions of a part.

    The inputs are the observation, the cues, the last action and the last reward, times `scale`.
    """
    joined, n_units = policy_lstm.joined, policy_lstm.cell.shape[2]
    n_cues, n_columns = played.cues.shape[2], joined.shape[2]
    first_action = n_columns - 2 - played.policy.shape[2]  # the last column belongs to the bias
    for i in range(part[0], part[1]):
        for k in range(n_units, n_columns - 2):
            joined[t + 1, i, k] = ZERO
        joined[t + 1, i, n_units + played.observation[t + 1, i]] = ONE
        for k in range(n_cues):
            joined[t + 1, i, first_action - n_cues + k] = played.cues[t + 1, i, k]
        joined[t + 1, i, first_action + played.action[t, i]] = ONE
        joined[t + 1, i, n_columns - 2] = scale * np.float32(played.reward[t, i])
        if len(value_lstm.cell):
            for k in range(n_units, n_columns):
                value_lstm.joined[t + 1, i, k] = joined[t + 1, i, k]


@njit(**(INNER | {"_nrt": True}))  # for np.dot
def advance_lstm(t, part, gates_kernel, lstm, outputs):  # type: ignore[no-untyped-def]
    """Advance an LSTM by step `t`, and fill `outputs`, (session, action + 1), with its readout.

    `gates_kernel` is the address of `apply_gates`.
    """
    first, last = part
    hidden = lstm.joined[t + 1, first:last]
    gates = lstm.gates[t % len(lstm.gates), : last - first]
    np.dot(lstm.joined[t, first:last], lstm.weights, gates)
    cells = lstm.cell[t, first:last], lstm.cell[t + 1, first:last]
    call_apply_gates(gates_kernel, (gates, *cells, hidden))
    if len(lstm.unit_gain):
        for i in range(last - first):
            for j in range(lstm.unit_gain.shape[1]):
                hidden[i, j] *= lstm.unit_gain[first + i, j]
    np.dot(hidden, lstm.readout, outputs)


@njit(**INNER)
def write_error(t, part, feedback, value_lstm, outputs, policy_lstm, effects):  # type: ignore[no-untyped-def]
    """Write the prediction error of the last step to the input of the policy's LSTM.

    Parameters
    ----------
    t : int
        Step at which the LSTM reads it.
    part : tuple of int
        First session of the part, and the session to stop before.
    feedback, value_lstm, outputs, policy_lstm, effects : tuple, LSTM, array, LSTM, array
        As in `play_block`. The reward is taken from the input of the value's LSTM; the last column
        but one of the policy's input is filled.
    """
    scale, discount = feedback
    joined, effect = policy_lstm.joined, effects[ON_RPE]
    column, value = joined.shape[2] - 2, outputs.shape[2] - 1
    for i in range(part[0], part[1]):
        gained = discount * outputs[t, i, value] - outputs[t - 1, i, value]
        error = value_lstm.joined[t, i, column] + scale * gained
        joined[t, i, column] = error * effect[GAIN, i] + scale * effect[SHIFT, i]
