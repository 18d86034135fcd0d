"""A block of sessions played by a network: compiled, with the task's kernel as an argument."""

from __future__ import annotations

import numpy as np
from numba import njit, types

from pfc_analysis.tasks.contract import PLAY
from pfc_analysis.training.engine.kernels import (
    FAST,
    LSTM,
    Played,
    advance,
    aligned,
    choose,
    lay_out,
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
"""Signature of `play_block`. Told beforehand, it takes any task's kernel as an argument; left to
find out by itself, numba would compile it again for each task, and again in each process."""

GAIN, SHIFT = range(2)
ON_VALUE, ON_RPE = range(2)
"""Places in `effects` of `play_block`."""


@njit(**FAST)
def play_block(  # type: ignore[no-untyped-def]
    play, memory, uniforms, draws, span, fed_back, chooses, values, played, effects
):
    """Play sessions on, in place; return the steps of the longest one so far.

    Parameters
    ----------
    play, memory : Kernel, uint8 array
        The task's compiled step and the sessions' records (`Task.play_kernel`).
    uniforms, draws : arrays (time step + 1, session, ...) and (time step, session)
        Uniform random numbers of the task and of the choice of actions.
    span : tuple of int
        First step to play, and the one to stop before.
    fed_back : tuple of float32
        Scale and discount of what is fed back (`feedback.Feedback`).
    chooses, values : LSTM
        That of the policy, and that of the value, which reads rewards where the other one reads
        prediction errors. `values` is empty where one LSTM is both.
    played : Played
        What is shown, done and paid.
    effects : float32 array (2, 2, session)
        Gain and shift of the value and of the prediction error that is fed back; 1 and 0 leave
        them as they are.
    """
    n_units, n_actions = chooses.cell.shape[2], played.policy.shape[2]
    outputs, observation, cues = played.outputs, played.observation, played.cues
    two = len(values.cell) > 0
    logits = aligned(len(played.done), n_actions + 1)
    for t in range(span[0], span[1]):
        if two:
            advance_lstm(values, t, outputs[t])
            bend(outputs[t, :, n_actions], effects[ON_VALUE])
            if t > 0:
                feed_error(t, fed_back, values, outputs, chooses.joined[t], effects[ON_RPE])
            advance_lstm(chooses, t, logits)
            outputs[t, :, :n_actions] = logits[:, :n_actions]
        else:
            advance_lstm(chooses, t, outputs[t])
            bend(outputs[t, :, n_actions], effects[ON_VALUE])
        action, reward = played.action[t], played.reward[t]
        choose(outputs[t], draws[t], played.policy[t], action)
        for i in range(len(played.done)):
            played.active[t, i] = not played.done[i]
        if len(played.before):
            played.before[t] = memory
        shown, graded = observation[t + 1], cues[t + 1]
        shown[:], graded[:] = observation[t], cues[t]
        play(memory, action, uniforms[t + 1], shown, graded, reward, played.done)
        if played.done.all():
            return t + 1
        scale = fed_back[0]
        lay_out(chooses.joined[t + 1, :, n_units:], shown, graded, action, reward, scale, n_actions)
        if two:
            values.joined[t + 1, :, n_units:] = chooses.joined[t + 1, :, n_units:]
    return span[1]


@njit(**FAST)
def advance_lstm(lstm, t, outputs):  # type: ignore[no-untyped-def]
    """Step an LSTM and fill `outputs`, (session, action + 1), with what is read out from it."""
    np.dot(lstm.joined[t], lstm.weights, lstm.gates[t])
    hidden = lstm.joined[t + 1]
    advance(lstm.gates[t], lstm.cell[t], lstm.cell[t + 1], hidden)
    for i in range(len(lstm.kept)):
        for j in range(lstm.kept.shape[1]):
            hidden[i, j] *= lstm.kept[i, j]
    np.dot(hidden, lstm.readout, outputs)


@njit(**FAST)
def bend(signal, effect):  # type: ignore[no-untyped-def]
    """Multiply a signal, (session,), by a gain and add a shift, (2, session), in place."""
    for i in range(len(signal)):
        signal[i] = signal[i] * effect[GAIN, i] + effect[SHIFT, i]


@njit(**FAST)
def feed_error(t, fed_back, values, outputs, joined, effect):  # type: ignore[no-untyped-def]
    """Put the prediction error of the last step where the reward stands, in place.

    Parameters
    ----------
    t : int
        Step that reads it.
    fed_back, values, outputs : tuple, LSTM, array
        As for `play_block`. The reward is read where the value's LSTM reads it.
    joined : array (session, row)
        Input of the policy's LSTM at this step; its last but one column is filled.
    effect : array (2, session)
        Gain and shift of the error.
    """
    scale, discount = fed_back
    column, value = joined.shape[1] - 2, outputs.shape[2] - 1
    for i in range(len(joined)):
        gained = discount * outputs[t, i, value] - outputs[t - 1, i, value]
        error = values.joined[t, i, column] + scale * gained
        joined[i, column] = error * effect[GAIN, i] + scale * effect[SHIFT, i]
