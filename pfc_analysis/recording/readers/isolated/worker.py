"""The process that reads files apart: a question comes in, tables or an error go out.

Started by `pfc_analysis.recording.readers.isolated.subprocess_reader`, and of no use by itself.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import h5py  # noqa: F401 (loaded now, so that its memory is not counted among a file's)
import numpy  # noqa: F401

from pfc_analysis.recording.readers.isolated.budget import bytes_allowed
from pfc_analysis.recording.readers.isolated.messages import Message, message_of, receive, send
from pfc_analysis.recording.readers.isolated.subprocess_reader import size_of
from pfc_analysis.recording.schema import RecordingError

_SPARE = 2**28


def main() -> None:
    """Answer until the other side ends."""
    stdin = sys.stdin.buffer
    # Nothing that a library prints may come between the answers.
    stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    send(stdout, Message({"ready": True}, {}))
    while True:
        try:
            question = receive(stdin).facts
        except EOFError:
            return
        with _deadline(question["seconds"]):
            _answer(stdout, question)


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """End this process if it is kept busy and whoever asked is no longer there to end it."""
    alarm = getattr(signal, "alarm", lambda seconds: None)  # Windows has none
    alarm(int(seconds) + 5)
    yield
    alarm(0)


def _answer(stdout: IO[bytes], question: Any) -> None:
    path = Path(question["path"])
    try:
        _limit_memory(path)
        answer = _read(question["kind"], path, question["table"], question["options"])
    except (RecordingError, FileNotFoundError, ModuleNotFoundError) as error:
        answer = Message({"error": type(error).__name__, "message": str(error)}, {})
    # Whatever else a parser stumbles over is damage: the readers' own faults raise the above.
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        text = (
            f"{path}: damaged or cut off ({size_of(path)} bytes; {said}). Get it anew from where "
            "it came from, or save the table of trials as CSV."
        )
        answer = Message({"error": "RecordingError", "message": text}, {})
    send(stdout, answer)


def _read(kind: str, path: Path, table: str | None, options: dict[str, str]) -> Message:
    if kind == "look":
        from pfc_analysis.recording.readers.detect import look_inside

        return Message({"kind": look_inside(path)}, {})
    if kind == "recording":
        from pfc_analysis.recording.storage import open_recording

        with open_recording(path) as recording:
            for variable in recording.variables.values():
                variable.load()
        return Message({"kind": kind}, {})
    if kind == "exported":
        from pfc_analysis.recording.exports.nwb_import import read_exported_nwb

        read_exported_nwb(path)
        return Message({"kind": kind}, {})
    if kind == "nwb":
        from pfc_analysis.recording.readers.isolated.nwb_engines import read_nwb_here

        return message_of(read_nwb_here(path, table or "trials", **options))
    if kind == "matlab73":
        from pfc_analysis.recording.readers.isolated.matlab73 import read_matlab73_here as read
    elif kind == "hdf5":
        from pfc_analysis.recording.readers.isolated.hdf5_tables import read_hdf5_here as read
    elif kind == "zarr":
        from pfc_analysis.recording.readers.isolated.zarr_tables import read_zarr_here as read
    else:
        raise AssertionError(kind)
    return message_of(read(path, table))


def _limit_memory(path: Path) -> None:
    """Bound what this process may reserve from here on, where the system can (Linux)."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    # Values, and what is made of them on the way out.
    most = pages * resource.getpagesize() + 3 * bytes_allowed(size_of(path)) + _SPARE
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


if __name__ == "__main__":
    main()
