"""Compiled functions of predictive networks: what the actor-critic reads, errors of prediction."""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.call_by_address import call_of
from pfc_analysis.training.engine.kernels import FAST, HALF, INNER, ONE, ZERO
from pfc_analysis.training.engine.play_kernels import APPLY_GATES

call_apply_gates = call_of(APPLY_GATES)


@njit(**(INNER | {"_nrt": True}))  # for np.dot
def advance_predictive(t, part, gates_kernel, lstm, outputs):  # type: ignore[no-untyped-def]
    """Advance the LSTM by step `t`, as `advance_lstm`; here the readout also sees the input.

    The inputs of the step are copied beside the new outputs of the units, so that one product with
    `lstm.readout` gives what the actor-critic computes from both. `write_next` overwrites the copy
    before the LSTM reads it.
    """
    first, last = part
    n_units, n_columns = lstm.cell.shape[2], lstm.joined.shape[2]
    seen = lstm.joined[t + 1, first:last]
    gates = lstm.gates[t % len(lstm.gates), : last - first]
    np.dot(lstm.joined[t, first:last], lstm.weights, gates)
    cells = lstm.cell[t, first:last], lstm.cell[t + 1, first:last]
    call_apply_gates(gates_kernel, (gates, *cells, seen))
    if len(lstm.unit_gain):
        for i in range(last - first):
            for j in range(n_units):
                seen[i, j] *= lstm.unit_gain[first + i, j]
    for i in range(last - first):
        for k in range(n_units, n_columns - 1):  # the last column belongs to the bias
            seen[i, k] = lstm.joined[t, first + i, k]
    np.dot(seen, lstm.readout, outputs)


@njit(**FAST)
def differentiate_predictions(n_steps, scale, played, predicted, sums):  # type: ignore[no-untyped-def]
    """Compute the gradient of the loss of predictions, summed over steps, in place.

    Parameters
    ----------
    n_steps : int
        Number of time steps played, those of the longest session.
    scale : float32
        Factor by which rewards are multiplied before they are observed.
    played : Played
        The sessions, as `play_block` left them.
    predicted : float32 array (time step, session, action * (observation + 1))
        For each action, logits of the next observation and the predicted reward; replaced by the
        gradient, which is 0 for actions that were not taken.
    sums : float64 array
        Its first entry grows by the loss (`predictive_network.prediction_loss`).
    """
    n_predicted = predicted.shape[2] // played.policy.shape[2]
    for t in range(n_steps):
        for i in range(predicted.shape[1]):
            first = played.action[t, i] * n_predicted
            own = predicted[t, i, first : first + n_predicted]
            continues = t + 1 < n_steps and played.active[t + 1, i]
            following = played.observation[t + 1, i] if continues else -1
            observed = scale * np.float32(played.reward[t, i])
            if played.active[t, i]:
                sums[0] += differentiate_prediction(own, following, observed)
            else:
                for k in range(n_predicted):
                    own[k] = ZERO
            for k in range(predicted.shape[2]):
                if k < first or k >= first + n_predicted:
                    predicted[t, i, k] = ZERO


@njit(**INNER)
def differentiate_prediction(own, following, observed):  # type: ignore[no-untyped-def]
    """Replace logits and predicted reward by the gradient of their loss; return the loss.

    `following` is the code of the next observation, -1 if there is none, and `observed` the reward.
    """
    n = len(own) - 1
    error = own[n] - observed
    loss = HALF * error * error
    own[n] = error
    if following < 0:
        for k in range(n):
            own[k] = ZERO
        return loss
    largest, total = own[0], ZERO
    for k in range(1, n):
        largest = own[k] if own[k] > largest else largest
    loss += largest - own[following]
    for k in range(n):
        own[k] = np.exp(own[k] - largest)
        total += own[k]
    for k in range(n):
        own[k] /= total
    own[following] -= ONE
    return loss + np.log(total)
