"""Say, before a command waits for it, that functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from pfc_analysis.cli.output import print_hint

P = ParamSpec("P")

_TRAINING = "pfc_analysis.training.engine.gradient_kernels"


def says_when_compiling(command: Callable[P, None]) -> Callable[P, None]:
    """Decorate a command that plays a task: it says once if functions must be compiled for it."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        from pfc_analysis.compilation import tell_compiling

        with tell_compiling(lambda text: print_hint(f"pfc: {text}")):
            command(*arguments, **options)

    return run


def say_if_training_compiles() -> None:
    """Say that the functions of training are compiled first, which the worker processes do."""
    from pfc_analysis.compilation import COMPILING, is_compiled

    if not is_compiled(_TRAINING):
        print_hint(f"pfc: {COMPILING}")
