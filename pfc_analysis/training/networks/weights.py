"""The weights of a network as plain arrays: their names, shapes and initial values.

All engines read these arrays; the optimiser updates them in place.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.memory_log import count_cues

Array = np.ndarray[Any, Any]
Weights = dict[str, Array]
"""float32 arrays by name; `weight_shapes` lists them."""

READOUT_SCALE = 0.1
"""Readout weights start at a tenth of the usual size, so that the first policy is near uniform."""

INPUT_BOUND = 3.0
"""Input weights start uniform within plus and minus this, so that gates saturate from the start.

In the two-step task the agent must learn a product of second state and reward. With the usual
bound, 1 / sqrt(n_units), gates are close to linear. They then give no gradient towards a product,
and agents stay at chance for long. Steps until the reward per trial passed 0.55: 3 to more than 7
million with the bound 1 / sqrt(48) (nine runs that differ in learning rate and forget bias), 1.6 to
4.3 million with 1 (eight seeds), 0.33 to 0.53 million with 3 (the eight seeds that are shipped)."""


class Sizes(NamedTuple):
    """Sizes of a network.

    Attributes
    ----------
    observations, cues, actions : int
        Number of observation codes, of graded inputs, and of actions.
    units : int
        Number of units of each LSTM.
    rpe_input : bool
        Whether there are two LSTMs: one for the policy, which reads prediction errors, and one for
        the value (`feedback.Feedback`).
    memory : bool
        Whether there is a reinstatement gate (`episodic_network.EpisodicActorCritic`).
    habit : bool
        Whether a habit learner stands beside the network (`habit_network.HabitActorCritic`).
    """

    observations: int
    cues: int
    actions: int
    units: int
    rpe_input: bool = False
    memory: bool = False
    habit: bool = False

    @property
    def inputs(self) -> int:
        """Number of inputs: observation, cues, last action, last reward or prediction error."""
        return self.observations + self.cues + self.actions + 1


def sizes_of(
    task: Task, units: int, rpe_input: bool = False, memory: bool = False, habit: bool = False
) -> Sizes:
    """Return the sizes of a network that plays a task."""
    n_cues = count_cues(task)[0] if memory else len(task.cues)
    n_actions = len(task.actions)
    return Sizes(len(task.observations), n_cues, n_actions, units, rpe_input, memory, habit)


def lstm_prefixes(rpe_input: bool) -> tuple[str, ...]:
    """Return the prefix of the names of weights for each LSTM; the first computes the policy."""
    return ("", "value_") if rpe_input else ("",)


def weight_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a network's weights, by name.

    `recurrent_weight` has rows for the units, then for the inputs (observation, cues, last action,
    last reward), and columns for input gate, forget gate, output gate, reinstatement gate (only
    with a memory) and candidate. If the value has an LSTM of its own, the names of its weights
    begin with `value_`. `habit` holds the values of a habit learner, which no gradient changes.
    """
    n, n_actions = sizes.units, sizes.actions
    n_gates = (5 if sizes.memory else 4) * n
    shapes: dict[str, tuple[int, ...]] = {
        "recurrent_weight": (n + sizes.inputs, n_gates),
        "recurrent_bias": (n_gates,),
        "policy_weight": (n, n_actions),
        "policy_bias": (n_actions,),
        "value_weight": (n, 1),
        "value_bias": (1,),
        "initial_hidden": (n,),
        "initial_cell": (n,),
    }
    if sizes.rpe_input:
        own = ("recurrent_weight", "recurrent_bias", "initial_hidden", "initial_cell")
        shapes |= {f"value_{name}": shapes[name] for name in own}
    if sizes.habit:
        shapes["habit"] = (sizes.observations, n_actions)
    return shapes


def draw_weights(sizes: Sizes, rng: np.random.Generator) -> Weights:
    """Draw the initial weights of a network: uniform around 0, biases and initial states 0.

    The bounds are 1 / sqrt(units) for recurrent weights, `INPUT_BOUND` for the weights of inputs,
    and a tenth of 1 / sqrt(units) for the readouts.
    """
    n_units, shapes = sizes.units, weight_shapes(sizes)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    bound = 1.0 / math.sqrt(n_units)

    def fill(part: Array, bound: float) -> None:
        part[:] = rng.uniform(-bound, bound, part.shape)

    for prefix in lstm_prefixes(sizes.rpe_input):
        recurrent = weights[f"{prefix}recurrent_weight"]
        fill(recurrent[:n_units], bound)
        fill(recurrent[n_units:], INPUT_BOUND)
    fill(weights["policy_weight"], READOUT_SCALE * bound)
    fill(weights["value_weight"], READOUT_SCALE * bound)
    return weights
