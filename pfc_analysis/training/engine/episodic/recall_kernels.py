"""The memory of a block of sessions: store cell states, and find those to reinstate (compiled).

What is stored is not copied: the states of all steps are kept anyway, and the memory holds the
steps at which they were stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from pfc_analysis.training.engine.kernels import FAST, INNER, ZERO, tanh

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
