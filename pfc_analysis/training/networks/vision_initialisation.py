"""Data-dependent initialisation of convolutions and features, before training.

The pictures of a task have much in common: walls, frames, an empty screen. With random weights,
most features respond strongly to that, and weakly to what differs between pictures. So every filter
and feature is shifted and scaled: over pictures that an agent acting at random is shown, its
response before rectification gets mean 0 and variance 1 (Krähenbühl et al. 2016).

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
from pfc_analysis.training.networks.conv_weights import CONTRAST, GREY
from pfc_analysis.training.networks.torch_threads import single_torch_thread
from pfc_analysis.training.networks.weights import Weights

SESSIONS, VIEWS = 64, 1024
"""Number of sessions played, and of pictures sampled from them."""

SMALLEST_DEVIATION = 1e-3
"""Lower bound of standard deviations, so that a response that hardly varies is not scaled up."""


def sample_views(task: Task, rng: np.random.Generator) -> Array:
    """Sample pictures that an agent acting at random is shown.

    Parameters
    ----------
    task : Task
        A task that shows pictures.
    rng : numpy.random.Generator
        Source of random numbers for the sessions, the actions, and the choice of pictures.

    Returns
    -------
    ndarray of uint8, shape (picture, row, column, colour)
        `VIEWS` pictures, or all if there are fewer.
    """
    batch = SessionBatch(task, task.draw_uniforms(rng, SESSIONS))
    view, shown = task.open_view(SESSIONS), []
    for _ in range(task.max_steps):
        if batch.done.all():
            break
        shown.append(view.render(batch.sessions)[~batch.done])
        batch.step(rng.integers(0, len(task.actions), SESSIONS))
    views = np.concatenate(shown)
    return views[rng.permutation(len(views))[:VIEWS]]


@single_torch_thread()
@torch.no_grad()
def standardise_responses(weights: Weights, strides: Sequence[int], views: Array) -> None:
    """Give the response of every filter and feature mean 0 and variance 1 over pictures, in place.

    Parameters
    ----------
    weights : dict
        Weights of a network that reads pictures (`conv_weights.pixel_weight_shapes`).
    strides : sequence of int
        Stride of each convolution.
    views : ndarray of uint8, shape (picture, row, column, colour)
        The pictures.
    """
    signal = (torch.from_numpy(views).permute(0, 3, 1, 2).float() - GREY) / CONTRAST
    for k, stride in enumerate(strides, start=1):
        weight, bias = (torch.from_numpy(weights[f"conv{k}_{part}"]) for part in ("weight", "bias"))
        signal = _standardise(conv2d(signal, weight, None, stride), weight, bias)
    flat = signal.permute(0, 2, 3, 1).flatten(1)
    weight = torch.from_numpy(weights["features_weight"])
    _standardise(flat @ weight, weight.T, torch.from_numpy(weights["features_bias"]))


def _standardise(response: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Standardise responses over all but dimension 1, adapt the weights; return them rectified."""
    others = [dim for dim in range(response.ndim) if dim != 1]
    mean = response.mean(others)
    scale = 1.0 / response.std(others, correction=0).clamp(min=SMALLEST_DEVIATION)
    weight *= scale.view(-1, *[1] * (weight.ndim - 1))
    bias.copy_(-mean * scale)
    shape = [1, -1, *[1] * (response.ndim - 2)]
    return ((response - mean.view(shape)) * scale.view(shape)).relu()
