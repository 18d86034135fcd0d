"""Make sure that compiled functions can be kept, also where the home folder cannot be written."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
"""Environment variable of numba: the folder for compiled functions."""

_MATPLOTLIB = "MPLCONFIGDIR"

_COMPILED = Path(__file__).resolve().parent / "tasks"
"""A folder whose functions numba compiles, and beside which it keeps them if it can."""


def prepare_cache() -> str | None:
    """Let numba use a temporary folder if it can write to none of its own.

    numba keeps compiled functions in the folder that NUMBA_CACHE_DIR names, else beside the
    package, else in the user's cache folder. In a container none of them may be writable; numba
    then raises an error. The temporary folder is removed when the process ends. Processes that are
    started later use it, too.

    Returns
    -------
    str or None
        A line that says so; None if numba has a folder.

    Raises
    ------
    OSError
        If no temporary folder can be written either.
    """
    named = os.environ.get(VARIABLE)
    if (named and _is_writable(Path(named))) or _is_writable(_COMPILED / "__pycache__"):
        return None
    if not named and _is_writable(_user_folder()):
        return None
    try:
        folder = tempfile.mkdtemp(prefix="pfc_cache_")
    except OSError as error:
        raise OSError(
            "no folder can be written for compiled functions, not even a temporary one "
            f"({error.strerror}). Set {VARIABLE} to a folder that can be written, and TMPDIR to "
            "another."
        ) from error
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[VARIABLE] = folder
    os.environ.setdefault(_MATPLOTLIB, folder)
    why = f"{named} ({VARIABLE})" if named else "the cache folder of numba"
    return (
        f"{why} cannot be written: functions are compiled again in each call, into a temporary "
        f"folder. To keep them, set {VARIABLE} to a folder that can be written."
    )


def _user_folder() -> Path:
    # Only here, for numba takes a while to import.
    from numba.misc.appdirs import AppDirs

    return Path(AppDirs(appname="numba", appauthor=False).user_cache_dir)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
