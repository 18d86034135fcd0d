"""One process at a time in the folder of a replica, wherever the processes run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"
CLAIM_SECONDS = 10.0
"""How long to wait for a folder: a process that lost its parent stops at its next update."""


class FolderBusyError(OSError):
    """Another process trains the replica of this folder; the message names it."""


@contextmanager
def claim(folder: Path, seconds: float | None = None) -> Iterator[None]:
    """Keep all other processes out of a replica's folder for as long as the block lasts.

    The operating system frees the folder when the process that holds it dies, however it dies. It
    does so between machines too, if their shared file system keeps locks.

    Parameters
    ----------
    folder : Path
        Folder of the replica; made where it does not exist.
    seconds : float, optional
        How long to wait for whoever holds it; `CLAIM_SECONDS` where not given.

    Raises
    ------
    FolderBusyError
        If it is still held then.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    lock = FileLock(path, timeout=CLAIM_SECONDS if seconds is None else seconds)
    try:
        lock.acquire(poll_interval=0.1)
    except Timeout as error:
        raise FolderBusyError(
            f"{folder}: another process is training this replica (it holds {path}). Wait until it "
            "is done, or stop it; training then goes on from its last checkpoint."
        ) from error
    try:
        yield
    finally:
        lock.release()
    # Nothing is left to guard. Whoever holds the removed file in this moment finds the weights.
    with contextlib.suppress(OSError):
        path.unlink()
