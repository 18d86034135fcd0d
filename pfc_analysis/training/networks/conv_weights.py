"""Weights of a network that sees pictures: convolutions and features before the LSTM's own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.networks.weights import (
    INPUT_BOUND,
    Sizes,
    Weights,
    draw_weights,
    weight_shapes,
)

LEARNED_STARTS = ("initial_hidden", "initial_cell")
"""Weights that these networks lack: their LSTM starts at 0 (published for simulation 5)."""


FEATURE_BOUND = 14.0
"""Weights from n features to the LSTM start uniform within this over the root of n.

Features are many and graded; so gates vary over a few units, as they do with the codes of other
tasks (`weights.INPUT_BOUND`), and those of last action and reward keep that bound. As there, gates
close to linear leave agents at chance for long."""


class Eyes(Protocol):
    """What a recipe's `[network]` says of how pictures are seen (`recipe.NetworkRecipe`)."""

    @property
    def units(self) -> int:
        """LSTM units."""

    @property
    def feedback(self) -> str:
        """What the network reads of its last response."""

    @property
    def filters(self) -> tuple[int, ...]:
        """Filters of each convolution."""

    @property
    def kernels(self) -> tuple[int, ...]:
        """Pixels across and down a filter."""

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels from one place of a filter to the next."""

    @property
    def features(self) -> int | None:
        """Units between the last convolution and the LSTM."""


class PixelSizes(NamedTuple):
    """Sizes of a network that sees pictures.

    Attributes
    ----------
    view : tuple of int
        Rows, columns and colours of a picture.
    filters, kernels, strides : tuple of int
        Of each convolution: how many filters, pixels across and down one, and from one place to
        the next.
    features : int
        Units between the last convolution and the LSTM.
    actions, units : int
        Codes of actions; LSTM units.
    """

    view: tuple[int, int, int]
    filters: tuple[int, ...]
    kernels: tuple[int, ...]
    strides: tuple[int, ...]
    features: int
    actions: int
    units: int

    @property
    def maps(self) -> list[tuple[int, int]]:
        """Rows and columns of the picture, and of what each convolution makes of it."""
        maps = [self.view[:2]]
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            rows, columns = ((size - kernel) // stride + 1 for size in maps[-1])
            maps.append((rows, columns))
        return maps

    @property
    def flat(self) -> int:
        """Numbers that the last convolution leaves of a picture."""
        rows, columns = self.maps[-1]
        return rows * columns * self.filters[-1]

    @property
    def core(self) -> Sizes:
        """Sizes of the LSTM and its readouts; features stand in place of observations."""
        return Sizes(self.features, 0, self.actions, self.units)


def check_coded(task: Task, engine: str) -> None:
    """Raise a ValueError if a task shows pictures, to an engine that plays codes."""
    if task.view_shape is not None:
        raise ValueError(
            f"task {task.name!r} shows pictures, which the engine {engine!r} cannot play: "
            "name no engine, or 'pixels'."
        )


def check_view(task: Task) -> tuple[int, int, int]:
    """Return the shape of a task's pictures; raise a ValueError if it shows none."""
    if task.view_shape is None:
        raise ValueError(
            f"task {task.name!r} shows no pictures, which the engine 'pixels' is for: "
            "name no engine, or 'compiled'."
        )
    return task.view_shape


def check_eyes(task: Task, network: Eyes) -> None:
    """Check that a network can see what a task shows, and is told of nothing that it need not see.

    Raises
    ------
    ValueError
        If it cannot; the message says what to change in the recipe's `[network]`.
    """
    layers = {name: getattr(network, name) for name in ("filters", "kernels", "strides")}
    given = {**layers, "features": network.features}
    if task.view_shape is None:
        useless = [name for name, value in given.items() if value]
        if useless:
            raise ValueError(
                f"{', '.join(useless)}: task {task.name!r} shows no pictures; remove them"
            )
        return
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise ValueError(
            f"{', '.join(missing)}: missing, and task {task.name!r} shows pictures; add them, such "
            "as filters = [16, 24], kernels = [4, 3], strides = [2, 2], features = 96"
        )
    if len({len(layer) for layer in layers.values()}) > 1:
        found = ", ".join(f"{name} = {list(layer)}" for name, layer in layers.items())
        raise ValueError(f"{found}: expected one number a convolution in each")
    if network.feedback != "reward":
        raise ValueError(
            f"feedback = {network.feedback!r}: networks that see pictures read rewards; "
            "expected 'reward'"
        )
    for k, (rows, columns) in enumerate(_sizes(task, network).maps[1:]):
        if min(rows, columns) < 1:
            raise ValueError(
                f"kernels = {list(network.kernels)}: convolution {k + 1} is larger than what is "
                f"left of a view of {task.view_shape[0]} x {task.view_shape[1]} pixels"
            )


