"""Write files and folders atomically: they are complete, or they are not there."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pfc_analysis.paths import user_path

_LONGEST = 255
"""Bytes of a file's name, on nearly every file system."""

_STEM = 32
_WRITING: set[Path] = set()
"""Temporary paths that this process is writing."""

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ENAMETOOLONG)
_WAYS_OUT = {
    errno.ENOSPC: "Free some space there, or name another disk.",
    errno.EDQUOT: "Free some of your quota there, or name another disk.",
    errno.EROFS: "Name a folder that can be written to.",
    errno.EACCES: "Name a folder that you may write to.",
    errno.EPERM: "Name a folder that you may write to.",
}
# HDF5 reports what the system said in the text of its own error.
_SAID_BY_HDF5 = re.compile(r"errno = (\d+)")


class WriteError(OSError):
    """A file could not be written; the message names it, the cause and the way out."""


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path; move it to `target` if the block succeeds, otherwise remove it.

    What is written is on the disk before it takes its name: after a power cut there is the old
    file or the new one. What killed processes of this machine left beside the target is removed.

    Parameters
    ----------
    target : str or Path
        File or folder to write; `~` is the home folder. The folder that holds it is created if it
        does not exist.

    Yields
    ------
    Path
        Path in the same folder, with the same ending as the target.

    Raises
    ------
    WriteError
        If the disk is full or cannot be written to.
    """
    target = user_path(target)
    temporary = _temporary(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        _WRITING.add(temporary)
        yield temporary
        _sync(temporary)
        _take_place(temporary, target)
        _sync_folder(target.parent)
    except Exception as error:
        found = _cause(error, temporary, target)
        if found is None:
            raise
        raise _write_error(target, *found) from error
    finally:
        _remove(temporary)
        _WRITING.discard(temporary)


def remove_unfinished() -> None:
    """Remove what this process is writing; for one that ends at once, whatever it is doing."""
    for temporary in list(_WRITING):
        _remove(temporary)


def remove_abandoned(folder: Path) -> bool:
    """Remove what killed processes of this machine left half-written in a folder.

    Returns
    -------
    bool
        Whether half-written files of running processes are there.
    """
    named = re.compile(rf"\..*\.{_machine()}-(\d+)-(\d+)\.[0-9a-f]{{8}}\.partial.*")
    are_written = False
    for entry in folder.iterdir() if folder.is_dir() else ():
        found = named.fullmatch(entry.name)
        if found and _is_running(int(found[1]), found[2]):
            are_written = True
        elif found:
            _remove(entry)
    return are_written


def _temporary(target: Path) -> Path:
    """Return a temporary path that names its target, and the process that writes it."""
    if len(os.fsencode(target.name)) > _LONGEST:
        raise _write_error(target, errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    writer = f"{_machine()}-{os.getpid()}-{_start(os.getpid())}"
    return target.with_name(
        f"{_mark(target)}{writer}.{uuid.uuid4().hex[:8]}.partial{target.suffix[:_STEM]}"
    )


def _mark(target: Path) -> str:
    """First part of the names of temporary files of a target, which may have a long name."""
    stem = os.fsencode(target.stem)[:_STEM].decode("utf-8", "ignore")
    return f".{stem}.{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]}."


def _machine() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _start(process: int) -> str:
    """When a process started, in ticks: its number may have been given again. Linux alone."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2]
        return after_name.split()[19]
    except (OSError, IndexError):
        return "0"


def _remove_leftovers(target: Path) -> None:
    """Remove what processes of this machine left that were killed while they wrote the target."""
    mark = re.escape(_mark(target))
    named = re.compile(rf"{mark}{_machine()}-(\d+)-(\d+)\.[0-9a-f]{{8}}\.(partial|old)")
    for entry in target.parent.iterdir():
        found = named.match(entry.name)
        if found is None or _is_running(int(found[1]), found[2]):
            continue
        if found[3] == "old" and not target.exists():  # killed before the new one took its place
            entry.replace(target)
        else:
            _remove(entry)


def _is_running(process: int, start: str) -> bool:
    if os.name == "nt":  # there, `os.kill` would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _start(process) == start


def _take_place(temporary: Path, target: Path) -> None:
    if temporary.is_dir() and target.exists():
        # A folder cannot replace another one directly: first move the old one away.
        old = temporary.with_name(temporary.name.replace(".partial", ".old"))
        target.replace(old)
        temporary.replace(target)
        _remove(old)
    else:
        temporary.replace(target)


def _sync(path: Path) -> None:
    """Wait until a file, or all that is in a folder, is on the disk."""
    if not path.is_dir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return
    for place, _, files in os.walk(path):
        for name in files:
            _sync(Path(place, name))
        _sync_folder(Path(place))


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can (not Windows)."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _cause(error: Exception, temporary: Path, target: Path) -> tuple[int, str] | None:
    """Return the system's number and text of an error of the disk; None for any other."""
    number = getattr(error, "errno", None)
    said = _SAID_BY_HDF5.search(str(error))
    if number is None and said is not None:
        number = int(said[1])
    if number in _OF_THE_DISK:
        return int(number), os.strerror(number)
    if not isinstance(error, OSError) or number is None:
        return None
    # Of others only those that are about the target: the block may also read files.
    about = [str(name) for name in (error.filename, error.filename2) if name is not None]
    places = (str(temporary), str(target.parent))
    mine = any(name.startswith(places[0]) or name == places[1] for name in about)
    return (number, os.strerror(number)) if mine else None


def _write_error(target: Path, number: int, said: str) -> WriteError:
    way_out = _WAYS_OUT.get(number, "Name another file.")
    error = WriteError(f"{target}: cannot be written: {said}. {way_out}")
    error.errno = number
    return error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
