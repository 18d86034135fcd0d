"""Compute the features of pictures in compiled code: convolutions as products of matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.networks.conv_weights import CONTRAST, GREY
from pfc_analysis.training.networks.pixel_kernels import cut_patches, rectify
from pfc_analysis.training.networks.weights import Weights


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
        self._layers: list[tuple[Array, Array, int, int]] = []
        for k, stride in enumerate(strides, start=1):
            filters = np.asarray(weights[f"conv{k}_weight"], np.float32)
            n, channels, kernel, _ = filters.shape
            scale = np.float32(1.0 / CONTRAST if k == 1 else 1.0)
            by_patch = filters.transpose(2, 3, 1, 0).reshape(kernel * kernel * channels, n)
            bias = np.array(weights[f"conv{k}_bias"], np.float32)
            self._layers.append((np.ascontiguousarray(scale * by_patch), bias, kernel, stride))
        self._weight = np.array(weights["features_weight"], np.float32)
        self._bias = np.array(weights["features_bias"], np.float32)
        self.n_features = len(self._bias)

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
        seen, centre = views, np.float32(GREY)
        for filters, bias, kernel, stride in self._layers:
            rows, columns = ((size - kernel) // stride + 1 for size in seen.shape[1:3])
            patches = np.empty((len(views), rows, columns, len(filters)), np.float32)
            cut_patches(seen, kernel, stride, centre, patches)
            flat = patches.reshape(-1, len(filters)) @ filters
            rectify(flat, bias)
            seen, centre = flat.reshape(len(views), rows, columns, -1), np.float32(0.0)
        features = seen.reshape(len(views), -1) @ self._weight
        rectify(features, self._bias)
        return features
