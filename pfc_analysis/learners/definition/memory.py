"""How a learner's memory, its parameters and a trial are laid out for compiled functions.

Numbers of memory and parameters are complex. The real part is the number; the imaginary part
carries its derivative (see `likelihood`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pfc_analysis.learners.definition.learner_error import LearnerError

ARMS = -1
"""In a shape of memory: the number of arms."""

INTEGER = "integer"
"""Declares a whole number of memory, such as the last choice."""

MemoryShape = Mapping[str, Any]
"""Name of each thing remembered, and its shape (``()``, ``(ARMS,)``, ``(4, 2)``) or `INTEGER`."""

TRIAL = np.dtype(
    [
        ("choice", np.int64),
        ("second_state", np.int64),
        ("reward", np.float64),
        ("rewarded", np.int64),
        ("predicted", np.int64),
        ("learned", np.int64),
    ],
    align=True,
)
"""A trial as learners see it: `choice` 0, 1, ...; `second_state` as the choice that commonly leads
to it, -1 where the task has none; `reward`, as a share of the largest reward in size; `rewarded`, 1
if it is above 0; whether the choice is predicted, and whether the learner learns from the trial (0
or 1)."""


def memory_type(learner: str, shape: MemoryShape, n_arms: int) -> np.dtype[Any]:
    """Build the record type of a learner's memory.

    Raises
    ------
    LearnerError
        If a shape is neither `INTEGER` nor a tuple of numbers of at least 1 and `ARMS`.
    """
    if not shape:
        raise LearnerError(
            f"{learner}.memory: found none, expected a name for each thing that the learner "
            'remembers, such as memory = {"value": (ARMS,)}'
        )
    columns: list[Any] = []
    for name, one in shape.items():
        if one == INTEGER:
            columns.append((name, np.int64))
        elif isinstance(one, tuple) and all(n == ARMS or (type(n) is int and n > 0) for n in one):
            size = tuple(n_arms if n == ARMS else n for n in one)
            columns.append((name, np.complex128, size) if size else (name, np.complex128))
        else:
            raise LearnerError(
                f"{learner}.memory[{name!r}]: found {one!r}, expected INTEGER or a shape: () for a "
                "number, (ARMS,) for one of each arm, (4, ARMS) for a table"
            )
    return np.dtype(columns, align=True)


def parameter_type(names: Sequence[str]) -> np.dtype[Any]:
    """Build the record type of a learner's parameters."""
    return np.dtype([(name, np.complex128) for name in names], align=True)
