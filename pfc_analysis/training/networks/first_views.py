"""First weights of vision, fitted to what there is to see.

Views of a task have much in common: walls, frames, an empty screen. Of weights drawn blindly most
features tell that, loudly, and what differs from view to view faintly. So every filter and feature
is shifted and scaled until, over views as a beginner meets them, it responds with mean 0 and
variance 1 before rectification (Krähenbühl et al. 2016).

References
----------
Krähenbühl P, Doersch C, Donahue J, Darrell T (2016). Data-dependent initializations of
convolutional neural networks. Int Conf Learn Representations. https://arxiv.org/abs/1511.06856
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d

from pfc_analysis.tasks.contract import Array, SessionBatch, Task
from pfc_analysis.training.networks.pixel_network import CONTRAST, GREY
from pfc_analysis.training.networks.weights import Weights

SESSIONS, VIEWS = 64, 1024
"""Sessions that are looked into, and views that are taken from them."""

LEAST = 1e-3
"""A response that varies less, such as where views are all alike, is not scaled up."""


def sample_views(task: Task, rng: np.random.Generator) -> Array:
    """Return views of a beginner, who acts at random.

    Parameters
    ----------
    task : Task
        One that shows pictures.
    rng : numpy.random.Generator
        Draws sessions, actions, and which of the views are taken.

    Returns
    -------
    ndarray of uint8, shape (picture, row, column, colour)
        `VIEWS` of them, or all where there are fewer.
    """
    batch = SessionBatch(task, task.draw_uniforms(rng, SESSIONS))
    view, seen = task.open_view(SESSIONS), []
    for _ in range(task.max_steps):
        if batch.done.all():
            break
        seen.append(view.render(batch.sessions)[~batch.done])
        batch.step(rng.integers(0, len(task.actions), SESSIONS))
    views = np.concatenate(seen)
    return views[rng.permutation(len(views))[:VIEWS]]


@torch.no_grad()
def settle_vision(weights: Weights, strides: Sequence[int], views: Array) -> None:
    """Give every filter and feature mean 0 and variance 1 over views, in place.

    Parameters
    ----------
    weights : dict
        Of a network that sees pictures (`conv_weights.pixel_weight_shapes`).
    strides : sequence of int
        Of its convolutions.
    views : ndarray of uint8, shape (picture, row, column, colour)
        What there is to see.
    """
    seen = (torch.from_numpy(views).permute(0, 3, 1, 2).float() - GREY) / CONTRAST
    for k, stride in enumerate(strides, start=1):
        weight, bias = (torch.from_numpy(weights[f"conv{k}_{part}"]) for part in ("weight", "bias"))
        seen = _settle(conv2d(seen, weight, None, stride), weight, bias)
    flat = seen.permute(0, 2, 3, 1).flatten(1)
    weight = torch.from_numpy(weights["features_weight"])
    _settle(flat @ weight, weight.T, torch.from_numpy(weights["features_bias"]))


def _settle(response: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Shift and scale the units on dimension 1 of responses, and their weights; rectify."""
    others = [dim for dim in range(response.ndim) if dim != 1]
    mean = response.mean(others)
    scale = 1.0 / response.std(others, correction=0).clamp(min=LEAST)
    weight *= scale.view(-1, *[1] * (weight.ndim - 1))
    bias.copy_(-mean * scale)
    shape = [1, -1, *[1] * (response.ndim - 2)]
    return ((response - mean.view(shape)) * scale.view(shape)).relu()
