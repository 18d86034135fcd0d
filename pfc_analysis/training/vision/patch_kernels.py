"""Cut pictures into the patches that convolutions multiply, and the reverse (compiled).

All arrays of numbers are in single precision, with one picture, patch or map per row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.training.engine.kernels import FAST, ZERO


@njit(**FAST)
def centre_colours(views, grey, maps):  # type: ignore[no-untyped-def]
    """Fill `maps`, float32, with the colours of `views`, uint8 of the same shape, minus grey."""
    colours, centred = views.reshape(-1), maps.reshape(-1)
    for k in range(len(colours)):
        centred[k] = np.float32(colours[k]) - grey


@njit(**FAST)
def cut_patches(maps, kernel, stride, patches):  # type: ignore[no-untyped-def]
    """Cut pictures into the patches that a convolution multiplies by its filters.

    Parameters
    ----------
    maps : array (picture, row, column, channel)
        Pictures, or the output of the last convolution.
    kernel, stride : int
        Width and height of a patch; distance between patches.
    patches : array (picture, row, column, kernel * kernel * channel)
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
                        patch[k] = part[k]


@njit(**FAST)
def paste_patches(patches, kernel, stride, maps):  # type: ignore[no-untyped-def]
    """Add the values of patches at the places that they were cut from (see `cut_patches`)."""
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
                        part[k] += patch[k]


@njit(**FAST)
def rectify(rows, bias):  # type: ignore[no-untyped-def]
    """Add the bias to each row, and replace negative values by 0, in place."""
    for i in range(rows.shape[0]):
        row = rows[i]
        for k in range(len(bias)):
            row[k] = max(row[k] + bias[k], ZERO)


@njit(**FAST)
def pass_active(rows, d_rows, d_bias):  # type: ignore[no-untyped-def]
    """Set a gradient to 0 where `rectify` returned 0, and add it, summed over rows, to `d_bias`."""
    for i in range(rows.shape[0]):
        row, d_row = rows[i], d_rows[i]
        for k in range(len(d_bias)):
            d_row[k] = d_row[k] if row[k] > ZERO else ZERO
        for k in range(len(d_bias)):
            d_bias[k] += d_row[k]
