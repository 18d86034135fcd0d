"""Run the subprocess that reads files: it gets questions, and answers with tables or errors.

`pfc_analysis.recording.readers.isolated.subprocess_reader` starts it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import h5py  # noqa: F401 (loaded now, so that its memory is not counted among a file's)
import numpy  # noqa: F401

from pfc_analysis.recording.neurons.neural_data import NeuralRequest
from pfc_analysis.recording.readers.isolated.memory_limit import bytes_allowed
from pfc_analysis.recording.readers.isolated.messages import Message, message_of, receive, send
from pfc_analysis.recording.readers.isolated.subprocess_reader import size_of
from pfc_analysis.recording.readers.registry import find_format
from pfc_analysis.recording.schema import RecordingError

_SPARE = 2**28
_PR_SET_PDEATHSIG = 1
_RAISED_BY_READERS = (RecordingError, FileNotFoundError, ModuleNotFoundError)


def main() -> None:
    """Answer questions until the process that asks has ended."""
    _end_with_parent(sys.argv[1])
    stdin = sys.stdin.buffer
    # Nothing that a library prints may come between the answers.
    stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    send(stdout, Message({"ready": True}, {}))
    while True:
        try:
            message = receive(stdin)
        except EOFError:
            return
        with _time_limit(message.facts["seconds"]):
            send(stdout, _answer(message))


def _end_with_parent(parent: str) -> None:
    """Let Linux kill this process, also when it is busy, once the one that started it has ended."""
    if not parent or not sys.platform.startswith("linux"):
        return  # elsewhere the time limit ends it
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it had ended before
        os._exit(1)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """End this process if it stays busy after the process that would stop it has ended."""
    alarm = getattr(signal, "alarm", lambda seconds: None)  # Windows has none
    alarm(int(seconds) + 5)
    yield
    alarm(0)


def _answer(message: Message) -> Message:
    question = message.facts
    path = Path(question["path"])
    try:
        os.chdir(question["folder"])
        if question["do"] == "check":
            _load_libraries()
        _limit_memory(path)
        return _do(message, path)
    except _RAISED_BY_READERS as error:
        return Message({"error": type(error).__name__, "message": str(error)}, {})
    except MemoryError:
        text = (
            f"{path}: found more data than a file of {size_of(path)} bytes may hold, expected at "
            f"most {bytes_allowed(size_of(path))} bytes. The file is damaged, or made to fill "
            "memory: get it again, or save the table of trials alone as CSV."
        )
    # Whatever else a library raises is damage: the readers' own errors are those above.
    except Exception as error:
        text = (
            f"{path}: damaged or cut off ({size_of(path)} bytes; {type(error).__name__}: {error})."
            " Get it again from its source, or save the table of trials as CSV."
        )
    return Message({"error": "RecordingError", "message": text}, {})


def _do(message: Message, path: Path) -> Message:
    """Read tables or neurons, look what format a file has, or check a recording."""
    question = message.facts
    if question["do"] == "look":
        return Message({"format": _look_inside(path, question["formats"])}, {})
    file_format = find_format(question["format"])
    if question["do"] == "read":
        tables = file_format.read_here(path, question["table"], **question["options"])
        return message_of(tables)
    if question["do"] == "neural":
        assert file_format.read_neural is not None
        request = NeuralRequest.of(question["request"], message.arrays)
        found = file_format.read_neural(path, request)
        return Message({"neural": found.facts()}, found.arrays())
    assert file_format.open_recording is not None
    file_format.open_recording([path]).close()
    return Message({"checked": True}, {})


@cache
def _load_libraries() -> None:
    """Load what opens recordings, so that its memory is not counted among a file's."""
    import xarray

    import pfc_analysis.recording.storage  # noqa: F401

    xarray.backends.list_engines()


def _look_inside(path: Path, names: list[str]) -> str | None:
    for name in names:
        look_inside = find_format(name).look_inside
        assert look_inside is not None, name
        if look_inside(path):
            return name
    return None


def _limit_memory(path: Path) -> None:
    """Limit what this process may reserve from here on, where the system can (Linux)."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    # Three times, for values are copied on their way into a message.
    most = pages * resource.getpagesize() + 3 * bytes_allowed(size_of(path)) + _SPARE
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


if __name__ == "__main__":
    main()
