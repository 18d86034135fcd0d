"""Find the folders of trained agents, data sets and figures, and the cache of downloads.

These folders are not Python packages, so they cannot be found by import. Importing this module does
not read the disk.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Literal

CONTENT = ("agents", "datasets", "figures")
"""Names of the content folders."""

HOME_VARIABLE = "PFC_ANALYSIS_HOME"
"""Environment variable: the folder that contains the content folders."""

CACHE_VARIABLE = "PFC_ANALYSIS_CACHE"
"""Environment variable: the folder for downloads."""

_PACKAGE = Path(__file__).resolve().parent


class ContentNotFoundError(FileNotFoundError):
    """A content folder was not found; the message lists the places that were tried."""


def content_folder(name: str, home: str | Path | None = None) -> Path:
    """Find a content folder.

    The places are tried in this order: the argument `home`; the environment variable
    PFC_ANALYSIS_HOME; the checkout (the folder above the package, if it holds agents/, datasets/,
    figures/ and setup.cfg); the copy in the installed package. If the argument or the variable is
    given, no other place is tried.

    Parameters
    ----------
    name : str
        "agents", "datasets" or "figures".
    home : str or Path, optional
        The folder that contains it.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    ValueError
        If `name` is none of the three.
    ContentNotFoundError
        If the folder was not found; the message lists the places that were tried.
    """
    if name not in CONTENT:
        raise ValueError(f"no content folder is called {name!r}, expected one of {list(CONTENT)}")
    tried = []
    for origin, folder, why_not in _places(home):
        if why_not is None and (folder / name).is_dir():
            return (folder / name).resolve()
        tried.append(f"  - {origin}: {why_not or f'{folder / name}: no such folder'}")
    listed = "\n".join(tried)
    raise ContentNotFoundError(
        f"the content folder {name!r} was not found. Tried:\n{listed}\n"
        f"Set {HOME_VARIABLE} to the folder that holds {', '.join(CONTENT)}, or pass it as `home`."
    )


def _places(home: str | Path | None) -> list[tuple[str, Path, str | None]]:
    """List the places to try, in order: a name, the folder, and why it is not tried (or None)."""
    if home is not None:
        return [("argument `home`", Path(home).expanduser(), None)]
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return [(f"environment variable {HOME_VARIABLE}", Path(named).expanduser(), None)]
    checkout = _PACKAGE.parent
    marks = [mark for mark in (*CONTENT, "setup.cfg") if not (checkout / mark).exists()]
    no_checkout = f"{checkout} is no checkout, it lacks {', '.join(marks)}" if marks else None
    return [
        (f"environment variable {HOME_VARIABLE}", checkout, "not set"),
        ("checkout", checkout, no_checkout),
        ("installed package", _PACKAGE / "content", None),
    ]


def cache_folder() -> Path:
    """Return the folder for downloads; it may not exist yet.

    Returns
    -------
    Path
        The folder in the environment variable PFC_ANALYSIS_CACHE; by default the operating
        system's cache folder (on Linux ~/.cache/pfc_analysis).
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    return Path(import_pooch().os_cache("pfc_analysis"))


def import_pooch() -> ModuleType:
    """Import pooch without the warning that its progress bars, which are not used, need widgets."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        return import_module("pooch")


def user_path(path: str | Path) -> Path:
    """Return a path that a user gave, with ``~`` as the home folder.

    Raises
    ------
    ValueError
        If the path begins with ``~`` and the home folder is not known.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(
            f"{path}: the home folder is not known ({error}). Set the environment variable HOME, "
            "or write the whole path."
        ) from error


class OutputPathError(ValueError):
    """A file or folder cannot be written where the user wants it; nothing was computed yet."""


def check_writable(
    path: str | Path, kind: Literal["file", "folder"], endings: Sequence[str] = ()
) -> Path:
    """Check, before the work, that its result can be written.

    Parameters
    ----------
    path : str or Path
        What is to be written; ``~`` is the home folder.
    kind : {"file", "folder"}
        What it will be.
    endings : sequence of str
        Endings that a file may have, such as ".nc"; any if empty.

    Returns
    -------
    Path
        The path, with the home folder in place of ``~``.

    Raises
    ------
    OutputPathError
        If the other kind is there, the ending is another one, a name is too long, or the folder
        cannot be written. The message names the path and the cause.
    """
    target = user_path(path)
    if endings and target.suffix.lower() not in endings:
        raise OutputPathError(
            f"{path}: expected a name that ends in {' or '.join(endings)}, "
            f"found {target.suffix or 'no ending'}."
        )
    fault = _find_fault(target, kind)
    if fault:
        raise OutputPathError(f"{path}: {fault}. Nothing was done; name another place.")
    return target


def _find_fault(target: Path, kind: str) -> str | None:
    """Say why a file or folder cannot be written, or return None."""
    try:
        if kind == "file" and target.is_dir():
            return "found a folder, expected a file or nothing there"
        if kind == "folder" and target.exists() and not target.is_dir():
            return "found a file, expected a folder or nothing there"
        place = target if target.is_dir() else target.parent
        while not place.exists() and place != place.parent:
            place = place.parent
    except (OSError, ValueError) as error:  # a name too long, a folder closed, a zero byte
        return getattr(error, "strerror", None) or str(error)
    if not place.is_dir():
        return f"{place} is a file, expected a folder"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"the folder {place.absolute()} cannot be written"
    return None
