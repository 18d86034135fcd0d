"""Play a block of sessions (compiled); the compiled step of the task is an argument."""

from __future__ import annotations

import numpy as np
from numba import njit, types

from pfc_analysis.tasks.contract import PLAY
from pfc_analysis.training.engine.kernels import (
    FAST,
    LSTM,
    Played,
    aligned,
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
    types.FunctionType(PLAY),
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

GAIN, SHIFT = range(2)
ON_VALUE, ON_RPE = range(2)
"""Indices into `effects` of `play_block`: first ON_VALUE or ON_RPE, then GAIN or SHIFT."""


@njit(**FAST)
def play_block(  # type: ignore[no-untyped-def]
    play, memory, uniforms, draws, span, feedback, policy_lstm, value_lstm, played, effects
):
    """Play further steps of a block; return the number of time steps played so far.

    Parameters
    ----------
    play, memory : Kernel, uint8 array
        The task's compiled step and the records of the sessions (`Task.play_kernel`).
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
    n_units, n_actions = policy_lstm.cell.shape[2], played.policy.shape[2]
    outputs, observation, cues = played.outputs, played.observation, played.cues
    two = len(value_lstm.cell) > 0
    logits = aligned(len(played.done), n_actions + 1)
    for t in range(span[0], span[1]):
        if two:
            advance_lstm(value_lstm, t, outputs[t])
            scale_and_shift(outputs[t, :, n_actions], effects[ON_VALUE])
            if t > 0:
                write_error(
                    t, feedback, value_lstm, outputs, policy_lstm.joined[t], effects[ON_RPE]
                )
            advance_lstm(policy_lstm, t, logits)
            outputs[t, :, :n_actions] = logits[:, :n_actions]
        else:
            advance_lstm(policy_lstm, t, outputs[t])
            scale_and_shift(outputs[t, :, n_actions], effects[ON_VALUE])
        action, reward = played.action[t], played.reward[t]
        sample_actions(outputs[t], draws[t], played.policy[t], action)
        for i in range(len(played.done)):
            played.active[t, i] = not played.done[i]
        if len(played.before):
            played.before[t] = memory
        shown, graded = observation[t + 1], cues[t + 1]
        shown[:], graded[:] = observation[t], cues[t]
        play(memory, action, uniforms[t + 1], shown, graded, reward, played.done)
        if played.done.all():
            return t + 1
        scale = feedback[0]
        write_inputs(
            policy_lstm.joined[t + 1, :, n_units:], shown, graded, action, reward, scale, n_actions
        )
        if two:
            value_lstm.joined[t + 1, :, n_units:] = policy_lstm.joined[t + 1, :, n_units:]
    return span[1]


@njit(**FAST)
def advance_lstm(lstm, t, outputs):  # type: ignore[no-untyped-def]
    """Advance an LSTM by step `t`, and fill `outputs`, (session, action + 1), with its readout."""
    np.dot(lstm.joined[t], lstm.weights, lstm.gates[t])
    hidden = lstm.joined[t + 1]
    apply_gates(lstm.gates[t], lstm.cell[t], lstm.cell[t + 1], hidden)
    for i in range(len(lstm.unit_gain)):
        for j in range(lstm.unit_gain.shape[1]):
            hidden[i, j] *= lstm.unit_gain[i, j]
    np.dot(hidden, lstm.readout, outputs)


@njit(**FAST)
def scale_and_shift(signal, effect):  # type: ignore[no-untyped-def]
    """Multiply a signal, (session,), by a gain and add a shift, in place; both in `effect`."""
    for i in range(len(signal)):
        signal[i] = signal[i] * effect[GAIN, i] + effect[SHIFT, i]


@njit(**FAST)
def write_error(t, feedback, value_lstm, outputs, joined, effect):  # type: ignore[no-untyped-def]
    """Write the prediction error of the last step to the input of the policy's LSTM.

    Parameters
    ----------
    t : int
        Step at which the LSTM reads it.
    feedback, value_lstm, outputs : tuple, LSTM, array
        As in `play_block`. The reward is taken from the input of the value's LSTM.
    joined : array (session, row)
        Input of the policy's LSTM at this step; the last column but one is filled.
    effect : array (2, session)
        Gain and shift of the error.
    """
    scale, discount = feedback
    column, value = joined.shape[1] - 2, outputs.shape[2] - 1
    for i in range(len(joined)):
        gained = discount * outputs[t, i, value] - outputs[t - 1, i, value]
        error = value_lstm.joined[t, i, column] + scale * gained
        joined[i, column] = error * effect[GAIN, i] + scale * effect[SHIFT, i]
