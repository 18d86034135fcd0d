"""Modules that list public names: each name is imported when it is first used.

`lazy_loader` finds the names in the module's `.pyi` file. This module adds what one needs at a
prompt: `dir` lists the public names only, a misspelt name is answered with the nearest one, and in
a notebook an error that any user can meet is shown in one line.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import lazy_loader  # type: ignore[import-untyped]

from pfc_analysis.near_names import did_you_mean
from pfc_analysis.notebook import running_ipython


def open_front_door(
    module: str, file: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a module that lists public names.

    Parameters
    ----------
    module, file : str
        ``__name__`` and ``__file__`` of the module; the names are in the `.pyi` file beside it.

    Returns
    -------
    tuple
        `__getattr__`, which raises an AttributeError that names the nearest public name;
        `__dir__`; and `__all__`.
    """
    load, _, names = lazy_loader.attach_stub(module, file)
    told: dict[str, Any] = {}

    def find(name: str) -> Any:
        if name in told:
            return told[name]
        if name not in names:
            raise AttributeError(
                f"module {module!r} has no attribute {name!r}{did_you_mean(name, names)}"
            )
        found = load(name)
        if running_ipython() is not None and inspect.isfunction(found):
            # lazy_loader may have put the plain function into the module, which then wins.
            vars(sys.modules[module]).pop(name, None)
            found = told[name] = _tell_in_one_line(found, module)
        return found

    return find, lambda: sorted(names), sorted(names)


def _tell_in_one_line(function: Callable[..., Any], module: str) -> Callable[..., Any]:
    """Wrap a function: IPython shows its foreseen errors in one line, others with a traceback."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            _shorten(error)
            raise

    call.__module__ = module  # pickle finds it by this name, in other processes the function itself
    return call


def _shorten(error: Exception) -> None:
    """Give an error that can happen to any user the method that IPython displays it by."""
    from pfc_analysis.failures import explain

    told = explain(error)
    if told is None:
        return
    lines = [
        f"{type(error).__name__}: {told}",
        "(The full traceback: import sys, traceback; traceback.print_exception(sys.last_value))",
    ]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
