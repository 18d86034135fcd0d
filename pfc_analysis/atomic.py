"""Write files and folders atomically: they are complete, or they are not there."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path; move it to `target` if the block succeeds, otherwise remove it.

    Parameters
    ----------
    target : str or Path
        File or folder to write; "~" is the home folder. The folder that holds it is created if it
        does not exist. What a killed process left of an earlier attempt is removed.

    Yields
    ------
    Path
        Path in the same folder, with the same ending as the target.
    """
    target = Path(target).expanduser()
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target)
    # A short name: that of the target may be as long as the system allows.
    name = f".{_mark(target)}.{os.getpid()}.{uuid.uuid4().hex[:8]}.partial{target.suffix}"
    temporary = target.with_name(name)
    try:
        yield temporary
        _sync(temporary)
        if temporary.is_dir() and target.exists():
            # A folder cannot replace another one directly: first move the old one away.
            old = temporary.with_suffix(".old")
            target.replace(old)
            temporary.replace(target)
            _remove(old)
        else:
            temporary.replace(target)
        _sync_folder(target.parent)
    finally:
        _remove(temporary)


def _mark(target: Path) -> str:
    """Return what tells the temporary files of one target from those of others."""
    return sha256(target.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _remove_leftovers(target: Path) -> None:
    """Remove what killed processes of this machine left beside a target."""
    for left in target.parent.glob(f".{_mark(target)}.*.partial*"):
        process = left.name.split(".")[2]
        if process.isdecimal() and not _is_running(int(process)):
            _remove(left)


def _is_running(process: int) -> bool:
    """Say whether a process runs; where that cannot be told, that it does."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _sync(path: Path) -> None:
    """Write a file, or all files of a folder, to the disk, so that a power cut finds them whole."""
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    for one in files:
        # A file that was opened only to be read can be synced too, except on Windows.
        with suppress(OSError), one.open("rb") as file:
            os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can."""
    with suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
