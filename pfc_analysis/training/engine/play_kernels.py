"""Play a block of sessions (compiled); the address of the task's compiled step is an argument."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from pfc_analysis.tasks.contract import PLAY, Task
from pfc_analysis.training.engine.kernels import (
    FAST,
    INNER,
    LSTM,
    Played,
    apply_gates,
    sample_actions,
    write_inputs,
)

BOOLS_1, BYTES_2 = types.Array(types.boolean, 1, "C"), types.Array(types.uint8, 2, "C")
FLOATS_2, FLOATS_3 = types.Array(types.float32, 2, "C"), types.Array(types.float32, 3, "C")
DOUBLES_2, DOUBLES_3 = types.Array(types.float64, 2, "C"), types.Array(types.float64, 3, "C")
INTEGERS_2, BOOLS_2 = types.Array(types.int64, 2, "C"), types.Array(types.boolean, 2, "C")
LSTM_TYPE = types.NamedTuple([FLOATS_2, FLOATS_2, *[FLOATS_3] * 3, FLOATS_2], LSTM)
PLAYED_TYPE = types.NamedTuple(
    [*[FLOATS_3] * 2, INTEGERS_2, DOUBLES_3, INTEGERS_2, DOUBLES_2, BOOLS_2, BYTES_2, BOOLS_1],
    Played,
)
PLAY_BLOCK = types.int64(
    types.intp,
    types.Array(types.uint8, 1, "C"),
    DOUBLES_3,
    FLOATS_2,
    types.UniTuple(types.int64, 2),
    types.UniTuple(types.float32, 2),
    LSTM_TYPE,
    LSTM_TYPE,
    PLAYED_TYPE,
    FLOATS_3,
)
"""Signature of `play_block`. With it, one compilation serves the kernels of all tasks. Without it,
numba would compile the function again for each task, in each process."""

WIDTH = 64
"""Sessions whose matrices are multiplied at once. With so many, matrix products are fast; with
more, OpenBLAS would copy the matrices (it does from a million multiplications on) and memory would
leave the processor's cache."""

GAIN, SHIFT = range(2)
ON_VALUE, ON_RPE = range(2)
"""Indices into `effects` of `play_block`: first ON_VALUE or ON_RPE, then GAIN or SHIFT."""


def task_address(task: Task) -> int:
    """Compile a task's step, or load it from the cache on disk; return its address in memory.

    numba can pass a compiled function to another one, but looks up its address anew in every call,
    which takes longer than a step.
    """
    task.play_kernel.compile(PLAY)
    compiled = task.play_kernel.get_compile_result(PLAY)
    address: int = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return address


def _type_function(typing_context, address):  # type: ignore[no-untyped-def]
    """Return the type of the compiled step of a task, and what makes one of its address."""
    signature = types.FunctionType(PLAY)(address)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        function = cgutils.create_struct_proxy(signature.return_type)(context, builder)
        pointer = context.get_value_type(types.voidptr)
        function.jit_addr = builder.inttoptr(arguments[0], pointer)
        return function._getvalue()

    return signature, generate


function_at: Any = intrinsic(_type_function)
"""In compiled code: return the compiled step of a task, given its address (`task_address`)."""


