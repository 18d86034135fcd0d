"""Start Python so that it imports nothing from the folder that it runs in.

Python looks for modules in the current folder first when it is started with `-m` or `-c`. There,
a file `random.py` beside the data would be run in place of the standard library's module. So
every process that the package starts gets its command, or its environment, from here.
"""

# pathlib may not be imported before the current folder is off the path:
# ruff: noqa: PTH100, PTH109, PTH117, PTH120

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_PACKAGE = "pfc_analysis"
_WATCH_SECONDS = 0.5  # between two looks of a worker at whether its parent is alive
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# `-I -S` leaves only the standard library on the path. What the parent process can import comes
# after it, and this package is taken from where the parent has it, whatever lies beside it.
_START = f"""
import sys
standard = list(sys.path)
module, argument, root, *given = sys.argv[1:]
import site
site.main()
sys.path[:] = dict.fromkeys([*standard, *given, *sys.path])
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
found = PathFinder.find_spec({_PACKAGE!r}, [root])
package = sys.modules[{_PACKAGE!r}] = module_from_spec(found)
found.loader.exec_module(package)
sys.argv = [module, argument]
import_module(module).main()
"""


def python_command(module: str, argument: str = "") -> list[str]:
    """Return the command that calls `main()` of a module of this package in another process.

    Parameters
    ----------
    module : str
        Full name of the module.
    argument : str
        Its `sys.argv[1]`.

    Returns
    -------
    list of str
        For `subprocess.Popen`. The process imports what this one can import, but neither from the
        current folder nor anything that would replace a module of the standard library.
    """
    outside = (_current_folder(), os.path.realpath(_ROOT))
    given = [
        entry
        for entry in sys.path
        if os.path.isabs(entry) and os.path.realpath(entry) not in outside
    ]
    return [sys.executable, "-I", "-S", "-c", _START, module, argument, _ROOT, *given]


@contextmanager
def outside_current_folder() -> Iterator[None]:
    """Keep Python processes that are started in the block from importing from their folder.

    For processes that a library starts (joblib, dask, multiprocessing): they inherit the
    environment variable PYTHONSAFEPATH, which is restored afterwards.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


@contextmanager
def no_ctrl_c_for_new_processes() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started in the block, and hold it back until its end.

    For the workers of a library: this process gets Ctrl-C too, and ends them. By themselves they
    would each print a traceback. A thread hands its mask of signals to the threads and processes
    that it starts, so this also holds for workers that such a thread starts again. On Windows the
    block does nothing.
    """
    import signal
    from multiprocessing import resource_tracker

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting it later would clear the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@cache
def end_with_parent(parent: int) -> None:
    """End this worker process soon after its parent, which may be killed; call it once or more.

    Files that are half-written are removed. A worker that has finished its work ends as well; it
    would otherwise wait for more.

    Parameters
    ----------
    parent : int
        Number of the parent process.
    """
    import threading
    import time

    from pfc_analysis.atomic import remove_unfinished

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        remove_unfinished()
        os._exit(1)  # an exception would make the process wait for its dead parent

    threading.Thread(target=watch, daemon=True).start()


def leave_out_current_folder() -> None:
    """Take the current folder off the path of this process; for the start of a program.

    A checkout that is not installed is imported from the current folder: there, the folder stays
    on the path, behind the standard library.
    """
    here = _current_folder()
    rest = [entry for entry in sys.path if os.path.realpath(entry) != here]
    if here == os.path.realpath(_ROOT):
        installed = [at for at, entry in enumerate(rest) if entry.endswith("-packages")]
        rest.insert(min(installed, default=len(rest)), here)
    sys.path[:] = rest


def _current_folder() -> str:
    try:
        return os.path.realpath(os.getcwd())
    except OSError:  # it was deleted
        return ""
