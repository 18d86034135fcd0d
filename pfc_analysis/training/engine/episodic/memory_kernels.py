"""Play a block of sessions of a network with an episodic memory (compiled).

The mathematics is that of `training.networks.episodic_network`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from pfc_analysis.call_by_address import address_of
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.engine.episodic.recall_kernels import (
    describe_recall,
    recall_states,
    store_states,
)
from pfc_analysis.training.engine.kernels import (
    ALLOCATING,
    FAST,
    HALF,
    INNER,
    ONE,
    ZERO,
    sample_actions,
    tanh,
)
from pfc_analysis.training.engine.play_kernels import (
    GAIN,
    ON_VALUE,
    PLAY,
    SAMPLE_ACTIONS,
    SHIFT,
    WIDTH,
    are_over,
    call_sample_actions,
    play_step,
)


class Rules(NamedTuple):
    """What play needs to know of the task and the network.

    Attributes
    ----------
    play, sample : int
        Addresses of `Task.play_kernel`, and of what chooses actions.
    scale : float32
        By what rewards are multiplied before the network reads them.
    n_read : int
        How many cues the network reads, the first ones.
    last_step : int
        Index of the last step of a trial, after which the cell state is stored.
    """

    play: int
    sample: int
    scale: np.float32
    n_read: int
    last_step: int


def make_rules(task: Task, scale: float, n_read: int, sample: Any = sample_actions) -> Rules:
    """Compile what plays a task, or load it from the cache on disk, and put the rules together."""
    addresses = address_of(task.play_kernel, PLAY), address_of(sample, SAMPLE_ACTIONS)
    return Rules(*addresses, np.float32(scale), n_read, len(task.steps) - 1)


@njit(**FAST)
def play_episodic_block(  # type: ignore[no-untyped-def]
    rules, memory, uniforms, draws, span, lstm, episodes, played, effects
):
    """Play further steps of a block; return the number of time steps played so far.

    Parameters
    ----------
    rules : Rules
        The task and the network.
    memory, uniforms, draws, span, played, effects
        As in `play_kernels.play_block`.
    lstm : LSTM
        The network, whose gates are input, forget, output and reinstatement gate and candidate.
    episodes : Episodes
        The memory.
    """
    n_sessions, longest = len(played.done), span[0]
    for first in range(0, n_sessions, WIDTH):
        last = first + WIDTH
        part = first, (last if last < n_sessions else n_sessions)
        over, t = are_over(played.done, part), span[0]
        while t < span[1] and not over:
            recall_states(t, part, lstm, episodes, played)
            advance_episodic(t, part, lstm, episodes, played.outputs[t])
            choose_episodic(t, part, rules, draws, played, effects)
            store_states(t, part, rules, memory, episodes, played)
            play_step(t, part, rules.play, memory, uniforms, played)
            over = are_over(played.done, part)
            if not over:
                write_inputs(t, part, rules, lstm, played)
            t += 1
        longest = t if t > longest else longest
    return longest


@njit(**ALLOCATING)  # for np.dot
def advance_episodic(t, part, lstm, episodes, outputs):  # type: ignore[no-untyped-def]
    """Advance the LSTM by step `t`, and fill `outputs`, (session, action + 1), with its readout."""
    first, last = part
    hidden = lstm.joined[t + 1, first:last]
    gates = lstm.gates[t % len(lstm.gates), : last - first]
    np.dot(lstm.joined[t, first:last], lstm.weights, gates)
    cells = lstm.cell[t, first:last], lstm.cell[t + 1, first:last]
    recalled, gain = episodes.recalled[first:last], episodes.gain[first:last]
    apply_episodic_gates(gates, *cells, recalled, gain, hidden)
    if len(episodes.share):
        describe_recall(t, part, gates, lstm.cell, episodes)
    if len(lstm.unit_gain):
        for i in range(last - first):
            for j in range(lstm.unit_gain.shape[1]):
                hidden[i, j] *= lstm.unit_gain[first + i, j]
    np.dot(hidden, lstm.readout, outputs[first:last])


@njit(**INNER)
def apply_episodic_gates(gates, cell, next_cell, recalled, gain, joined):  # type: ignore[no-untyped-def]
    """Compute the gates, then cell state and output, in place (as `kernels.apply_gates`).

    `gates`, (session, 5 * unit), are input, forget, output and reinstatement gate and candidate.
    `recalled` is reinstated, (session, unit), through a gate that is multiplied by `gain`.
    """
    n_sessions, n = cell.shape
    for i in range(n_sessions):
        for j in range(4 * n):
            gates[i, j] = HALF + HALF * tanh(HALF * gates[i, j])
        candidate = gates[i, 4 * n :]
        for j in range(n):
            candidate[j] = tanh(candidate[j])
        for j in range(n):
            next_cell[i, j] = gates[i, n + j] * cell[i, j] + gates[i, j] * candidate[j]
        for j in range(n):
            next_cell[i, j] += gain[i] * gates[i, 3 * n + j] * recalled[i, j]
        for j in range(n):
            joined[i, j] = gates[i, 2 * n + j] * tanh(next_cell[i, j])


@njit(**INNER)
def choose_episodic(t, part, rules, draws, played, effects):  # type: ignore[no-untyped-def]
    """Change the value as interventions say, and sample the actions of the sessions of a part."""
    first, last = part
    outputs, policy = played.outputs[t, first:last], played.policy[t, first:last]
    gain, shift = effects[ON_VALUE, GAIN], effects[ON_VALUE, SHIFT]
    value = policy.shape[1]
    for i in range(last - first):
        outputs[i, value] = outputs[i, value] * gain[first + i] + shift[first + i]
    sample = outputs, draws[t, first:last], policy, played.action[t, first:last]
    call_sample_actions(rules.sample, sample)


@njit(**INNER)
def write_inputs(t, part, rules, lstm, played):  # type: ignore[no-untyped-def]
    """Write the inputs of the step after step `t` (as `play_kernels.write_next`)."""
    joined, n_units = lstm.joined, lstm.cell.shape[2]
    n_columns, n_read = joined.shape[2], rules.n_read
    first_action = n_columns - 2 - played.policy.shape[2]
    for i in range(part[0], part[1]):
        for k in range(n_units, n_columns - 2):
            joined[t + 1, i, k] = ZERO
        joined[t + 1, i, n_units + played.observation[t + 1, i]] = ONE
        for k in range(n_read):
            joined[t + 1, i, first_action - n_read + k] = played.cues[t + 1, i, k]
        joined[t + 1, i, first_action + played.action[t, i]] = ONE
        joined[t + 1, i, n_columns - 2] = rules.scale * np.float32(played.reward[t, i])
