"""Writing that cannot leave half a file behind."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a fresh path beside `target`; move it there if the block succeeds, else remove it.

    Parameters
    ----------
    target : str or Path
        File or folder to write. Its folder is made where it does not exist.

    Yields
    ------
    Path
        Where to write, on the same file system, with the ending of the target.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{uuid.uuid4().hex[:8]}.partial{target.suffix}")
    try:
        yield temporary
        if temporary.is_dir() and target.exists():
            # A folder cannot replace another in one move: the old one steps aside whole.
            aside = temporary.with_suffix(".old")
            target.replace(aside)
            temporary.replace(target)
            _remove(aside)
        else:
            temporary.replace(target)
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
