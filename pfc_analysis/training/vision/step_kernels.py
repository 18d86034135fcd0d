"""Play one step of a block of sessions that show pictures, and backpropagate all (compiled)."""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.training.engine.gradient_kernels import differentiate_loss
from pfc_analysis.training.engine.kernels import (
    FAST,
    ONE,
    ZERO,
    apply_gates,
    backpropagate_gates,
    sample_actions,
)


@njit(**FAST)
def play_step(start, stop, core, steps, picture_gates, draws):  # type: ignore[no-untyped-def]
    """Compute the states, the values and the actions of the rows of a time step.

    Parameters
    ----------
    start, stop : int
        The rows. Their `picture` and `previous` are given; the last action and reward are those of
        the previous row.
    core, steps : Core, Steps
        Weights; all steps of the block.
    picture_gates : array (picture, 4 * unit)
        Weighted input of the gates from each picture, with the bias.
    draws : float32 array (row of this time step,)
        Random numbers, uniform on [0, 1), that sample actions.
    """
    before, cell_before = steps.before[start:stop], steps.cell_before[start:stop]
    n_units = before.shape[1]
    for i in range(stop - start):
        last = steps.previous[start + i]
        for j in range(n_units):
            before[i, j] = ZERO if last < 0 else steps.hidden[last, j]
        for j in range(n_units):
            cell_before[i, j] = ZERO if last < 0 else steps.cell[last, j]
    gates = steps.gates[start:stop]
    np.dot(before, core.units, gates)
    for i in range(stop - start):
        row, shown = gates[i], picture_gates[steps.picture[start + i]]
        for j in range(4 * n_units):
            row[j] += shown[j]
        last = steps.previous[start + i]
        if last < 0:
            continue
        done, paid = core.actions[steps.action[last]], np.float32(steps.reward[last])
        for j in range(4 * n_units):
            row[j] += done[j] + paid * core.reward[j]
    hidden, outputs = steps.hidden[start:stop], steps.outputs[start:stop]
    apply_gates(gates, cell_before, steps.cell[start:stop], hidden)
    # Rounding can make the output of a saturated unit larger than 1 by one unit in the last place.
    for i in range(stop - start):
        for j in range(n_units):
            hidden[i, j] = min(max(hidden[i, j], -ONE), ONE)
    np.dot(hidden, core.readout, outputs)
    for i in range(stop - start):
        for k in range(outputs.shape[1]):
            outputs[i, k] += core.readout_bias[k]
    sample_actions(outputs, draws, steps.policy[start:stop], steps.action[start:stop])


@njit(**FAST)
def differentiate_outputs(starts, costs, steps, d_outputs, sums):  # type: ignore[no-untyped-def]
    """Compute the gradient of the loss, summed over all steps, by logits and value.

    Parameters
    ----------
    starts : int64 array (time step + 1,)
        First row of each time step, then the number of rows.
    costs, sums : arrays
        As in `gradient_kernels.differentiate_losses`.
    steps : Steps
        All steps of the block.
    d_outputs : array (row, action + 1)
        Filled with the gradient.
    """
    returns = np.zeros(d_outputs.shape[0], np.float32)
    for t in range(len(starts) - 2, -1, -1):
        a, b = starts[t], starts[t + 1]
        done = steps.action[a:b], steps.reward[a:b], steps.active[a:b]
        outputs, policy = steps.outputs[a:b], steps.policy[a:b]
        differentiate_loss(costs, outputs, policy, *done, returns[a:b], d_outputs[a:b], sums)
        for k in range(a, b):
            if steps.previous[k] >= 0:
                returns[steps.previous[k]] = returns[k]


@njit(**FAST)
def backpropagate_steps(starts, steps, back, readout_back, d_outputs, d_gates):  # type: ignore[no-untyped-def]
    """Backpropagate through all steps, to the weighted inputs of the gates.

    Parameters
    ----------
    starts : int64 array (time step + 1,)
        First row of each time step, then the number of rows.
    steps : Steps
        All steps of the block.
    back, readout_back : arrays (4 * unit, unit) and (action + 1, unit)
        Transposed weights from units to gates, and from units to logits and value.
    d_outputs : array (row, action + 1)
        Gradient by logits and value.
    d_gates : array (row, 4 * unit)
        Filled with the gradient.
    """
    n_rows, n_units = len(d_outputs), back.shape[1]
    d_hidden = np.zeros((n_rows, n_units), np.float32)
    d_cell = np.zeros((n_rows, n_units), np.float32)
    through = np.empty((starts[1], n_units), np.float32)
    for t in range(len(starts) - 2, -1, -1):
        a, b = starts[t], starts[t + 1]
        part = through[: b - a]
        np.dot(d_outputs[a:b], readout_back, part)
        states = steps.gates[a:b], steps.cell_before[a:b], steps.cell[a:b]
        backpropagate_gates(part, d_hidden[a:b], d_cell[a:b], *states, d_gates[a:b])
        if t == 0:
            break
        np.dot(d_gates[a:b], back, part)
        for i in range(b - a):
            last = steps.previous[a + i]
            for j in range(n_units):
                d_hidden[last, j] = part[i, j]
            for j in range(n_units):
                d_cell[last, j] = d_cell[a + i, j]


@njit(**FAST)
def sum_gates(steps, n_rows, d_gates, by_picture, by_action, by_reward):  # type: ignore[no-untyped-def]
    """Sum the gradient by the gates' weighted inputs over the steps that share an input.

    Parameters
    ----------
    steps : Steps
        All steps of the block.
    n_rows : int
        Number of steps.
    d_gates : array (row, 4 * unit)
        The gradient.
    by_picture, by_action, by_reward : arrays (picture, 4 * unit), (action, ...) and (4 * unit,)
        The sums are added: over the steps that show a picture, that follow an action, and over all
        steps, each multiplied by the reward before.
    """
    width = d_gates.shape[1]
    for i in range(n_rows):
        row, seen = d_gates[i], by_picture[steps.picture[i]]
        for j in range(width):
            seen[j] += row[j]
        last = steps.previous[i]
        if last < 0:
            continue
        done, paid = by_action[steps.action[last]], np.float32(steps.reward[last])
        for j in range(width):
            done[j] += row[j]
        if paid != ZERO:
            for j in range(width):
                by_reward[j] += paid * row[j]
