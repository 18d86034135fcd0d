"""Likelihood of choices under 32 networks side by side, and its gradient (compiled)."""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.fitting.networks.compiled.cell_steps import step_backward, step_forward
from pfc_analysis.fitting.networks.compiled.lane_functions import FAST, STEP, logistic
from pfc_analysis.fitting.networks.compiled.lanes import (
    WIDTH,
    clip,
    load,
    spread,
    store,
    widen,
)

SMALLEST = 1e-8
"""Smaller probabilities than this count as this, because a rounded one may be 0."""

TOGETHER = 16
"""Probabilities that are multiplied before a logarithm is taken: in double precision, their product
cannot be too small."""


@njit(**FAST)
def pass_sessions(  # type: ignore[no-untyped-def]
    trials, weights, gradient, space, train_weight, log_likelihood
):
    """Compute the log-likelihood of every session, and add to the gradient of the loss.

    Parameters
    ----------
    trials : Trials
        The sessions.
    weights, gradient : GRU, LSTM or Vanilla
        Weights, and what the gradient is added to.
    space : Workspace
        Room for the longest session.
    train_weight : array (session, network)
        Weight of each session's negative log-likelihood in the loss; 0 for sessions that a network
        is not trained on.
    log_likelihood : float64 array (session, network)
        Filled with the natural logarithm, summed over predicted choices.
    """
    products = np.empty(WIDTH, np.float64)
    for session in range(len(trials.first) - 1):
        begin, end = trials.first[session], trials.first[session + 1]
        found = log_likelihood[session]
        _play(trials, begin, end, weights, space, load(train_weight, session), products, found)
        if np.any(train_weight[session] != 0):
            _backpropagate(trials, begin, end, weights, gradient, space)


@njit(**STEP)
def _play(trials, begin, end, weights, space, train, products, found):  # type: ignore[no-untyped-def]
    like, one = weights.input, spread(products, 1.0)
    n_state = space.states.shape[1]
    found[:] = 0.0
    for k in range(n_state):
        store(space.states, k, spread(like, 0.0))
    product, multiplied = one, 0
    for i in range(begin, end):
        trial = i - begin
        if trials.predicted[i]:
            made = _predict(weights, space, trial, trials.choice[i], train)
            product = product * widen(clip(made, spread(like, SMALLEST), spread(like, 1.0)))
            multiplied += 1
            if multiplied == TOGETHER:
                _add_logarithm(products, product, found)
                product, multiplied = one, 0
        if trials.kind[i] >= 0:
            reward = spread(like, trials.reward[i])
            step_forward(weights, space, trial, trials.kind[i], reward)
        else:
            for k in range(n_state):
                store(
                    space.states, (trial + 1) * n_state + k, load(space.states, trial * n_state + k)
                )
    _add_logarithm(products, product, found)


@njit(**STEP)
def _add_logarithm(products, product, found):  # type: ignore[no-untyped-def]
    store(products, 0, product)
    for network in range(WIDTH):
        found[network] += np.log(products[network])


@njit(**STEP)
def _predict(weights, space, trial, choice, train):  # type: ignore[no-untyped-def]
    """Compute the probability of a choice; fill `logits` with the gradient of the loss by them."""
    n_units, n_logits = weights.readout.shape[1], weights.readout.shape[0]
    n_state, like = space.states.shape[1], weights.input
    for a in range(n_logits):
        logit = load(weights.readout_bias, a)
        for k in range(n_units):
            unit = load(space.states, trial * n_state + k)
            logit = logit + load(weights.readout, a * n_units + k) * unit
        store(space.logits, trial * n_logits + a, logit)
    if n_logits > 1:
        return _soften(space.logits, trial * n_logits, n_logits, choice, train, like)
    side = spread(like, 1.0 if choice == 1 else -1.0)
    made = logistic(side * load(space.logits, trial), like)
    store(space.logits, trial, side * (made - spread(like, 1.0)) * train)
    return made


@njit(**STEP)
def _soften(logits, here, n_logits, choice, train, like):  # type: ignore[no-untyped-def]
    """Compute a softmax over arm 0, whose logit is 0, and the others; see `_predict`."""
    zero, one, huge = spread(like, 0.0), spread(like, 1.0), spread(like, 1e30)
    largest = zero
    for a in range(n_logits):
        largest = clip(load(logits, here + a), largest, huge)
    made = _exponential_below(zero - largest, like)
    total = made
    for a in range(n_logits):
        part = _exponential_below(load(logits, here + a) - largest, like)
        store(logits, here + a, part)
        total = total + part
        if a + 1 == choice:
            made = part
    for a in range(n_logits):
        chosen = one if a + 1 == choice else zero
        store(logits, here + a, (load(logits, here + a) / total - chosen) * train)
    return made / total


@njit(**STEP)
def _exponential_below(lanes, like):  # type: ignore[no-untyped-def]
    """Exponential function of numbers that are not above 0, from the logistic function."""
    odds = logistic(lanes, like)
    return odds / (spread(like, 1.0) - odds)


@njit(**STEP)
def _backpropagate(trials, begin, end, weights, gradient, space):  # type: ignore[no-untyped-def]
    for k in range(space.d_state.shape[0]):
        store(space.d_state, k, spread(weights.input, 0.0))
    for i in range(end - 1, begin - 1, -1):
        trial = i - begin
        if trials.kind[i] >= 0:
            reward = spread(weights.input, trials.reward[i])
            step_backward(weights, gradient, space, trial, trials.kind[i], reward)
        if trials.predicted[i]:
            _read_out_backward(weights, gradient, space, trial)


@njit(**STEP)
def _read_out_backward(weights, gradient, space, trial):  # type: ignore[no-untyped-def]
    n_units, n_logits = weights.readout.shape[1], weights.readout.shape[0]
    n_state = space.states.shape[1]
    for a in range(n_logits):
        d_logit = load(space.logits, trial * n_logits + a)
        store(gradient.readout_bias, a, load(gradient.readout_bias, a) + d_logit)
        for k in range(n_units):
            place, unit = a * n_units + k, load(space.states, trial * n_state + k)
            d_unit = load(space.d_state, k) + d_logit * load(weights.readout, place)
            store(space.d_state, k, d_unit)
            store(gradient.readout, place, load(gradient.readout, place) + d_logit * unit)
