"""Lock the folder of a replica, so that only one process at a time trains it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    lock = FileLock(path, timeout=LOCK_SECONDS if seconds is None else seconds)
    try:
        lock.acquire(poll_interval=0.1)
    except Timeout as error:
        raise FolderLockedError(
            f"{folder}: another process is training this replica (it locks {path}). Wait until it "
            "has finished, or stop it: training then continues from its last checkpoint."
        ) from error
    try:
        yield
    finally:
        # Whoever waits for this lock notices that its file is gone, and makes a new one. A folder
        # without content, such as that of a training that was stopped early, is removed too.
        with contextlib.suppress(OSError):
            path.unlink()
            folder.rmdir()
        lock.release()
