"""The weights of a network that reads pictures: convolutions, features and the LSTM's own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.weights import (
    INPUT_BOUND,
    Sizes,
    Weights,
    draw_weights,
    weight_shapes,
)

LEARNED_STARTS = ("initial_hidden", "initial_cell")
"""Weights that these networks do not have: their LSTM starts at 0, as published."""

GREY, CONTRAST = 127.5, 64.0
"""Colours, 0 to 255, are centred on grey and divided by their usual contrast. So features depend on
the contents of a picture rather than on its brightness."""

FEATURE_BOUND = 14.0
"""Weights from n features to the LSTM start uniform within plus and minus this / sqrt(n).

Features are many and graded. With this bound, the weighted inputs of gates vary by a few units, as
they do in tasks with coded observations (`weights.INPUT_BOUND`, which the weights of last action
and reward keep). Gates that are close to linear would leave agents at chance for long."""


class ConvolutionSettings(Protocol):
    """The settings of a recipe's `[network]` that decide the convolutions (`NetworkRecipe`)."""

    @property
    def units(self) -> int:
        """Number of LSTM units."""

    @property
    def feedback(self) -> str:
        """What the network reads after each response."""

    @property
    def filters(self) -> tuple[int, ...]:
        """Number of filters of each convolution."""

    @property
    def kernels(self) -> tuple[int, ...]:
        """Width and height of the filters of each convolution, in pixels."""

    @property
    def strides(self) -> tuple[int, ...]:
        """Stride of each convolution, in pixels."""

    @property
    def features(self) -> int | None:
        """Number of units between the last convolution and the LSTM."""


class PixelSizes(NamedTuple):
    """Sizes of a network that reads pictures.

    Attributes
    ----------
    view : tuple of int
        Rows, columns and colours of a picture.
    filters, kernels, strides : tuple of int
        For each convolution: number of filters, their width and height, and their stride in
        pixels.
    features : int
        Number of units between the last convolution and the LSTM.
    actions, units : int
        Number of actions, and of LSTM units.
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
        """Rows and columns of the picture, then of the output of each convolution."""
        maps = [self.view[:2]]
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            rows, columns = ((size - kernel) // stride + 1 for size in maps[-1])
            maps.append((rows, columns))
        return maps

    @property
    def flat(self) -> int:
        """Number of outputs of the last convolution."""
        rows, columns = self.maps[-1]
        return rows * columns * self.filters[-1]

    @property
    def core(self) -> Sizes:
        """Sizes of the LSTM and its readouts; its observations are the features."""
        return Sizes(self.features, 0, self.actions, self.units)


def check_coded(task: Task) -> None:
    """Raise a ValueError if a task shows pictures."""
    if task.view_shape is not None:
        raise ValueError(
            f"task {task.name!r} shows pictures, which engines for codes cannot play; use the "
            "engine that `make_engine` finds."
        )


def check_view(task: Task) -> tuple[int, int, int]:
    """Return the shape of a task's pictures; raise a ValueError if it shows none."""
    if task.view_shape is None:
        raise ValueError(
            f"task {task.name!r} shows no pictures, which engines for pictures need; use the "
            "engine that `make_engine` finds."
        )
    return task.view_shape


def check_pictures_read(
    task: Task, feedback: Feedback, weights: Weights, strides: Sequence[int]
) -> None:
    """Raise a ValueError if a network cannot read the pictures of a task, or would read RPEs."""
    view = check_view(task)
    rows, columns = view[:2]
    for k, stride in enumerate(strides, start=1):
        kernel = weights[f"conv{k}_weight"].shape[2]
        rows, columns = ((size - kernel) // stride + 1 for size in (rows, columns))
    found = rows * columns * len(weights[f"conv{len(strides)}_bias"])
    if found != len(weights["features_weight"]):
        raise ValueError(
            f"pictures of {view[0]} x {view[1]} pixels: the agent was trained "
            "on pictures of another size, and its features fit no other. Leave the setting of the "
            "task that decides it (view) as it was in training, or train an agent with the new one."
        )
    if feedback.is_rpe:
        raise ValueError(
            "feedback = 'rpe': networks with convolutions read rewards; expected 'reward'."
        )


def check_convolutions(task: Task, network: ConvolutionSettings) -> None:
    """Check that the settings of convolutions fit a task; without pictures there must be none.

    Raises
    ------
    ValueError
        If they do not fit; the message says what to change in the recipe's `[network]`.
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
        raise ValueError(f"{found}: expected one number per convolution in each")
    if network.feedback != "reward":
        raise ValueError(
            f"feedback = {network.feedback!r}: networks with convolutions read rewards; "
            "expected 'reward'"
        )
    for k, (rows, columns) in enumerate(_sizes(task, network).maps[1:]):
        if min(rows, columns) < 1:
            raise ValueError(
                f"kernels = {list(network.kernels)}: convolution {k + 1} is larger than its input, "
                f"given pictures of {task.view_shape[0]} x {task.view_shape[1]} pixels; "
                "use smaller kernels or strides"
            )


def pixel_sizes(task: Task, network: ConvolutionSettings) -> PixelSizes:
    """Return the sizes of a network that plays a task with pictures.

    Raises
    ------
    ValueError
        If the network does not fit the task (`check_convolutions`), or the task shows no pictures.
    """
    check_view(task)
    check_convolutions(task, network)
    return _sizes(task, network)


def _sizes(task: Task, network: ConvolutionSettings) -> PixelSizes:
    layers: list[Sequence[int]] = [network.filters, network.kernels, network.strides]
    filters, kernels, strides = (tuple(layer) for layer in layers)
    view, features = check_view(task), network.features or 0
    return PixelSizes(view, filters, kernels, strides, features, len(task.actions), network.units)


def pixel_weight_shapes(sizes: PixelSizes) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of a network that reads pictures, by name.

    `conv1_weight`, `conv2_weight`, ... have torch's order: (filter, input channel, row, column).
    The rows of `features_weight` run over row, column and filter of the last convolution; the
    filter changes fastest. The others are as in `weights.weight_shapes`, with features as
    observations; but there are no weights for the initial state, which is 0.
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
    """Return those of the names that belong to weights of convolutions and features."""
    return [name for name in names if name.startswith(("conv", "features_"))]


def draw_pixel_weights(sizes: PixelSizes, rng: np.random.Generator) -> Weights:
    """Draw the initial weights of a network that reads pictures; biases are 0.

    Weights of convolutions and features are uniform with variance 2 / n, where n is the number of
    inputs of a unit; this keeps the size of signals through rectified units (He et al. 2015). The
    bound of weights from features to the LSTM is `FEATURE_BOUND` / sqrt(features). The others are
    as in `weights.draw_weights`.

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
    from_features = core["recurrent_weight"][sizes.units : sizes.units + sizes.features]
    from_features *= FEATURE_BOUND / (INPUT_BOUND * math.sqrt(sizes.features))
    return {name: core.get(name, weight) for name, weight in weights.items()}


def _fill(weight: Array, n: int, rng: np.random.Generator) -> None:
    bound = math.sqrt(6.0 / n)
    weight[:] = rng.uniform(-bound, bound, weight.shape)
