"""RMSprop and gradient clipping on plain arrays, with the same arithmetic as torch."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from pfc_analysis.training.engine.kernels import rmsprop_step
from pfc_analysis.training.networks.weights import Weights


class RMSprop:
    r"""RMSprop: gradient descent with steps divided by the running size of each gradient.

    .. math::
        v \leftarrow \alpha v + (1 - \alpha) g^2, \qquad
        w \leftarrow w - \eta \, g / (\sqrt{v} + \epsilon)

    Parameters
    ----------
    weights : dict
        The weights, arrays by name; updated in place.
    decay, epsilon : float
        alpha and epsilon.
    mean_square : dict, optional
        Initial v, arrays by name of weight; 0 by default.
    shares : dict, optional
        Factors of the learning rate eta, by name of weight; 1 for weights not named.
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
        """Update the weights, given their gradients (arrays by name) and the learning rate eta."""
        for name, weight in self.weights.items():
            state, gradient = self.mean_square[name], gradients[name]
            own = np.float32(rate * self.shares.get(name, 1.0))
            rmsprop_step(weight, state, gradient, self.decay, self.epsilon, own)


def clip_gradients(gradients: Weights, largest: float) -> float:
    """Scale gradients down, in place, if their norm is larger than a limit.

    Parameters
    ----------
    gradients : dict
        Gradients, arrays by name of weight.
    largest : float
        Largest norm allowed, of all gradients together.

    Returns
    -------
    float
        The norm before clipping.
    """
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))
    if norm > largest:
        for gradient in gradients.values():
            gradient *= largest / norm
    return norm
