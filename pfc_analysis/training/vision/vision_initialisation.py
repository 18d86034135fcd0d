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

from pfc_analysis.tasks.contract import Array, SessionBatch, Task
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import CONTRAST, GREY
from pfc_analysis.training.vision.pixel_vision import cut_into_patches, filters_by_patch

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
    maps = (views.astype(np.float32) - np.float32(GREY)) / np.float32(CONTRAST)
    for k, stride in enumerate(strides, start=1):
        weight, bias = (weights[f"conv{k}_{part}"] for part in ("weight", "bias"))
        by_patch = filters_by_patch(weight)
        kernel = weight.shape[2]
        patches = cut_into_patches(maps, kernel, stride)
        response = patches.reshape(-1, len(by_patch)) @ by_patch
        seen = _standardise(response, weight.reshape(len(bias), -1), bias)
        maps = seen.reshape(*patches.shape[:3], -1)
    flat = maps.reshape(len(maps), -1)
    weight = weights["features_weight"]
    _standardise(flat @ weight, weight.T, weights["features_bias"])


def _standardise(response: Array, weight: Array, bias: Array) -> Array:
    """Standardise responses, (row, filter), and adapt the weights; return them rectified.

    `weight` has a row for each filter, and is, like `bias`, changed in place.
    """
    mean, deviation = (f(response, axis=0, dtype=np.float64) for f in (np.mean, np.std))
    scale = 1.0 / np.maximum(deviation, SMALLEST_DEVIATION)
    weight *= scale[:, None]
    bias[:] = -mean * scale
    standard = (response - mean) * scale
    return np.maximum(standard, 0.0).astype(np.float32)
