"""One step of Adam for 32 networks side by side (compiled)."""

from __future__ import annotations

from numba import njit

from pfc_analysis.fitting.networks.compiled.lane_functions import FAST
from pfc_analysis.fitting.networks.compiled.lanes import load, root, spread, store

MEAN_DECAY, SQUARE_DECAY, EPSILON = 0.9, 0.999, 1e-8
"""The published values (Kingma & Ba 2015)."""


@njit(**FAST)
def adam_step(  # type: ignore[no-untyped-def]
    values, gradient, mean, square, penalised, penalty, rate, update
):
    """Make one step of Adam, in place.

    Parameters
    ----------
    values, gradient, mean, square : arrays (weight, network)
        Weights, gradient of the loss without its penalty, and running means of the gradient and its
        square.
    penalised : bool array (weight,)
        Weights whose squares are penalised.
    penalty : array (network,)
        Slope of the penalty: it is multiplied by the weight.
    rate : float
        Learning rate.
    update : int
        Number of the update, from 1.
    """
    keep, keep_square = spread(values, MEAN_DECAY), spread(values, SQUARE_DECAY)
    take, take_square = spread(values, 1 - MEAN_DECAY), spread(values, 1 - SQUARE_DECAY)
    step = spread(values, rate / (1 - MEAN_DECAY**update))
    scale = spread(values, 1 / (1 - SQUARE_DECAY**update))
    epsilon, pull = spread(values, EPSILON), load(penalty, 0)
    for row in range(len(values)):
        value, slope = load(values, row), load(gradient, row)
        if penalised[row]:
            slope = slope + pull * value
        slopes = keep * load(mean, row) + take * slope
        squares = keep_square * load(square, row) + take_square * slope * slope
        store(mean, row, slopes)
        store(square, row, squares)
        store(values, row, value - step * slopes / (root(squares * scale) + epsilon))
