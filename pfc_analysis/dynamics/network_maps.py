"""Make maps of states from the weights of an agent's network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.dynamics.lstm_map import LSTMMap, LSTMWeights
from pfc_analysis.analysis.dynamics.state_map import StateMap
from pfc_analysis.analysis.dynamics.two_lstm_map import ErrorReader, TwoLSTMMap
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.weights import Weights, lstm_prefixes


def make_maps(weights: Weights, feedback: Feedback) -> Callable[[FloatArray], StateMap]:
    """Return what makes the map of an agent's network from the inputs of some steps.

    Parameters
    ----------
    weights : dict
        Weights of the network (`pfc_analysis.training.networks.weights.weight_shapes`).
    feedback : Feedback
        What the network reads after each response.
    """
    lstms = [_read_lstm(weights, prefix) for prefix in lstm_prefixes(feedback.is_rpe)]
    if not feedback.is_rpe:
        return lambda inputs: LSTMMap(lstms[0], inputs)
    reader = ErrorReader(
        policy=lstms[0],
        value=lstms[1],
        value_readout=weights["value_weight"][:, 0].astype(np.float64),
        value_bias=float(weights["value_bias"][0]),
        discount=feedback.discount,
        scale=feedback.scale,
    )
    return lambda inputs: TwoLSTMMap(reader, inputs)


def _read_lstm(weights: Weights, prefix: str) -> LSTMWeights:
    joined, bias = weights[f"{prefix}recurrent_weight"], weights[f"{prefix}recurrent_bias"]
    n = bias.size // 4
    return LSTMWeights(joined[n:], joined[:n], bias)


def read_log_odds(weights: Weights, feedback: Feedback, actions: tuple[int, ...]) -> FloatArray:
    """Return the weights of the outputs in the log-odds of choice 1 against choice 0, (output,)."""
    policy = weights["policy_weight"].astype(np.float64)
    readout = policy[:, actions[1]] - policy[:, actions[0]]
    return np.concatenate((readout, np.zeros_like(readout))) if feedback.is_rpe else readout
