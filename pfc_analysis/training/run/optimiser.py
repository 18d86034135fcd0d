"""RMSprop and clipping of gradients, on plain arrays; the arithmetic is torch's."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from pfc_analysis.training.engine.kernels import descend
from pfc_analysis.training.networks.weights import Weights


class RMSprop:
    r"""Gradient descent with steps scaled by the running size of each gradient.

    .. math::
        v \leftarrow \alpha v + (1 - \alpha) g^2, \qquad
        w \leftarrow w - \eta \, g / (\sqrt{v} + \epsilon)

    Parameters
    ----------
    weights : dict
        Arrays by name; updated in place.
    decay, epsilon : float
        alpha and epsilon.
    mean_square : dict, optional
        v to go on from, an array a weight; 0 where not given.
    shares : dict, optional
        Factor of the rate eta for some weights, by name; 1 for all others.
    """

    def __init__(
        self,
        weights: Weights,
        decay: float,
        epsilon: float,
        mean_square: Weights | None = None,
        shares: Mapping[str, float] | None = None,
    ) -> None:
        self.weights = weights
        self.shares = shares or {}
        self.decay, self.epsilon = np.float32(decay), np.float32(epsilon)
        self.mean_square = mean_square or {
            name: np.zeros_like(weight) for name, weight in weights.items()
        }

    def step(self, gradients: Weights, rate: float) -> None:
        """Update the weights; `gradients` holds an array a weight, `rate` is eta."""
        for name, weight in self.weights.items():
            state, gradient = self.mean_square[name], gradients[name]
            own = np.float32(rate * self.shares.get(name, 1.0))
            descend(weight, state, gradient, self.decay, self.epsilon, own)


def clip_gradients(gradients: Weights, largest: float) -> float:
    """Scale gradients down, in place, to a norm where theirs is larger.

    Parameters
    ----------
    gradients : dict
        Arrays by name.
    largest : float
        Largest norm of all of them together.

    Returns
    -------
    float
        The norm before.
    """
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))
    if norm > largest:
        for gradient in gradients.values():
            gradient *= largest / norm
    return norm
