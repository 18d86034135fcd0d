"""The weights of a predictive network: their names, shapes and initial values.

The recurrent network ("frontal cortex") has the weights of an LSTM and a readout that predicts; the
actor-critic ("basal ganglia") reads the units and the observation.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.networks.weights import (
    READOUT_SCALE,
    Sizes,
    Weights,
    draw_weights,
    weight_shapes,
)


class ArchitectureSettings(Protocol):
    """The settings of a recipe's network that a predictive network depends on."""

    @property
    def architecture(self) -> str | None:
        """Kind of network."""

    @property
    def feedback(self) -> str:
        """What the network reads after each response."""

    @property
    def has_memory(self) -> bool:
        """Whether it has an episodic memory."""


def is_predictive(weights: Weights) -> bool:
    """Return whether weights are those of a predictive network."""
    return "prediction_weight" in weights


def actor_critic_weights(weights: Weights) -> list[str]:
    """Return the names of the weights of a predictive network that reward's errors train."""
    if not is_predictive(weights):
        return []
    return [name for name in weights if name.startswith(("policy_", "value_"))]


def predictive_weight_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of a predictive network, by name.

    Parameters
    ----------
    sizes : Sizes
        Its sizes.

    Returns
    -------
    dict
        Those of `weights.weight_shapes`, and `prediction_weight` (unit, action * (observation + 1))
        and `prediction_bias`: for each action, the logits of the next observation and the reward,
        predicted if that action is taken; and `policy_observation_weight` (observation, action) and
        `value_observation_weight` (observation, 1), from the observation to policy and value.
    """
    n_predicted = sizes.actions * (sizes.observations + 1)
    return weight_shapes(sizes) | {
        "prediction_weight": (sizes.units, n_predicted),
        "prediction_bias": (n_predicted,),
        "policy_observation_weight": (sizes.observations, sizes.actions),
        "value_observation_weight": (sizes.observations, 1),
    }


def draw_predictive_weights(sizes: Sizes, rng: np.random.Generator) -> Weights:
    """Draw initial weights as `weights.draw_weights`; those to predictions are as small as others.

    Weights from the observation to policy and value are 0 at first.
    """
    weights, shapes = draw_weights(sizes, rng), predictive_weight_shapes(sizes)
    weights |= {name: np.zeros(shapes[name], np.float32) for name in shapes.keys() - weights}
    bound = READOUT_SCALE / math.sqrt(sizes.units)
    prediction = weights["prediction_weight"]
    prediction[:] = rng.uniform(-bound, bound, prediction.shape)
    return {name: weights[name] for name in shapes}


def check_predictable(task: Task) -> None:
    """Raise a ValueError if a task shows something else than codes, which cannot be predicted."""
    if task.view_shape is None and not task.cues:
        return
    shown = "pictures" if task.view_shape is not None else f"graded cues {list(task.cues)}"
    raise ValueError(
        f"architecture: a predictive network predicts which code it sees next, but the task "
        f"{task.name!r} shows {shown}. Remove architecture, or choose a task with codes only"
    )


def check_architecture(task: Task, network: ArchitectureSettings) -> None:
    """Raise a ValueError if a recipe asks for a predictive network that cannot be made."""
    if network.architecture is None:
        return
    check_predictable(task)
    if network.has_memory:
        raise ValueError(
            "architecture = 'predictive' with memory = 'episodic': a predictive network has no "
            "memory; remove one of the two"
        )
    if network.feedback != "reward":
        raise ValueError(
            f"feedback = {network.feedback!r}: a predictive network predicts rewards, which it "
            "observes; expected 'reward'"
        )
