"""Names and shapes of a network's weights, and their random values before training."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from pfc_analysis.fitting.networks.compiled.cells import GRU, LSTM, Vanilla
from pfc_analysis.fitting.networks.network_settings import Cell

Array = npt.NDArray[Any]

CELLS: dict[Cell, Any] = {"gru": GRU, "lstm": LSTM, "vanilla": Vanilla}
"""Type of the weights of each kind of cell, in compiled code."""

N_GATES: dict[Cell, int] = {"gru": 3, "lstm": 4, "vanilla": 1}
"""Weighted sums of each unit. GRU: candidate, reset, update; LSTM: input, forget, output,
candidate."""

BIASES = ("recurrent_bias", "readout_bias")
"""Weights that are not penalised."""


def list_shapes(cell: Cell, units: int, n_kinds: int, n_arms: int) -> dict[str, tuple[int, ...]]:
    """List the shapes of a network's weights, by name; see `cells.GRU` for their meaning."""
    rows = N_GATES[cell] * units
    return {
        "input": (n_kinds, rows),
        "input_by_reward": (n_kinds, rows),
        "recurrent": (rows, units),
        "recurrent_bias": (units if cell == "gru" else 0,),
        "readout": (n_arms - 1, units),
        "readout_bias": (n_arms - 1,),
    }


def count_weights(shapes: dict[str, tuple[int, ...]]) -> int:
    """Count the numbers in weights of given shapes."""
    return sum(prod(shape) for shape in shapes.values())


def draw_weights(
    shapes: dict[str, tuple[int, ...]], units: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Draw weights, uniform from -1/sqrt(units) to 1/sqrt(units) as torch does.

    The biases of the preferences are 0: no arm is preferred before training.
    """
    bound = 1 / np.sqrt(units)
    drawn = {name: rng.uniform(-bound, bound, shape) for name, shape in shapes.items()}
    drawn["readout_bias"][:] = 0.0
    return drawn


def split_rows(rows: Array, cell: Cell, shapes: dict[str, tuple[int, ...]]) -> Any:
    """See one array, (weight, network), as the weights of a cell; they share its memory."""
    views, begin = {}, 0
    for name, shape in shapes.items():
        end = begin + prod(shape)
        views[name] = rows[begin:end].reshape(*shape, rows.shape[1])
        begin = end
    return CELLS[cell](**views)


def mark_penalised(shapes: dict[str, tuple[int, ...]]) -> Array:
    """Mark the rows of `split_rows` whose squares are penalised; bool array (weight,)."""
    return np.concatenate([np.full(prod(s), name not in BIASES) for name, s in shapes.items()])
