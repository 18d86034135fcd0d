"""Download a file with pooch and check its SHA-256."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import BinaryIO

from pfc_analysis.atomic import atomic_path
from pfc_analysis.notebook import is_progress_shown
from pfc_analysis.paths import import_pooch
from pfc_analysis.progress import open_bars
from pfc_analysis.screen_text import visible_text

_CONNECTION_TIMEOUT = 30.0
"""Seconds without an answer after which a server counts as out of reach."""

_BAR_AFTER = 2.0
"""Seconds that a download takes before a progress bar is drawn."""

_OUT_OF_REACH = {"ConnectionError", "ConnectTimeout", "ReadTimeout", "SSLError"}
"""Names of errors of requests that tell of no server, at the length of a page."""


class DownloadError(OSError):
    """A file could not be fetched, or is not the one that was expected.

    Parameters
    ----------
    fault : str
        The address, and whether it gave nothing or another file.
    path : Path
        Where the file was wanted.
    reason : str
        Why, in a line.
    """

    def __init__(self, fault: str, path: Path, reason: str) -> None:
        super().__init__(f"{fault}; wanted at {path}: {reason}")
        self.fault = fault
        self.reason = reason


def download(
    address: str, path: Path, sha256: str, progress: bool | None = None, size: int | None = None
) -> Path:
    """Download a file, check its digest and only then move it to `path`.

    The bytes arrive under a name of their own in the same folder, so that `path` holds the whole
    file or does not exist, whenever the process is stopped.

    Parameters
    ----------
    address : str
        Where it is (http or https).
    path : Path
        Where to put it; its folder is made where it does not exist.
    sha256 : str
        Its SHA-256, in hexadecimal.
    progress : bool, optional
        Show a progress bar once the download has taken two seconds; default: in a notebook and at
        a prompt, but not in a script.
    size : int, optional
        Its bytes; a download that brings more is stopped, and removed.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    DownloadError
        If the address cannot be reached, the folder cannot be written, more bytes come than
        expected, or the digest differs.
    """
    pooch = import_pooch()
    bar = _ProgressBar(path.name) if is_progress_shown(progress) else None
    try:
        fetch = pooch.HTTPDownloader(progressbar=bar or False, timeout=_CONNECTION_TIMEOUT)
        with atomic_path(path) as temporary:
            with temporary.open("wb") as file:
                fetch(address, _BoundedFile(file, size), None)
            _check(temporary, sha256)
    except OSError as error:  # of the network (those of requests, too) and of the disk
        response = getattr(error, "response", None)
        if response is not None:  # else the connection stays open until this error is forgotten
            response.close()
        wrong = isinstance(error, _OtherFileError)
        what = "is not the published file" if wrong else "could not be fetched"
        raise DownloadError(f"{address} {what}", path, _reason(error)) from error
    finally:
        if bar is not None:
            bar.close()
    return path


class _OtherFileError(OSError):
    """What comes from an address is not the file of the catalogue."""


class _BoundedFile:
    """A file that takes no more bytes than expected."""

    def __init__(self, file: BinaryIO, size: int | None) -> None:
        self._file, self._size, self._written = file, size, 0
        self.flush = file.flush

    def write(self, content: bytes) -> int:
        """Write bytes; raise an _OtherFileError if they are too many."""
        self._written += len(content)
        if self._size is not None and self._written > self._size:
            raise _OtherFileError(
                f"found more than the {self._size} bytes that the catalogue states; the download "
                "was stopped, and removed"
            )
        return self._file.write(content)


def _check(path: Path, sha256: str) -> None:
    """Raise an _OtherFileError if a file has another digest."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.lower():
        raise _OtherFileError(
            f"expected sha256:{sha256} but got {found} ({path.stat().st_size} bytes)"
        )


def _reason(error: Exception) -> str:
    """Say in one line what went wrong."""
    if type(error).__name__ in _OUT_OF_REACH:
        return f"no answer ({type(error).__name__}). Is this machine on a network?"
    return str(error)


class _ProgressBar:
    """A progress bar of rich with the interface that pooch expects, shown after two seconds."""

    def __init__(self, label: str) -> None:
        from rich.progress import BarColumn, DownloadColumn, TextColumn
        from rich.progress import TransferSpeedColumn as SpeedColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            SpeedColumn(),
        )
        self._progress = open_bars(*columns, anywhere=True)
        self._task = self._progress.add_task(visible_text(label), total=None)
        self._lock = threading.Lock()
        self._closed = self._drawn = False
        # A thread, for a server that is slow to send anything calls no handle.
        self._timer = threading.Timer(_BAR_AFTER, self._draw)
        self._timer.daemon = True
        self._timer.start()
        self.total = 0

    def _draw(self) -> None:
        with self._lock:
            if not self._closed:
                self._progress.start()
                self._drawn = True

    def update(self, count: int) -> None:
        """Advance by `count` bytes."""
        self._progress.update(self._task, advance=count, total=self.total or None)

    def reset(self) -> None:
        """Set the count to zero, which pooch does before it fills the bar at the end."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Stop drawing the bar."""
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._drawn:
                self._progress.stop()
