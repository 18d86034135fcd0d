"""Limit the memory that a file may ask for, before any of it is reserved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pfc_analysis.recording.schema import RecordingError

_LEAST = 256 * 2**20
_RATIO = 100
_MOST = 2 * 2**30
_MOST_RATIO = 4


@dataclass
class MemoryLimit:
    """Count the bytes and objects that may still be read from one file.

    A table of trials seldom takes more than some megabytes. A file may claim 256 MiB whatever its
    size, and a hundred times its size (text and flags shrink that much), but beyond 2 GiB no more
    than four times. A file that claims more is damaged, or made to fill memory.

    Attributes
    ----------
    path : Path
        The file.
    size : int
        Its size in bytes.
    left : int
        Bytes that may still be reserved.
    objects_left : int
        Objects (arrays, cells, groups) that may still be opened: none takes less than 8 bytes of
        a file, unless references go in circles.
    """

    path: Path
    size: int
    left: int
    objects_left: int

    @classmethod
    def of(cls, path: Path, size: int | None = None) -> MemoryLimit:
        """Return the limit of a file, or of a folder whose files sum to `size`."""
        size = path.stat().st_size if size is None else size
        return cls(path, size, bytes_allowed(size), max(100_000, size // 8))

    def spend(self, n_bytes: int, what: str) -> None:
        """Take bytes off what is left; raise if there are too few, and say what claims them."""
        if n_bytes > self.left:
            raise RecordingError(
                f"{self.path}, {what}: found a claim of {n_bytes} bytes in a file of {self.size}, "
                f"expected at most {self.left} more. The file is damaged, or made to fill memory: "
                "get it again, or save the table of trials alone as CSV."
            )
        self.left -= n_bytes

    def count(self, what: str, objects: int = 1) -> None:
        """Take objects off what is left; raise if there are too few, and say where."""
        if objects > self.objects_left:
            raise RecordingError(
                f"{self.path}, {what}: found more objects than a file of {self.size} bytes can "
                "hold, expected each once. The file is damaged, or its references go in circles: "
                "get it again, or save the table of trials alone as CSV."
            )
        self.objects_left -= objects


def bytes_allowed(size: int) -> int:
    """Bytes that a file of `size` bytes may claim for its table of trials."""
    return min(max(_LEAST, _RATIO * size), max(_MOST, _MOST_RATIO * size))
