"""Say when functions are compiled, which numba does once for each machine and then keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

COMPILING = "compiling for this machine, once (10 to 30 s) ..."
"""What people are told before functions are compiled."""


@contextmanager
def tell_compiling(tell: Callable[[str], None]) -> Iterator[None]:
    """Call a function once, with `COMPILING`, if anything is compiled in this process in the block.

    Functions that are found in numba's cache are not compiled.

    Parameters
    ----------
    tell : callable
        Receives the text.
    """
    from numba.core import event

    class Listener(event.Listener):
        told = False

        def on_start(self, event: Any) -> None:
            if not self.told:
                self.told = True
                tell(COMPILING)

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Listener()):
        yield


def is_compiled(module: str) -> bool:
    """Return whether numba keeps compiled functions of a module for this machine.

    Parameters
    ----------
    module : str
        Full name of a module with functions that numba compiles and keeps (`cache=True`).

    Returns
    -------
    bool
        False if it keeps none, or if the file of the module was changed since. It is not known
        whether all functions are kept, and for which kinds of arguments.
    """
    from numba.core.dispatcher import Dispatcher

    found = import_module(module)
    source = Path(str(found.__file__))
    kept = [
        index
        for function in vars(found).values()
        if isinstance(function, Dispatcher) and function.stats.cache_path
        for index in Path(function.stats.cache_path).glob(f"{source.stem}.*.nbi")
    ]
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in kept)
