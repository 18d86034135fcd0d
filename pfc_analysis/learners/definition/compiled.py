"""Compile the three functions of a learner, once for each class and number of arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core.errors import NumbaError

from pfc_analysis.call_by_address import address_of
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.memory import TRIAL, memory_type, parameter_type

PACKAGE = "pfc_analysis"
"""Learners from elsewhere are compiled with checks of their indices."""

PREFERENCE = types.Array(types.complex128, 1, "C")

FUNCTIONS = {
    "start": "start(memory, p)",
    "prefer": "prefer(memory, p, preference)",
    "update": "update(memory, p, trial)",
}
"""The functions of a learner, and how they are called."""

OPTIONAL = {
    "expect": "expect(memory, p, value)",
    "surprise": "surprise(memory, p, trial, error)",
}
"""Functions that a learner may have, and that fits do not need."""


@dataclass(frozen=True)
class CompiledLearner:
    """Machine code of a learner for one number of arms.

    Attributes
    ----------
    memory, parameters : numpy record types
        Layout of the learner's memory and parameters.
    n_arms : int
        Number of arms.
    start, prefer, update : int
        Addresses of the functions in memory.
    functions : tuple
        The compiled functions, which must be kept while the addresses are used.
    """

    memory: np.dtype[Any]
    parameters: np.dtype[Any]
    n_arms: int
    start: int
    prefer: int
    update: int
    functions: tuple[Any, ...]


_compiled: dict[tuple[Any, int], CompiledLearner] = {}


def compile_learner(learner: type[Any], n_arms: int) -> CompiledLearner:
    """Compile a learner's functions, or find them in numba's cache.

    Parameters
    ----------
    learner : type
        Class of the learner.
    n_arms : int
        Number of arms.

    Raises
    ------
    LearnerError
        If a function is missing or numba cannot compile it (the message names the function), or if
        there are more arms than the learner can choose between.
    """
    if learner.two_arms_only and n_arms != 2:
        raise LearnerError(
            f"{learner.__name__}: found {n_arms} arms, expected 2, because it learns which of two "
            "arms is better. Leave it out of the fit, or choose learners without two_arms_only"
        )
    known = _compiled.get((learner, n_arms))
    if known is not None:
        return known
    memory = memory_type(learner.__name__, learner.memory, n_arms)
    parameters = parameter_type(learner.parameter_names())
    found = {name: _compile(learner, name, memory, parameters) for name in FUNCTIONS}
    made = CompiledLearner(
        memory=memory,
        parameters=parameters,
        n_arms=n_arms,
        functions=tuple(function for function, _ in found.values()),
        **{name: address for name, (_, address) in found.items()},
    )
    _compiled[learner, n_arms] = made
    return made


_optional: dict[tuple[Any, int, str], tuple[Any, int]] = {}


def compile_optional(learner: type[Any], name: str, made: CompiledLearner) -> int:
    """Compile one of the functions that a learner may have, "expect" or "surprise".

    Parameters
    ----------
    learner : type
        Class of the learner.
    name : str
        The function.
    made : CompiledLearner
        What `compile_learner` made of the class.

    Returns
    -------
    int
        The function's address in memory. The function is kept as long as Python runs.

    Raises
    ------
    LearnerError
        If the learner has no such function, or numba cannot compile it.
    """
    key = (learner, made.n_arms, name)
    if key not in _optional:
        _optional[key] = _compile(learner, name, made.memory, made.parameters)
    return _optional[key][1]


def _compile(
    learner: type[Any], name: str, memory: np.dtype[Any], parameters: np.dtype[Any]
) -> tuple[Any, int]:
    expected = (FUNCTIONS | OPTIONAL)[name]
    written = getattr(learner, name, None)
    if written is None:
        raise LearnerError(
            f"{learner.__name__}: found no function {name!r}, expected a static method {expected}"
        )
    remembered, values, trial = (from_dtype(one) for one in (memory, parameters, TRIAL))
    further = {"start": (), "update": (trial,), "surprise": (trial, PREFERENCE)}
    signature = types.none(remembered, values, *further.get(name, (PREFERENCE,)))
    try:
        function = _decorate(written)
        return function, address_of(function, signature)
    except KeyError as error:  # how numba reports a record without a field of that name
        raise LearnerError(
            f"{learner.__name__}.{name} cannot be compiled: it uses {error}, which is neither in "
            f"memory ({', '.join(learner.memory)}), nor in p "
            f"({', '.join(learner.parameter_names())}), nor in trial "
            f"({', '.join(TRIAL.names or ())})"
        ) from error
    except (NumbaError, TypeError, NotImplementedError) as error:
        raise LearnerError(
            f"{learner.__name__}.{name} cannot be compiled. Expected {expected}, a static "
            "method of arithmetic on numbers and arrays, in which comparisons are made on real "
            f"parts (x.real > 0), without min and max. numba says:\n{error}"
        ) from error


def _decorate(function: Any) -> Any:
    """Decorate for numba; what is written at a prompt has no file to keep machine code beside."""
    options: dict[str, Any] = {
        "error_model": "numpy",
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        # a wrong index in a learner of one's own is an error, not a write to other memory
        "boundscheck": not str(function.__module__).startswith(f"{PACKAGE}."),
    }
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)
