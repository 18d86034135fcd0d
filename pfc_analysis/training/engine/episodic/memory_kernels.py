"""Play a block of sessions of a network with an episodic memory (compiled).

The mathematics is that of `training.networks.episodic_network`. What is stored is not copied: the
states of all steps are kept anyway, and the memory holds the steps at which they were stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from pfc_analysis.call_by_address import address_of
from pfc_analysis.tasks.contract import Task
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

Array = np.ndarray[Any, Any]

NEAREST, NOTHING = -2, -1
"""Values of `Episodes.chosen`, besides the number of a stored state: the nearest, or none."""


class Episodes(NamedTuple):
    """The memory of a block of sessions. States are numbered in the order in which they are stored.

    Attributes
    ----------
    keys : float64 array (session, bit, state)
        The contexts under which states were stored.
    norms : float64 array (session, state)
        The lengths of these contexts.
    times : int64 array (session, state)
        The time steps after which states were stored.
    n_stored : int64 array (session,)
        How many states were stored.
    similarity : float64 array (session, state)
        Cosine similarity of the context shown, times its length; overwritten at each step.
    retrieved : int64 array (time step, session)
        Number of the state that was reinstated; -1 where none was.
    recalled : float32 array (session, unit)
        Hyperbolic tangent of the cell state that is reinstated now; 0 where none is.
    chosen : int64 array (session,)
        Which state the next step reinstates (`NEAREST` unless an intervention says otherwise).
    gain : float32 array (session,)
        By what the reinstatement gate is multiplied at the next step.
    gate : float32 array (time step, session, unit)
        Filled with the reinstatement gate, unless it has no time steps.
    share : float32 array (time step, session)
        Filled with the share of the cell state that came from memory, unless it has no time steps.
    """

    keys: Array
    norms: Array
    times: Array
    n_stored: Array
    similarity: Array
    retrieved: Array
    recalled: Array
    chosen: Array
    gain: Array
    gate: Array
    share: Array


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


@njit(**INNER)
def recall_states(t, part, lstm, episodes, played):  # type: ignore[no-untyped-def]
    """Find which state each session of a part reinstates at step `t`, and fill `recalled`."""
    for i in range(part[0], part[1]):
        state = episodes.chosen[i]
        if state == NEAREST:
            state = find_nearest(played.cues[t, i], i, episodes, 0)
        episodes.retrieved[t, i] = state
        recall_state(i, state, lstm.cell, episodes)


@njit(**INNER)
def recall_state(i, state, cell, episodes):  # type: ignore[no-untyped-def]
    """Fill `recalled` of session `i` with the tanh of a stored state, or 0 if it is -1."""
    recalled = episodes.recalled[i]
    if state < 0:
        for j in range(len(recalled)):
            recalled[j] = ZERO
        return
    stored = cell[episodes.times[i, state] + 1, i]
    for j in range(len(recalled)):
        recalled[j] = tanh(stored[j])


@njit(**INNER)
def find_nearest(cues, i, episodes, first):  # type: ignore[no-untyped-def]
    """Return which state, from number `first` on, session `i` stored under the nearest context.

    Of several, it is the latest; -1 if the cues show no context or nothing is stored.
    """
    keys, similarity = episodes.keys[i], episodes.similarity[i]
    n_bits, shown, count = len(keys), False, episodes.n_stored[i]
    for state in range(first, count):
        similarity[state] = 0.0
    for k in range(n_bits):
        bit = cues[len(cues) - n_bits + k]
        if bit != 0.0:
            shown = True
            key = keys[k]
            for state in range(first, count):
                similarity[state] += bit * key[state]
    nearest, largest = NOTHING, -np.inf
    if shown:
        for state in range(first, count):
            found = similarity[state] / episodes.norms[i, state]
            if found >= largest:
                nearest, largest = state, found
    return nearest


@njit(**FAST)
def look_up(cues, rows, first, episodes, found):  # type: ignore[no-untyped-def]
    """Fill `found`, (row,), with `find_nearest` of the sessions `rows`; `first` is (row,)."""
    for k in range(len(rows)):
        found[k] = find_nearest(cues[k], rows[k], episodes, first[k])


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
def describe_recall(t, part, gates, cell, episodes):  # type: ignore[no-untyped-def]
    """Note the reinstatement gate of step `t`, and the share of the cell that came from memory."""
    first, n = part[0], cell.shape[2]
    for i in range(first, part[1]):
        row, gain = gates[i - first], episodes.gain[i]
        kept = written = reinstated = ZERO
        for j in range(n):
            kept += abs(row[n + j] * cell[t, i, j])
            written += abs(row[j] * row[4 * n + j])
            reinstated += abs(gain * row[3 * n + j] * episodes.recalled[i, j])
        episodes.share[t, i] = reinstated / (kept + written + reinstated)
        if len(episodes.gate):
            for j in range(n):
                episodes.gate[t, i, j] = gain * row[3 * n + j]


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
def store_states(t, part, rules, memory, episodes, played):  # type: ignore[no-untyped-def]
    """Store the states after step `t` in the sessions that are at the last step of a trial."""
    records = memory.view(np.int64)  # trial and step are the first fields of a record
    size = len(records) // len(played.done)
    n_bits, n_cues = episodes.keys.shape[1], played.cues.shape[2]
    for i in range(part[0], part[1]):
        if played.done[i] or records[i * size + 1] != rules.last_step:
            continue
        length, state = 0.0, episodes.n_stored[i]
        for k in range(n_bits):
            bit = played.cues[t, i, n_cues - n_bits + k]
            episodes.keys[i, k, state] = bit
            length += bit * bit
        if length > 0.0:
            episodes.norms[i, state] = np.sqrt(length)
            episodes.times[i, state] = t
            episodes.n_stored[i] += 1


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
