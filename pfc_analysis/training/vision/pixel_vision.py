"""Convolutions and features of pictures in compiled code, and their gradient.

Convolutions are products of matrices: of patches by filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import CONTRAST, GREY
from pfc_analysis.training.vision.patch_kernels import (
    centre_colours,
    cut_patches,
    pass_active,
    paste_patches,
    rectify,
)

CHUNK_BYTES = 1 << 20
"""Memory of the patches of the pictures that are worked on at once, so that they stay in cache."""


@dataclass(frozen=True)
class Layer:
    """A convolution.

    Attributes
    ----------
    name : str
        `conv1`, `conv2`, ...
    filters : float32 ndarray, shape (kernel * kernel * channel, filter)
        Weights; row, column and channel of a patch, the channel changes fastest.
    bias : float32 ndarray, shape (filter,)
        Bias of each filter.
    kernel, stride : int
        Width and height of a patch; distance between patches, in pixels of the layer's input.
    scale : float32
        Factor that `filters` contain: 1 / CONTRAST in the first layer, 1 in others.
    """

    name: str
    filters: Array
    bias: Array
    kernel: int
    stride: int
    scale: np.float32

    def add_gradient(self, patches: Array, d_rows: Array, gradients: Weights) -> None:
        """Add the gradient by the weights, given that by the responses, (patch, filter)."""
        d_filters = patches.reshape(len(d_rows), -1).T @ d_rows
        target = gradients[f"{self.name}_weight"]
        n, channels, kernel, _ = target.shape
        by_filter = d_filters.reshape(kernel, kernel, channels, n).transpose(3, 2, 0, 1)
        target += self.scale * by_filter


class PixelVision:
    """The convolutions and features of `PixelActorCritic`, in single precision on the CPU.

    Parameters
    ----------
    weights : dict
        Weights of the network, by name; they are copied.
    strides : sequence of int
        Stride of each convolution, in pixels.

    Attributes
    ----------
    n_features : int
        Number of features.
    """

    def __init__(self, weights: Weights, strides: Sequence[int]) -> None:
        self._layers = [_read_layer(weights, k, s) for k, s in enumerate(strides, start=1)]
        self._weight = np.array(weights["features_weight"], np.float32)
        self._bias = np.array(weights["features_bias"], np.float32)
        self._back = np.ascontiguousarray(self._weight.T)
        self.n_features = len(self._bias)

    def map_shapes(self, view: tuple[int, int, int]) -> list[tuple[int, int, int]]:
        """Return rows, columns and filters of the output of each convolution of a picture."""
        shapes, (rows, columns) = [], view[:2]
        for layer in self._layers:
            rows, columns = ((n - layer.kernel) // layer.stride + 1 for n in (rows, columns))
            shapes.append((rows, columns, len(layer.bias)))
        return shapes

    def extract_features(self, views: Array) -> Array:
        """Compute the features of pictures.

        Parameters
        ----------
        views : ndarray of uint8, shape (picture, row, column, colour)
            The pictures, 0 to 255.

        Returns
        -------
        ndarray of float32, shape (picture, feature)
        """
        features = np.empty((len(views), self.n_features), np.float32)
        shapes = self.map_shapes(views.shape[1:])
        self.see(views, [np.empty((len(views), *s), np.float32) for s in shapes], features)
        return features

    def see(self, views: Array, maps: Sequence[Array], features: Array) -> None:
        """Compute the output of all convolutions, and the features.

        Parameters
        ----------
        views : ndarray of uint8, shape (picture, row, column, colour)
            The pictures, 0 to 255.
        maps : sequence of float32 ndarray, shape (picture, row, column, filter)
            Filled with the output of each convolution (`map_shapes`).
        features : ndarray of float32, shape (picture, feature)
            Filled with the features.
        """
        for part in self._chunks(views):
            seen = _centre(views[part])
            for layer, filled in zip(self._layers, maps, strict=True):
                patches = cut_into_patches(seen, layer.kernel, layer.stride)
                seen = filled[part]
                rows = seen.reshape(-1, len(layer.bias))
                np.matmul(patches.reshape(-1, len(layer.filters)), layer.filters, out=rows)
                rectify(rows, layer.bias)
            np.matmul(seen.reshape(len(seen), -1), self._weight, out=features[part])
        rectify(features, self._bias)

    def add_gradients(
        self,
        views: Array,
        maps: Sequence[Array],
        features: Array,
        d_features: Array,
        gradients: Weights,
    ) -> None:
        """Add the gradient by the weights of convolutions and features.

        Parameters
        ----------
        views, maps, features : ndarrays
            As `see` got and filled them.
        d_features : ndarray of float32, shape (picture, feature)
            The gradient by the features; it is changed.
        gradients : dict
            Arrays by name of weight; those of convolutions and features are added to.
        """
        pass_active(features, d_features, gradients["features_bias"])
        flat = maps[-1].reshape(len(views), -1)
        gradients["features_weight"] += flat.T @ d_features
        for part in self._chunks(views):
            seen = [_centre(views[part]), *(each[part] for each in maps)]
            d_maps = (d_features[part] @ self._back).reshape(seen[-1].shape)
            self._backpropagate(seen, d_maps, gradients)

    def _backpropagate(self, seen: list[Array], d_maps: Array, gradients: Weights) -> None:
        """Backpropagate from the output of the last convolution to the weights of all of them."""
        for k in reversed(range(len(self._layers))):
            layer, maps = self._layers[k], seen[k + 1]
            d_rows = d_maps.reshape(-1, maps.shape[-1])
            pass_active(maps.reshape(d_rows.shape), d_rows, gradients[f"{layer.name}_bias"])
            patches = cut_into_patches(seen[k], layer.kernel, layer.stride)
            layer.add_gradient(patches, d_rows, gradients)
            if k:
                d_patches = (d_rows @ layer.filters.T).reshape(patches.shape)
                d_maps = np.zeros_like(seen[k])
                paste_patches(d_patches, layer.kernel, layer.stride, d_maps)

    def _chunks(self, views: Array) -> Iterator[slice]:
        """Cut pictures into parts whose patches stay in cache."""
        first = self._layers[0]
        rows, columns = ((size - first.kernel) // first.stride + 1 for size in views.shape[1:3])
        size = max(1, CHUNK_BYTES // (4 * rows * columns * len(first.filters)))
        for start in range(0, len(views), size):
            yield slice(start, start + size)


def _read_layer(weights: Weights, k: int, stride: int) -> Layer:
    """Read the weights of convolution k, counted from 1."""
    filters = np.asarray(weights[f"conv{k}_weight"], np.float32)
    scale = np.float32(1.0 / CONTRAST if k == 1 else 1.0)
    bias, by_patch = np.array(weights[f"conv{k}_bias"], np.float32), filters_by_patch(filters)
    return Layer(f"conv{k}", scale * by_patch, bias, filters.shape[2], stride, scale)


def filters_by_patch(filters: Array) -> Array:
    """Return filters, (filter, channel, row, column), as (row * column * channel, filter)."""
    return np.ascontiguousarray(filters.transpose(2, 3, 1, 0).reshape(-1, len(filters)))


def cut_into_patches(maps: Array, kernel: int, stride: int) -> Array:
    """Cut maps, (picture, row, column, channel), into patches, (picture, row, column, value)."""
    rows, columns = ((size - kernel) // stride + 1 for size in maps.shape[1:3])
    patches = np.empty((len(maps), rows, columns, kernel * kernel * maps.shape[3]), np.float32)
    cut_patches(maps, kernel, stride, patches)
    return patches


def _centre(views: Array) -> Array:
    maps = np.empty(views.shape, np.float32)
    centre_colours(np.ascontiguousarray(views), np.float32(GREY), maps)
    return maps
