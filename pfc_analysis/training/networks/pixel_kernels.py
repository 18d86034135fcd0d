"""Compiled functions of the pixel player: find pictures seen before, cut patches, advance the LSTM.

All arrays of numbers are in single precision, with one session, picture or patch per row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.training.engine.kernels import FAST, ONE, ZERO, apply_gates, sample_actions


@njit(**FAST)
def number_pictures(shown, rows, known, counts, numbers, n_pictures, found):  # type: ignore[no-untyped-def]
    """Give numbers to the pictures that sessions show now, the old one where one is repeated.

    Parameters
    ----------
    shown : int64 array (row, field)
        What the picture of each row depends on, in the session's record.
    rows : int64 array (row,)
        Session of each row.
    known : int64 array (session, picture, field)
        What the pictures depend on that each session has shown; completed.
    counts : int64 array (session,)
        Number of pictures that each session has shown; updated.
    numbers : int64 array (session, picture)
        Their numbers; completed.
    n_pictures : int
        Number of pictures of all sessions so far, which is the number of the next new one.
    found : int64 array (row,)
        Filled with the number of each row's picture: from `n_pictures` on for new pictures, in the
        order of rows.

    Returns
    -------
    int
        Number of pictures of all sessions.
    """
    n_fields = shown.shape[1]
    for i in range(len(rows)):
        session, place = rows[i], 0
        while place < counts[session]:
            field = 0
            while field < n_fields and known[session, place, field] == shown[i, field]:
                field += 1
            if field == n_fields:
                break
            place += 1
        if place == counts[session]:
            for field in range(n_fields):
                known[session, place, field] = shown[i, field]
            numbers[session, place] = n_pictures
            counts[session] += 1
            n_pictures += 1
        found[i] = numbers[session, place]
    return n_pictures


@njit(**FAST)
def cut_patches(maps, kernel, stride, centre, patches):  # type: ignore[no-untyped-def]
    """Cut pictures into the patches that a convolution multiplies by its filters.

    Parameters
    ----------
    maps : array (picture, row, column, channel)
        Pictures, or the output of the last convolution.
    kernel, stride : int
        Width and height of a patch; distance between patches.
    centre : float32
        It is subtracted from all values.
    patches : float32 array (picture, row, column, kernel * kernel * channel)
        Filled with the patches; row, column and channel of each, the channel changes fastest.
    """
    n_channels = maps.shape[3]
    span = kernel * n_channels
    for picture in range(patches.shape[0]):
        for row in range(patches.shape[1]):
            for inside in range(kernel):
                line = maps[picture, row * stride + inside].reshape(-1)
                for column in range(patches.shape[2]):
                    start = column * stride * n_channels
                    part = line[start : start + span]
                    patch = patches[picture, row, column, inside * span : (inside + 1) * span]
                    for k in range(span):
                        patch[k] = np.float32(part[k]) - centre


@njit(**FAST)
def rectify(rows, bias):  # type: ignore[no-untyped-def]
    """Add the bias to each row, and replace negative values by 0, in place."""
    for i in range(rows.shape[0]):
        row = rows[i]
        for k in range(len(bias)):
            row[k] = max(row[k] + bias[k], ZERO)


@njit(**FAST)
def write_inputs(joined, features, pictures, actions, rewards, scale, n_units):  # type: ignore[no-untyped-def]
    """Write the inputs of a step: features of the picture, last action, last reward.

    Parameters
    ----------
    joined : float32 array (session, unit + feature + action + 2)
        Output of the units, which is left as it is; inputs, which are filled; and 1 for the bias.
    features : float32 array (picture, feature)
        Features of all pictures.
    pictures, actions : int64 arrays (session,)
        Picture that is shown; last action, or -1 before the first one.
    rewards : float64 array (session,)
        Last reward.
    scale : float32
        The reward is multiplied by it.
    n_units : int
        Number of units.
    """
    n_features = features.shape[1]
    for i in range(joined.shape[0]):
        row = joined[i]
        seen = features[pictures[i]]
        inputs = row[n_units : n_units + n_features]
        for k in range(n_features):
            inputs[k] = seen[k]
        for k in range(n_units + n_features, len(row) - 2):
            row[k] = ZERO
        if actions[i] >= 0:
            row[n_units + n_features + actions[i]] = ONE
        row[len(row) - 2] = scale * np.float32(rewards[i])


@njit(**FAST)
def advance(gates, cell, next_cell, joined):  # type: ignore[no-untyped-def]
    """Compute cell state and output of the LSTM (`apply_gates`), for callers in Python."""
    apply_gates(gates, cell, next_cell, joined)
    # Units of pictures saturate, and rounding of tanh and gates may exceed 1 by a last bit.
    for i in range(cell.shape[0]):
        hidden = joined[i, : cell.shape[1]]
        for k in range(len(hidden)):
            hidden[k] = min(max(hidden[k], -ONE), ONE)


@njit(**FAST)
def choose(outputs, draws, policy, actions):  # type: ignore[no-untyped-def]
    """Call `sample_actions`, which only compiled functions can call."""
    sample_actions(outputs, draws, policy, actions)