def pixel_sizes(task: Task, network: Eyes) -> PixelSizes:
    """Sizes of a network that plays a task with pictures.

    Raises
    ------
    ValueError
        If the network does not fit the task (`check_eyes`), or the task shows no pictures.
    """
    check_view(task)
    check_eyes(task, network)
    return _sizes(task, network)


def _sizes(task: Task, network: Eyes) -> PixelSizes:
    layers: list[Sequence[int]] = [network.filters, network.kernels, network.strides]
    filters, kernels, strides = (tuple(layer) for layer in layers)
    view, features = check_view(task), network.features or 0
    return PixelSizes(view, filters, kernels, strides, features, len(task.actions), network.units)


def pixel_weight_shapes(sizes: PixelSizes) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights of a network that sees pictures, by name.

    Parameters
    ----------
    sizes : PixelSizes
        Of the network.

    Returns
    -------
    dict
        `conv1_weight`, `conv2_weight`, ... are (filter, filter or colour before, row, column), as
        torch has them; rows of `features_weight` count the last convolution's row, column and
        filter, the last one fastest. The rest is as in `weights.weight_shapes`, where features are
        the observation, but for the state that sessions start with, which is 0.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    before = sizes.view[2]
    for k, (n, kernel) in enumerate(zip(sizes.filters, sizes.kernels, strict=True), start=1):
        shapes[f"conv{k}_weight"] = (n, before, kernel, kernel)
        shapes[f"conv{k}_bias"] = (n,)
        before = n
    shapes["features_weight"] = (sizes.flat, sizes.features)
    shapes["features_bias"] = (sizes.features,)
    core = weight_shapes(sizes.core)
    return shapes | {name: shape for name, shape in core.items() if name not in LEARNED_STARTS}


def vision_weights(names: Iterable[str]) -> list[str]:
    """Those names of weights that belong to convolutions and features."""
    return [name for name in names if name.startswith(("conv", "features_"))]


def draw_pixel_weights(sizes: PixelSizes, rng: np.random.Generator) -> Weights:
    """Draw the weights that training begins with.

    Parameters
    ----------
    sizes : PixelSizes
        Of the network.
    rng : numpy.random.Generator
        Source of the weights: convolutions and features uniform with variance 2 / n, where n is
        how many numbers each sums, which keeps the size of signals through rectified units (He et
        al. 2015); the rest as in `weights.draw_weights`, but those from features to the LSTM within
        `FEATURE_BOUND` / sqrt(features).

    Returns
    -------
    dict
        The weights.

    References
    ----------
    He K, Zhang X, Ren S, Sun J (2015). Delving deep into rectifiers. Proc IEEE Int Conf Comput Vis,
    1026-1034. https://doi.org/10.1109/ICCV.2015.123
    """
    weights: Weights = {}
    for name, shape in pixel_weight_shapes(sizes).items():
        weights[name] = np.zeros(shape, np.float32)
        if name.startswith("conv") and name.endswith("weight"):
            _fill(weights[name], math.prod(shape[1:]), rng)
    _fill(weights["features_weight"], sizes.flat, rng)
    core = draw_weights(sizes.core, rng)
    seen = core["recurrent_weight"][sizes.units : sizes.units + sizes.features]
    seen *= FEATURE_BOUND / (INPUT_BOUND * math.sqrt(sizes.features))
    return {name: core.get(name, weight) for name, weight in weights.items()}


def _fill(weight: Array, n: int, rng: np.random.Generator) -> None:
    bound = math.sqrt(6.0 / n)
    weight[:] = rng.uniform(-bound, bound, weight.shape)
