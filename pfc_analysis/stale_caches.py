"""Delete compiled functions that numba kept before a function which they call was changed.

numba compiles a function anew when its own file has changed, but not when the file of a function
that it calls has. An update or an edit could so leave machine code of the old version in use.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def drop_stale_functions(package: Path = PACKAGE) -> list[Path]:
    """Delete what numba keeps beside a package and is older than any source it was compiled from.

    Parameters
    ----------
    package : Path
        Folder of the package; numba keeps functions in the `__pycache__` of each of its folders.

    Returns
    -------
    list of Path
        Index files that were deleted; numba ignores what belongs to them.
    """
    kept: list[tuple[Path, float]] = []
    newest = 0.0
    for folder, _, names in os.walk(package):
        indices = [Path(folder, name) for name in names if name.endswith(".nbi")]
        for module in {index.name.partition(".")[0] for index in indices}:
            newest = max(newest, _changed(Path(folder).parent / f"{module}.py"))
        kept += [(index, _changed(index)) for index in indices]
    stale = [index for index, written in kept if written < newest]
    for index in stale:
        index.unlink(missing_ok=True)
    return stale


def _changed(path: Path) -> float:
    """Return when a file was changed; 0 if there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
