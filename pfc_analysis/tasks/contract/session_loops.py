"""Compile the loops over sessions from the functions of a task file.

A task file defines `begin` and `step` for one session. The loops around them are the same in every
task. numba can cache functions of a module on disk, but not closures. So the source of the loops is
written from one template and compiled as if it were part of the task file.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import njit, types

Array = np.ndarray[Any, Any]

PLAY = types.void(
    types.Array(types.uint8, 1, "C"),
    types.Array(types.int64, 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.float64, 1, "C"),
    types.Array(types.boolean, 1, "C"),
)
"""Signature of `Task.play_kernel`: memory, actions, uniforms, observations, cues, rewards, done."""

REQUIRED, OPTIONAL = ("begin", "step"), ("show", "is_over")
"""Functions that a task file must define, and functions that it may define."""

_LOOPS = """
def begin_{name}(sessions, uniforms):
    for i in range(sessions.shape[0]):
        begin(sessions[i], uniforms[i])

def play_{name}(memory, actions, uniforms, observations, cues, rewards, done):
    sessions = memory.view(SESSION)
    for i in range(sessions.shape[0]):
        rewards[i] = 0.0
        if not done[i]:
            session = sessions[i]
            observations[i], rewards[i] = step(session, actions[i], uniforms[i])
            {show}
            done[i] = {is_over}
"""


def compile_loops(task: type[Any]) -> tuple[Any, Any]:
    """Make two loops: one starts sessions, the other plays one step of all unfinished sessions.

    Parameters
    ----------
    task : type
        A subclass of `Task`, whose module defines the functions (`REQUIRED`, `OPTIONAL`).

    Returns
    -------
    begin_kernel, play_kernel : numba dispatcher
        As described in `Task`.

    Raises
    ------
    TypeError
        If the module lacks a required function, or a function is not compiled by numba.
    """
    functions = find_functions(task)
    source = _LOOPS.format(
        name=task.name,
        show="show(session, cues[i])" if "show" in functions else "",
        is_over="is_over(session)"
        if "is_over" in functions
        else "session.trial == session.n_trials",
    )
    # The loops get the file and module of `step`. numba then keeps its cache beside that file and
    # recompiles when the file changes.
    home = functions["step"].py_func
    names = {**functions, "SESSION": task.session_type, "__name__": home.__module__}
    exec(compile(source, home.__code__.co_filename, "exec"), names)
    options: dict[str, Any] = {"cache": True, "no_cfunc_wrapper": True}  # no C code calls them
    begin, play = (njit(**options)(names[f"{verb}_{task.name}"]) for verb in ("begin", "play"))
    return begin, play


def find_functions(task: type[Any]) -> dict[str, Any]:
    """Return the compiled functions of a task's file, by name (`REQUIRED`, `OPTIONAL`).

    A task class derived from another one inherits the functions that its own file does not define.
    """
    module = sys.modules[task.__module__]
    found: dict[str, Any] = {}
    for parent in task.__mro__:
        defined = vars(sys.modules[parent.__module__])
        found |= {name: defined[name] for name in (*REQUIRED, *OPTIONAL)
                  if name in defined and name not in found}  # fmt: skip
    for name in REQUIRED:
        if name not in found:
            raise TypeError(
                f"{module.__file__}: found no function {name!r}, expected one above the class "
                f"{task.__name__}. A task file must define {' and '.join(REQUIRED)}."
            )
    for name, function in found.items():
        if not hasattr(function, "py_func"):
            raise TypeError(
                f"{module.__file__}: {name} is not compiled, expected @njit(cache=True) above it."
            )
    return found


def memory_of(sessions: Array) -> Array:
    """Return a view of the bytes of the sessions' records (the same memory)."""
    return np.asarray(sessions).view(np.uint8)


@njit(cache=True)
def draw_number(uniform, n):  # type: ignore[no-untyped-def]
    """Turn a uniform random number into an integer from 0 to n - 1 (to 2^53 - 1 if n is 0)."""
    return min(int(uniform * n), n - 1) if n > 0 else int(uniform * 9007199254740992.0)
