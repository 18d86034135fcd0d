"""Delete compiled functions that numba kept before a function which they call was changed.

numba compiles a function anew when its own file has changed, but not when the file of a function
that it calls has. An update or an edit could so leave machine code of the old version in use. So a
file beside the compiled functions records which sources were there: name, time and size of each.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
RECORD = "compiled_sources.json"
"""Name of the record, in the folder's `__pycache__`."""

Identity = tuple[int, int]


def drop_stale_functions(folder: Path = PACKAGE) -> list[Path]:
    """Delete what numba keeps of a package, or of a task's folder, if a source has changed since.

    Only what is kept beside the sources is looked at, not what numba keeps in the folder that
    NUMBA_CACHE_DIR names or, of packages that cannot be written to, in the user's cache folder.
    Files that may not be deleted are left.

    Parameters
    ----------
    folder : Path
        A folder with compiled functions: this package, of which all folders below count, or the
        folder of a task, whose functions may also call those of this package.

    Returns
    -------
    list of Path
        Index files that were deleted; numba ignores what belongs to them.
    """
    below = folder == PACKAGE or (folder / "__init__.py").exists()
    kept = _find_indices(folder, below)
    sources = _identify(kept)
    if not below:
        sources |= _identify(_find_indices(PACKAGE, below=True))
    known = _read_record(folder)
    newest = max((time for time, _ in sources.values()), default=0)
    changed = known is None or any(known[name] != sources.get(name) for name in known)
    stale = [index for index in kept if changed or _time(index) < newest]
    deleted = [index for index in stale if _delete(index)]
    if known != sources:
        _write_record(folder, sources)
    return deleted


def _find_indices(folder: Path, below: bool) -> list[Path]:
    """List the index files of compiled functions in a folder's `__pycache__`, or in all below."""
    if not below:
        return list((folder / "__pycache__").glob("*.nbi"))
    return [
        Path(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith(".nbi")
    ]


def _identify(indices: list[Path]) -> dict[str, Identity]:
    """Return time and size of each Python file beside compiled functions, by its path."""
    found: dict[str, Identity] = {}
    for folder in {index.parent.parent for index in indices}:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    found[entry.path] = (status.st_mtime_ns, status.st_size)
    return found


def _time(path: Path) -> int:
    """Return when a file was changed, in nanoseconds; 0 if there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _delete(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _read_record(folder: Path) -> dict[str, Identity] | None:
    """Read the record; None if there is none that can be read."""
    try:
        read = json.loads((folder / "__pycache__" / RECORD).read_text(encoding="utf-8"))
        return {str(name): (int(time), int(size)) for name, (time, size) in read.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write_record(folder: Path, sources: dict[str, Identity]) -> None:
    """Write the record; where it cannot be written, nothing is kept beside the sources either."""
    target = folder / "__pycache__" / RECORD
    try:
        target.parent.mkdir(exist_ok=True)
        temporary = target.with_name(f"{RECORD}.{os.getpid()}")
        temporary.write_text(json.dumps(sources), encoding="utf-8")
        temporary.replace(target)
    except OSError:
        return
