"""Where the content lies: trained agents, data sets and figures, and the cache of downloads.

The three content folders hold no Python packages, so Python's import system does not find them;
this module does. Importing it looks at nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

CONTENT = ("agents", "datasets", "figures")
"""Names of the content folders."""

HOME_VARIABLE = "PFC_ANALYSIS_HOME"
"""Environment variable that names the folder above the content folders."""

CACHE_VARIABLE = "PFC_ANALYSIS_CACHE"
"""Environment variable that names the folder for downloads."""

_PACKAGE = Path(__file__).resolve().parent


class ContentNotFoundError(FileNotFoundError):
    """A content folder is in none of the places where it may lie; the message lists them."""


def content_folder(name: str, home: str | Path | None = None) -> Path:
    """Find a content folder.

    The first of these that is given or exists decides: the argument `home`, the environment
    variable PFC_ANALYSIS_HOME, the checkout (the folder above the package, if it holds agents/,
    datasets/, figures/ and setup.cfg), the copy inside the installed package. Whoever names a
    home means it: if the folder is not there, nothing else is taken in its place.

    Parameters
    ----------
    name : str
        "agents", "datasets" or "figures".
    home : str or Path, optional
        The folder above it.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    ValueError
        If there is no content folder of this name.
    ContentNotFoundError
        If it is nowhere; the message lists every place tried.
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
    """Places in order of rank: where it comes from, the folder, and why it does not count."""
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
    """Return the folder that downloads go to; it is not made before it is needed.

    Returns
    -------
    Path
        What the environment variable PFC_ANALYSIS_CACHE names, else the folder that the operating
        system keeps for such things (on Linux ~/.cache/pfc_analysis).
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("pfc_analysis"))
