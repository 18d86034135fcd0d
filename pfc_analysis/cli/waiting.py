"""Say what a command does while nothing else is shown."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from pfc_analysis.cli.output import print_hint

P = ParamSpec("P")

_AFTER = 1.0
"""Seconds without an answer after which one line is printed."""


def says_while_waiting(text: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Decorate a command: on a terminal it says what it does if it takes more than a second.

    Parameters
    ----------
    text : str
        What the command does first, such as "reading the recording".
    """

    def decorate(command: Callable[P, None]) -> Callable[P, None]:
        @wraps(command)
        def run(*arguments: P.args, **options: P.kwargs) -> None:
            timer = threading.Timer(_AFTER, _say, [text])
            timer.daemon = True
            if sys.stderr.isatty():
                timer.start()
            try:
                command(*arguments, **options)
            finally:
                timer.cancel()

        return run

    return decorate


def _say(text: str) -> None:
    """Print the line, unless there is a progress bar already."""
    if "rich.progress" not in sys.modules:
        print_hint(f"pfc: {text} ...")
