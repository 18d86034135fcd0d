"""Weights of the network as plain arrays: what is trained, saved and recorded with.

The compiled engine and torch's reference both work on these arrays, in place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Weights = dict[str, Array]
"""float32 arrays by name; `weight_shapes` lists them."""

READOUT_SCALE = 0.1
"""Readouts start at a tenth of the usual size, so that the first policy is close to uniform."""

INPUT_BOUND = 3.0
"""Input weights start uniform within this, so that gates open and close from the start.

In the two-step task the agent must learn a product of second state and reward. Gates close to
linear, as the usual 1 / sqrt(n_units) leaves them, give no gradient towards a product, and agents
stay at chance for long. Steps until reward a trial passed 0.55: 3 to more than 7 million at
1 / sqrt(48) (nine runs, learning rates and forget biases differing), 1.6 to 4.3 million at 1 (eight
seeds), 0.33 to 0.53 million at 3 (the eight seeds that are shipped)."""


def weight_shapes(n_observations: int, n_actions: int, n_units: int) -> dict[str, tuple[int, ...]]:
    """Shapes of a network's weights, by name.

    Parameters
    ----------
    n_observations, n_actions : int
        Sizes of the one-hot codes.
    n_units : int
        LSTM units.

    Returns
    -------
    dict
        `recurrent_weight` has rows for the units, then for the inputs (observation, last action,
        last reward), and columns for input gate, forget gate, output gate and candidate.
    """
    n_inputs = n_observations + n_actions + 1
    return {
        "recurrent_weight": (n_units + n_inputs, 4 * n_units),
        "recurrent_bias": (4 * n_units,),
        "policy_weight": (n_units, n_actions),
        "policy_bias": (n_actions,),
        "value_weight": (n_units, 1),
        "value_bias": (1,),
        "initial_hidden": (n_units,),
        "initial_cell": (n_units,),
    }


def draw_weights(
    n_observations: int, n_actions: int, n_units: int, rng: np.random.Generator
) -> Weights:
    """Draw the weights that training begins with.

    Parameters
    ----------
    n_observations, n_actions, n_units : int
        As for `weight_shapes`.
    rng : numpy.random.Generator
        Source of the weights: uniform, recurrent ones within 1 / sqrt(n_units), those of the inputs
        within `INPUT_BOUND`, readouts within a tenth of 1 / sqrt(n_units); the rest is 0.

    Returns
    -------
    dict
        The weights.
    """
    shapes = weight_shapes(n_observations, n_actions, n_units)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    bound = 1.0 / math.sqrt(n_units)

    def fill(part: Array, bound: float) -> None:
        part[:] = rng.uniform(-bound, bound, part.shape)

    fill(weights["recurrent_weight"][:n_units], bound)
    fill(weights["recurrent_weight"][n_units:], INPUT_BOUND)
    fill(weights["policy_weight"], READOUT_SCALE * bound)
    fill(weights["value_weight"], READOUT_SCALE * bound)
    return weights