@njit(**FAST)
def play_block(  # type: ignore[no-untyped-def]
    address, memory, uniforms, draws, span, feedback, policy_lstm, value_lstm, played, effects
):
    """Play further steps of a block; return the number of time steps played so far.

    Parameters
    ----------
    address : int
        Address in memory of the task's compiled step (`task_address`).
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
    play = function_at(address)
    n_sessions, longest = len(played.done), span[0]
    for first in range(0, n_sessions, WIDTH):
        part = first, min(first + WIDTH, n_sessions)
        for t in range(span[0], span[1]):
            if are_over(played.done, part):
                break
            choose_actions(t, part, draws, feedback, policy_lstm, value_lstm, played, effects)
            play_step(t, part, play, memory, uniforms, played)
            longest = max(longest, t + 1)
            if not are_over(played.done, part):
                write_next(t, part, feedback[0], policy_lstm, value_lstm, played)
    return longest


@njit(**INNER)
def are_over(done, part):  # type: ignore[no-untyped-def]
    """Return whether all sessions of a part are over."""
    n_over = 0
    for i in range(part[0], part[1]):
        n_over += done[i]
    return n_over == part[1] - part[0]


@njit(**INNER)
def choose_actions(t, part, draws, feedback, policy_lstm, value_lstm, played, effects):  # type: ignore[no-untyped-def]
    """Advance the network by step `t`, and sample the actions of the sessions of a part."""
    first, last = part
    outputs, policy = played.outputs[t, first:last], played.policy[t, first:last]
    n_actions, gain, shift = policy.shape[1], effects[ON_VALUE, GAIN], effects[ON_VALUE, SHIFT]
    two = len(value_lstm.cell) > 0
    readout = np.empty(outputs.shape, np.float32)
    # One call of advance_lstm, in a loop: LLVM would compile it anew for each call.
    for turn in range(0 if two else 1, 2):
        lstm = value_lstm if turn == 0 else policy_lstm
        if two and turn == 1 and t > 0:
            write_error(t, part, feedback, value_lstm, played.outputs, policy_lstm, effects)
        advance_lstm(lstm, t, part, readout)
        for i in range(last - first):
            if turn == 1:
                for k in range(n_actions):
                    outputs[i, k] = readout[i, k]
            if turn == 0 or not two:
                value = readout[i, n_actions]
                outputs[i, n_actions] = value * gain[first + i] + shift[first + i]
    sample_actions(outputs, draws[t, first:last], policy, played.action[t, first:last])


@njit(**INNER)
def play_step(t, part, play, memory, uniforms, played):  # type: ignore[no-untyped-def]
    """Play step `t` of the task in the sessions of a part; keep their states before it."""
    first, last = part
    size = len(memory) // len(played.done)
    records = memory[first * size : last * size]
    if len(played.before):
        before = played.before[t, first * size : last * size]
        for k in range(len(records)):
            before[k] = records[k]
    shown, graded = played.observation[t + 1, first:last], played.cues[t + 1, first:last]
    for i in range(first, last):
        played.active[t, i] = not played.done[i]
        shown[i - first] = played.observation[t, i]
        for k in range(graded.shape[1]):
            graded[i - first, k] = played.cues[t, i, k]
    play(
        records,
        played.action[t, first:last],
        uniforms[t + 1, first:last],
        shown,
        graded,
        played.reward[t, first:last],
        played.done[first:last],
    )


@njit(**INNER)
def write_next(t, part, scale, policy_lstm, value_lstm, played):  # type: ignore[no-untyped-def]
    """Write the inputs of the step after step `t`, of each LSTM, for the sessions of a part."""
    first, last = part
    shown, graded = played.observation[t + 1, first:last], played.cues[t + 1, first:last]
    action, reward = played.action[t, first:last], played.reward[t, first:last]
    n_units, n_actions = policy_lstm.cell.shape[2], played.policy.shape[2]
    inputs = policy_lstm.joined[t + 1, first:last, n_units:]
    write_inputs(inputs, shown, graded, action, reward, scale, n_actions)
    if len(value_lstm.cell):
        for i in range(first, last):
            for k in range(n_units, policy_lstm.joined.shape[2]):
                value_lstm.joined[t + 1, i, k] = policy_lstm.joined[t + 1, i, k]


@njit(**INNER)
def advance_lstm(lstm, t, part, outputs):  # type: ignore[no-untyped-def]
    """Advance an LSTM by step `t`, and fill `outputs`, (session, action + 1), with its readout."""
    first, last = part
    hidden = lstm.joined[t + 1, first:last]
    gates = lstm.gates[t % len(lstm.gates), : last - first]
    np.dot(lstm.joined[t, first:last], lstm.weights, gates)
    apply_gates(gates, lstm.cell[t, first:last], lstm.cell[t + 1, first:last], hidden)
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
