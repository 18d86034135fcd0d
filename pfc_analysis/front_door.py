"""Modules that list public names: each name is imported when it is first used.

`lazy_loader` finds the names in the module's `.pyi` file. This module adds what one needs at a
prompt: `dir` lists the public names only, a misspelt name is answered with the nearest one, and
IPython and notebooks show an error that any user can meet in one line. The whole traceback is then
shown by ``import sys, traceback; traceback.print_exception(sys.last_value)``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import lazy_loader  # type: ignore[import-untyped]

from pfc_analysis.near_names import did_you_mean
from pfc_analysis.notebook import running_ipython
from pfc_analysis.screen_text import visible_text

Error = TypeVar("Error", bound=Exception)


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
            text = f"module {module!r} has no attribute {name!r}{did_you_mean(name, names)}"
            raise _shown_as_line(AttributeError(text))
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
    """Let IPython show an error in one line if it can happen to any user."""
    from pfc_analysis.failures import explain

    told = explain(error)
    # A ValueError of another library may be our fault: then the traceback is needed.
    if told is not None and (not isinstance(error, ValueError) or _raised_here(error)):
        _shown_as_line(error, told)


def _raised_here(error: Exception) -> bool:
    """Return whether this package raised an error, and no other library."""
    trace, name = error.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next
    return str(name).startswith(f"{__package__}.")


def _shown_as_line(error: Error, text: str = "") -> Error:
    """Give an error the method that IPython asks for how to show it, and return the error."""
    line = f"{type(error).__name__}: {visible_text(text or error, keep=chr(10))}"
    error._render_traceback_ = lambda: [line]  # type: ignore[attr-defined]
    return error
