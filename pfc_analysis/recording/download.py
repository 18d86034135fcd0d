"""Download one file whose digest is known, by pooch."""

from __future__ import annotations

from pathlib import Path

_CONNECTION_TIMEOUT = 30.0
"""Seconds without an answer after which a server counts as out of reach."""


class DownloadError(OSError):
    """A file could not be fetched, or is not the one that was expected."""


def download(address: str, path: Path, sha256: str, progress: bool = False) -> Path:
    """Download a file, check its digest and only then move it to `path`.

    Parameters
    ----------
    address : str
        Where it is (http or https).
    path : Path
        Where to put it; its folder is made where it does not exist.
    sha256 : str
        Its SHA-256, in hexadecimal.
    progress : bool
        Whether to draw a progress bar, on the standard error stream.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    DownloadError
        If the address cannot be reached, the folder cannot be written, or the digest differs.
    """
    import pooch

    bar = _ProgressBar(path.name) if progress else None
    try:
        pooch.retrieve(
            address,
            known_hash=f"sha256:{sha256}",
            fname=path.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(progressbar=bar or False, timeout=_CONNECTION_TIMEOUT),
        )
    # Network and disk errors are OSErrors (those of requests, too), a wrong digest a ValueError.
    except (OSError, ValueError) as error:
        response = getattr(error, "response", None)
        if response is not None:  # else the connection stays open until this error is forgotten
            response.close()
        what = "is not the published file" if "hash" in str(error) else "could not be fetched"
        raise DownloadError(f"{address} {what}; wanted at {path}: {error}") from error
    finally:
        if bar is not None:
            bar.close()
    return path


class _ProgressBar:
    """A bar of rich with the handles that pooch turns."""

    def __init__(self, label: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(label, total=None)
        self._progress.start()
        self.total = 0

    def update(self, count: int) -> None:
        """Advance by `count` bytes."""
        self._progress.update(self._task, advance=count, total=self.total or None)

    def reset(self) -> None:
        """Go back to zero: pooch fills the bar once more at the end."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()
