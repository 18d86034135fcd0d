"""Lock the folder of a replica, so that only one process at a time trains it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = ".lock"
LOCK_SECONDS = 10.0
"""How long to wait for a lock: a process whose parent died unlocks it at its next update."""


class FolderLockedError(OSError):
    """Another process is training the replica of this folder; the message names the folder."""


@contextmanager
def lock_folder(folder: Path, seconds: float | None = None) -> Iterator[None]:
    """Lock a replica's folder for the duration of the block.

    If the process dies, the operating system releases the lock. This also holds between machines if
    their shared file system supports locks.

    Parameters
    ----------
    folder : Path
        Folder of the replica; created if it does not exist.
    seconds : float, optional
        How long to wait if another process holds the lock; by default `LOCK_SECONDS`.

    Raises
    ------
    FolderLockedError
        If another process still holds the lock after that time.
    """
    path = folder / LOCK
    lock = _acquire(path, LOCK_SECONDS if seconds is None else seconds)
    try:
        yield
    finally:
        # Whoever waits for this lock notices that its file is gone, and makes a new one. A folder
        # without content, such as that of a training that was stopped early, is removed too.
        with contextlib.suppress(OSError):
            path.unlink()
            folder.rmdir()
        lock.release()


def _acquire(path: Path, seconds: float) -> BaseFileLock:
    """Lock a file, whose folder is made, and made again if another process removes it meanwhile."""
    from filelock import FileLock, Timeout

    lock, deadline = FileLock(path), time.monotonic() + seconds
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()), poll_interval=0.1)
        except (FileNotFoundError, FileExistsError):
            # `mkdir` says that a folder exists which another process removed a moment later.
            if path.parent.is_file() or time.monotonic() > deadline:
                raise
        except Timeout as error:
            raise FolderLockedError(
                f"{path.parent}: another process is training this replica (it locks {path}). Wait "
                "until it has finished, or stop it: training then continues from its last "
                "checkpoint."
            ) from error
        else:
            return lock
