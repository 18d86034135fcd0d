"""Backpropagate the loss of a block of sessions, also through the states of a memory (compiled)."""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.training.engine.episodic.memory_kernels import Episodes, recall_state
from pfc_analysis.training.engine.gradient_kernels import Array, Memory
from pfc_analysis.training.engine.kernels import (
    ALLOCATING,
    FAST,
    INNER,
    LSTM,
    ONE,
    ZERO,
    add,
    aligned,
    tanh,
)
from pfc_analysis.training.engine.packing import PackedGradient, PackedLSTM


def differentiate_episodic(
    n_steps: int,
    d_outputs: Array,
    packed: PackedLSTM,
    lstm: LSTM,
    episodes: Episodes,
    gradient: PackedGradient,
) -> None:
    """Add the gradient by the weights to `gradient` (as `gradient_kernels.differentiate_block`).

    Parameters
    ----------
    n_steps : int
        Number of time steps played, those of the longest session.
    d_outputs : array (time step, session, action + 1)
        Gradient by logits and value.
    packed : PackedLSTM
        The weights.
    lstm, episodes : LSTM, Episodes
        The LSTM and the memory, as `play_episodic_block` left them.
    gradient : PackedGradient
        The gradient is added to it.
    """
    n_sessions, n_units = lstm.cell.shape[1:]
    work = Memory(
        d_hidden=aligned(n_sessions, n_units),
        d_cell=aligned(n_sessions, n_units),
        from_readout=aligned(n_sessions, n_units),
        d_gates=aligned(n_sessions, 5 * n_units),
        step_weights=aligned(*gradient.gates.shape),
        step_readout=aligned(*gradient.readout.shape),
    )
    d_stored = np.zeros((n_sessions, int(episodes.n_stored.max(initial=0)), n_units), np.float32)
    backpropagate_episodic(
        n_steps,
        d_outputs,
        (packed.back, packed.readout_back),
        lstm,
        episodes,
        (gradient.gates, gradient.readout, gradient.start),
        work,
        d_stored,
        episodes.n_stored.copy(),
    )


@njit(**FAST)
def backpropagate_episodic(  # type: ignore[no-untyped-def]
    n_steps, d_outputs, back, lstm, episodes, gradient, work, d_stored, left
):
    """Do the work of `differentiate_episodic`.

    `d_stored`, (session, state, unit), collects the gradient by stored states, which the steps
    after which they were stored take over. `left`, (session,), counts the states not yet reached.
    """
    joined, gates, cell = lstm.joined, lstm.gates, lstm.cell
    d_hidden, d_cell, from_readout, d_gates, step_weights, step_readout = work
    d_weights, d_readout, d_start = gradient
    n_sessions, n_units = d_cell.shape
    for t in range(n_steps - 1, -1, -1):
        np.dot(d_outputs[t], back[1], from_readout)
        np.dot(joined[t + 1].T, d_outputs[t], step_readout)
        add(step_readout, d_readout)
        take_over(t, episodes, left, d_stored, d_cell)
        for i in range(n_sessions):
            recall_state(i, episodes.retrieved[t, i], cell, episodes)
        states = gates[t], cell[t], cell[t + 1]
        backpropagate_episodic_gates(
            from_readout,
            d_hidden,
            d_cell,
            *states,
            d_gates,
            episodes,
            episodes.retrieved[t],
            d_stored,
        )
        np.dot(joined[t].T, d_gates, step_weights)
        add(step_weights, d_weights)
        np.dot(d_gates, back[0], d_hidden)
    for j in range(n_units):
        by_hidden = by_cell = ZERO
        for i in range(n_sessions):
            by_hidden += d_hidden[i, j]
            by_cell += d_cell[i, j]
        d_start[0, j] += by_hidden
        d_start[1, j] += by_cell


@njit(**INNER)
def take_over(t, episodes, left, d_stored, d_cell):  # type: ignore[no-untyped-def]
    """Add what later steps that reinstated the state after step `t` want of it to `d_cell`."""
    for i in range(len(left)):
        state = left[i] - 1
        if state >= 0 and episodes.times[i, state] == t:
            left[i] = state
            for j in range(d_cell.shape[1]):
                d_cell[i, j] += d_stored[i, state, j]


@njit(**ALLOCATING)
def backpropagate_episodic_gates(  # type: ignore[no-untyped-def]
    from_readout, d_hidden, d_cell, gates, cell, next_cell, d_gates, episodes, retrieved, d_stored
):
    """Backpropagate through one step (the reverse of `apply_episodic_gates`), in place.

    Parameters
    ----------
    from_readout, d_hidden, d_cell, gates, cell, next_cell, d_gates : arrays
        As in `kernels.backpropagate_gates`.
    episodes : Episodes
        The memory, with `recalled` of this step.
    retrieved : int64 array (session,)
        Number of the state that was reinstated; -1 where none was.
    d_stored : array (session, state, unit)
        The gradient by this state is added.
    """
    n_sessions, n = cell.shape
    shown, through = np.empty(n, np.float32), np.empty(n, np.float32)
    for i in range(n_sessions):
        recalled, gain = episodes.recalled[i], episodes.gain[i]
        for j in range(n):
            shown[j] = tanh(next_cell[i, j])
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
            d_gates[i, j] = through[j] * gates[i, 4 * n + j] * write * (ONE - write)
        for j in range(n):
            candidate = gates[i, 4 * n + j]
            d_gates[i, 4 * n + j] = through[j] * gates[i, j] * (ONE - candidate * candidate)
        for j in range(n):
            keep = gates[i, n + j]
            d_gates[i, n + j] = through[j] * cell[i, j] * keep * (ONE - keep)
        for j in range(n):
            reinstate = gates[i, 3 * n + j]
            d_gates[i, 3 * n + j] = through[j] * gain * recalled[j] * reinstate * (ONE - reinstate)
        if retrieved[i] >= 0:
            by_state = d_stored[i, retrieved[i]]
            for j in range(n):
                slope = ONE - recalled[j] * recalled[j]
                by_state[j] += through[j] * gain * gates[i, 3 * n + j] * slope
        for j in range(n):
            d_cell[i, j] = through[j] * gates[i, n + j]
