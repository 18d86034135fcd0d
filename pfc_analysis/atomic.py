"""Write files and folders atomically: they are complete, or they are not there."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path; move it to `target` if the block succeeds, otherwise remove it.

    Parameters
    ----------
    target : str or Path
        File or folder to write. The folder that holds it is created if it does not exist.

    Yields
    ------
    Path
        Path in the same folder, with the same ending as the target.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{uuid.uuid4().hex[:8]}.partial{target.suffix}")
    try:
        yield temporary
        if temporary.is_dir() and target.exists():
            # A folder cannot replace another one directly: first move the old one away.
            old = temporary.with_suffix(".old")
            target.replace(old)
            temporary.replace(target)
            _remove(old)
        else:
            temporary.replace(target)
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
