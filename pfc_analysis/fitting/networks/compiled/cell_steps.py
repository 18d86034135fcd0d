"""One trial of each kind of cell, forward and backward (compiled).

Arrays are as in `cells`; ``load(array, i)`` is row i of an array whose dimensions before the last
are counted as one. `trial` counts trials of the session, whose states stand at `states[trial]`.
"""

from __future__ import annotations

from typing import Any

from numba import njit
from numba.extending import overload

from pfc_analysis.fitting.networks.compiled.cells import GRU, LSTM, Vanilla
from pfc_analysis.fitting.networks.compiled.lane_functions import STEP, logistic, tanh
from pfc_analysis.fitting.networks.compiled.lanes import load, spread, store


def step_forward(weights, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    """Compute the state after a trial from that before it, and keep the gates."""
    raise NotImplementedError("for compiled code only")


def step_backward(weights, gradient, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    """Backpropagate: replace `d_state` by that before the trial, and add to the gradient."""
    raise NotImplementedError("for compiled code only")


@overload(step_forward, inline="always")
def _choose_forward(weights, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    return _FORWARD[weights.instance_class]


@overload(step_backward, inline="always")
def _choose_backward(weights, gradient, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    return _BACKWARD[weights.instance_class]


@njit(**STEP)
def _shown(weights, kind, reward, row):  # type: ignore[no-untyped-def]
    """Input of one gate by what happened in the trial."""
    place = kind * weights.input.shape[1] + row
    return load(weights.input, place) + reward * load(weights.input_by_reward, place)


@njit(**STEP)
def _recalled(weights, space, trial, row, total):  # type: ignore[no-untyped-def]
    """Add to `total` the input of one gate from the units before the trial."""
    n_units, n_state = weights.recurrent.shape[1], space.states.shape[1]
    for k in range(n_units):
        unit = load(space.states, trial * n_state + k)
        total = total + load(weights.recurrent, row * n_units + k) * unit
    return total


@njit(**STEP)
def _count(total, row, part):  # type: ignore[no-untyped-def]
    """Add to one row of a gradient."""
    store(total, row, load(total, row) + part)


@njit(**STEP)
def _count_shown(gradient, kind, reward, row, part):  # type: ignore[no-untyped-def]
    """Add to the gradient by the input of one gate."""
    place = kind * gradient.input.shape[1] + row
    _count(gradient.input, place, part)
    _count(gradient.input_by_reward, place, reward * part)


@njit(**STEP)
def _recall_backward(weights, gradient, space, trial):  # type: ignore[no-untyped-def]
    """Backpropagate through the recurrent weights, from gradients that stand in `gates`."""
    n_rows, n_units = weights.recurrent.shape[:2]
    n_state, n_saved = space.states.shape[1], space.gates.shape[1]
    for k in range(n_units):
        unit, total = load(space.states, trial * n_state + k), load(space.d_state, k)
        for row in range(n_rows):
            part = load(space.gates, trial * n_saved + row)
            total = total + load(weights.recurrent, row * n_units + k) * part
            _count(gradient.recurrent, row * n_units + k, part * unit)
        store(space.d_state, k, total)


def _gru_forward(weights, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    n = weights.recurrent.shape[1]
    here, gates, like = trial * n, trial * 4 * n, weights.input
    for j in range(n):
        recalled = _recalled(weights, space, trial, j, load(weights.recurrent_bias, j))
        reset = _recalled(weights, space, trial, n + j, _shown(weights, kind, reward, n + j))
        keep = _recalled(weights, space, trial, 2 * n + j, _shown(weights, kind, reward, 2 * n + j))
        reset, keep = logistic(reset, like), logistic(keep, like)
        candidate = tanh(_shown(weights, kind, reward, j) + reset * recalled, like)
        store(space.gates, gates + j, candidate)
        store(space.gates, gates + n + j, reset)
        store(space.gates, gates + 2 * n + j, keep)
        store(space.gates, gates + 3 * n + j, recalled)
        unit = load(space.states, here + j)
        store(space.states, here + n + j, candidate + keep * (unit - candidate))


def _gru_backward(weights, gradient, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    n = weights.recurrent.shape[1]
    here, gates, one = trial * n, trial * 4 * n, spread(weights.input, 1.0)
    for j in range(n):
        candidate, reset = load(space.gates, gates + j), load(space.gates, gates + n + j)
        keep, recalled = load(space.gates, gates + 2 * n + j), load(space.gates, gates + 3 * n + j)
        unit, d_unit = load(space.states, here + j), load(space.d_state, j)
        d_candidate = d_unit * (one - keep) * (one - candidate * candidate)
        d_reset = d_candidate * recalled * reset * (one - reset)
        d_keep = d_unit * (unit - candidate) * keep * (one - keep)
        d_recalled = d_candidate * reset
        _count_shown(gradient, kind, reward, j, d_candidate)
        _count_shown(gradient, kind, reward, n + j, d_reset)
        _count_shown(gradient, kind, reward, 2 * n + j, d_keep)
        _count(gradient.recurrent_bias, j, d_recalled)
        store(space.gates, gates + j, d_recalled)
        store(space.gates, gates + n + j, d_reset)
        store(space.gates, gates + 2 * n + j, d_keep)
        store(space.d_state, j, d_unit * keep)
    _recall_backward(weights, gradient, space, trial)


def _lstm_forward(weights, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    n = weights.recurrent.shape[1]
    here, gates, like = trial * 2 * n, trial * 4 * n, weights.input
    for j in range(n):
        write = _recalled(weights, space, trial, j, _shown(weights, kind, reward, j))
        keep = _recalled(weights, space, trial, n + j, _shown(weights, kind, reward, n + j))
        show = _recalled(weights, space, trial, 2 * n + j, _shown(weights, kind, reward, 2 * n + j))
        value = _recalled(
            weights, space, trial, 3 * n + j, _shown(weights, kind, reward, 3 * n + j)
        )
        write, keep, show = logistic(write, like), logistic(keep, like), logistic(show, like)
        value = tanh(value, like)
        store(space.gates, gates + j, write)
        store(space.gates, gates + n + j, keep)
        store(space.gates, gates + 2 * n + j, show)
        store(space.gates, gates + 3 * n + j, value)
        cell = keep * load(space.states, here + n + j) + write * value
        store(space.states, here + 2 * n + j, show * tanh(cell, like))
        store(space.states, here + 3 * n + j, cell)


def _lstm_backward(weights, gradient, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    n = weights.recurrent.shape[1]
    here, gates, one = trial * 2 * n, trial * 4 * n, spread(weights.input, 1.0)
    for j in range(n):
        write, keep = load(space.gates, gates + j), load(space.gates, gates + n + j)
        show, value = load(space.gates, gates + 2 * n + j), load(space.gates, gates + 3 * n + j)
        shown = tanh(load(space.states, here + 3 * n + j), weights.input)
        d_unit = load(space.d_state, j)
        d_cell = load(space.d_state, n + j) + d_unit * show * (one - shown * shown)
        d_write = d_cell * value * write * (one - write)
        d_keep = d_cell * load(space.states, here + n + j) * keep * (one - keep)
        d_show = d_unit * shown * show * (one - show)
        d_value = d_cell * write * (one - value * value)
        store(space.d_state, j, spread(weights.input, 0.0))
        store(space.d_state, n + j, d_cell * keep)
        store(space.gates, gates + j, d_write)
        store(space.gates, gates + n + j, d_keep)
        store(space.gates, gates + 2 * n + j, d_show)
        store(space.gates, gates + 3 * n + j, d_value)
    for row in range(4 * n):
        _count_shown(gradient, kind, reward, row, load(space.gates, gates + row))
    _recall_backward(weights, gradient, space, trial)


def _vanilla_forward(weights, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    n = weights.recurrent.shape[1]
    for j in range(n):
        total = _recalled(weights, space, trial, j, _shown(weights, kind, reward, j))
        store(space.states, (trial + 1) * n + j, tanh(total, weights.input))


def _vanilla_backward(weights, gradient, space, trial, kind, reward):  # type: ignore[no-untyped-def]
    n = weights.recurrent.shape[1]
    one, zero = spread(weights.input, 1.0), spread(weights.input, 0.0)
    for j in range(n):
        unit = load(space.states, (trial + 1) * n + j)
        part = load(space.d_state, j) * (one - unit * unit)
        store(space.gates, trial * n + j, part)
        _count_shown(gradient, kind, reward, j, part)
        store(space.d_state, j, zero)
    _recall_backward(weights, gradient, space, trial)


_FORWARD: dict[Any, Any] = {GRU: _gru_forward, LSTM: _lstm_forward, Vanilla: _vanilla_forward}
_BACKWARD: dict[Any, Any] = {GRU: _gru_backward, LSTM: _lstm_backward, Vanilla: _vanilla_backward}
