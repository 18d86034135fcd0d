"""Contenders: the upper limit, that is how fast this machine multiplies matrices.

The rate is expressed in agent steps. A step has three products with the (units + inputs) x 4 units
weights: forward, for the gradient by the hidden state (units only), and for that by the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from contenders.engine import steady_recipe

SESSIONS = 64
PIECE = 2e9
"""Floating-point operations in one piece of work, which takes tens of milliseconds."""


def multiply(library: str, size: int) -> Callable[[], float]:
    """Return a function that multiplies square matrices and returns the equivalent agent steps.

    Parameters
    ----------
    library : {"numpy", "torch"}
        The library that multiplies.
    size : int
        Number of rows and of columns.
    """
    once = product(library, size, size, size)
    repeats = max(1, round(PIECE / (2 * size**3)))
    equivalent = repeats * 2 * size**3 / operations_per_step()

    def work() -> float:
        for _ in range(repeats):
            once()
        return equivalent

    return work


def multiply_as_a_step(library: str) -> Callable[[], float]:
    """Return a function that does only the products of one update and returns its steps.

    Parameters
    ----------
    library : {"numpy", "torch"}
        The library that multiplies.
    """
    n_units, n_inputs, n_steps = _sizes()
    joined, gates = n_units + n_inputs, 4 * n_units
    forward = product(library, SESSIONS, joined, gates)
    backward = product(library, SESSIONS, gates, n_units)
    by_weight = product(library, joined, SESSIONS * n_steps, gates)

    def work() -> float:
        for _ in range(n_steps):
            forward()
            backward()
        by_weight()
        return float(SESSIONS * n_steps)

    return work


def operations_per_step() -> float:
    """Return the number of floating-point operations in the products of an agent step."""
    n_units, n_inputs, _ = _sizes()
    forward = weights = 2 * (n_units + n_inputs) * 4 * n_units
    data = 2 * n_units * 4 * n_units
    return float(forward + data + weights)


def product(library: str, rows: int, inner: int, columns: int) -> Callable[[], Any]:
    """Return a function that multiplies (rows, inner) by (inner, columns) into reused memory."""
    rng = np.random.default_rng(0)
    left = rng.random((rows, inner), dtype=np.float32)
    right = rng.random((inner, columns), dtype=np.float32)
    if library == "numpy":
        out = np.empty((rows, columns), np.float32)
        return lambda: np.matmul(left, right, out=out)
    import torch

    torch.set_num_threads(1)
    first, second = torch.from_numpy(left), torch.from_numpy(right)
    filled = torch.empty(rows, columns)
    return lambda: torch.mm(first, second, out=filled)


def _sizes() -> tuple[int, int, int]:
    """Return units, inputs and steps per session of the recipe that all contenders use."""
    recipe = steady_recipe(SESSIONS)
    task = recipe.training_task()
    n_inputs = len(task.observations) + len(task.actions) + 1
    return recipe.network.units, n_inputs, task.max_steps
