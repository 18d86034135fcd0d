"""Say in one line what stopped a command, and how to go on."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from pfc_analysis.atomic import WriteError
from pfc_analysis.reproduction.figures import FigureError

REASONS = {
    errno.ENOSPC: "no space is left on the disk. Free some, or write to another disk",
    errno.EDQUOT: "your quota on this disk is used up. Free some space, or write to another disk",
    errno.EROFS: "the disk can only be read. Name another place",
    errno.EACCES: "no permission. Change the permissions (ls -l, chmod), or name another place",
    errno.EPERM: "the system does not permit this. Name another place",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one",
    errno.EISDIR: "found a folder, expected a file",
    errno.ENOTDIR: "a part of this path is a file, expected a folder",
    errno.EMFILE: "too many files are open. Raise the limit (ulimit -n)",
    errno.EIO: "the disk reports an error. Check it, and try another one",
}
"""What to say of the system's errors, by their number."""

_HDF5_NUMBER = re.compile(r"errno = (\d+)")

_NO_MEMORY = (
    "not enough memory{detail}. Use fewer sessions (--sessions), leave out the states of units "
    "(--no-units), or take a machine with more memory."
)


def explain(error: BaseException) -> str | None:
    """Explain an error that can happen to any user.

    Parameters
    ----------
    error : BaseException
        What a command raised.

    Returns
    -------
    str or None
        The cause and the way out; None if the error is a fault of the package.
    """
    if isinstance(error, FigureError):
        # It names the figures and their errors; the first of them is its cause.
        foreseen = error.__cause__ is None or explain(error.__cause__) is not None
        return str(error) if foreseen else None
    if isinstance(error, (ValueError, WriteError)):
        return str(error)  # its own words name the file and the way out
    for cause in (error,) if isinstance(error, OSError) else _causes(error):
        number = _system_number(cause)
        if number in REASONS:
            place = getattr(cause, "filename", None)
            named = f"{place}: " if place is not None else ""
            return f"{named}{REASONS[number]}."
    if isinstance(error, MemoryError):
        return _NO_MEMORY.format(detail=f" ({error})" if str(error) else "")
    if isinstance(error, RecursionError):
        return "the input is nested too deeply: a recipe or a map has a few levels. Write it anew."
    if isinstance(error, OverflowError):
        return f"a number is too large ({error}). Seeds and counts are below 2**63."
    cache = _explain_cache(error)
    if cache:
        return cache
    return str(error) if isinstance(error, (OSError, ModuleNotFoundError)) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _system_number(error: BaseException) -> int | None:
    """Return the system's number of an error; HDF5 writes it into the message."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _HDF5_NUMBER.search(str(error)) if isinstance(error, (OSError, RuntimeError)) else None
    return int(found.group(1)) if found else None


def _explain_cache(error: BaseException) -> str | None:
    """Explain that numba's cache of compiled functions is damaged, or that it has none."""
    if isinstance(error, RuntimeError) and "no locator available" in str(error):
        return (
            "there is no folder to keep compiled functions in: set the environment variable "
            f"NUMBA_CACHE_DIR to a folder that can be written ({error})."
        )
    for frame in _frames(error.__traceback__):
        if frame.f_code.co_filename.replace("\\", "/").endswith("numba/core/caching.py"):
            folder = getattr(frame.f_locals.get("self"), "_cache_path", None)
            if folder:
                return (
                    f"{folder}: the cache of compiled functions is damaged "
                    f"({type(error).__name__}: {error}). Delete the files *.nbi and *.nbc in it."
                )
    return None


def _frames(trace: TracebackType | None) -> Iterator[Any]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next
