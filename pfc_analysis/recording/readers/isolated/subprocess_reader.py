"""Read a file in a process of its own, which a damaged file may break and nothing else.

The libraries that read HDF5 and Zarr are compiled code that believes much of what a file says: a
single wrong byte can end the process that reads it, or keep it busy for ever. So such files are
read by a helper process with a limit of time and, where the system has one, of memory; it hands
back plain tables. It starts with the first such file, takes some tenths of a second for that, and
reads all that follow; if a file breaks it, the error says so and the next file gets a new one.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pfc_analysis.recording.readers.isolated.messages import Message, receive, send, tables_of
from pfc_analysis.recording.readers.raw_table import RawTable
from pfc_analysis.recording.schema import RecordingError

SECONDS = 30.0
"""Time that a file may take, beside what its size takes at `_BYTES_PER_SECOND`."""

_BYTES_PER_SECOND = 10e6
_MODULE = "pfc_analysis.recording.readers.isolated.worker"
_ERRORS = {
    "RecordingError": RecordingError,
    "FileNotFoundError": FileNotFoundError,
    "ModuleNotFoundError": ModuleNotFoundError,
}


def read_apart(kind: str, path: Path, table: str | None = None, **options: str) -> list[RawTable]:
    """Read the tables of a file in the helper process.

    Parameters
    ----------
    kind : {"matlab73", "hdf5", "zarr", "nwb"}
        Which reader.
    path : Path
        The file or folder.
    table : str, optional
        As in the reader.
    **options : str
        Its further arguments.

    Returns
    -------
    list of RawTable
        What the reader returns.

    Raises
    ------
    RecordingError
        If the file ends the process, takes more memory or time than a file of its size may; else
        what the reader raises.
    """
    return tables_of(_ask(kind, path, table, options), path)


def look_apart(path: Path) -> str:
    """Say in the helper process what kind of data an HDF5 file or Zarr folder holds."""
    return str(_ask("look", path, None).facts["kind"])


def check_apart(path: Path, kind: str = "recording") -> None:
    """Read a recording of this toolkit through in the helper process, and forget it.

    Parameters
    ----------
    path : Path
        The file or folder.
    kind : {"recording", "exported"}
        As it was saved, or exported to NWB.

    Raises
    ------
    RecordingError
        If it is no valid recording, or breaks whoever reads it.
    """
    _ask(kind, path, None)


def _ask(
    kind: str, path: Path, table: str | None, options: Mapping[str, str] | None = None
) -> Message:
    question = {"kind": kind, "path": str(path), "table": table, "options": dict(options or {})}
    with _LOCK:
        answer = _HELPER.ask(question, path)
    error = answer.facts.get("error")
    if error is not None:
        raise _ERRORS.get(error, RecordingError)(answer.facts["message"])
    return answer


class _Helper:
    """The process, which is started when it is first asked, and again when it has ended."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.errors: IO[bytes] | None = None

    def ask(self, question: dict[str, Any], path: Path) -> Message:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        seconds = SECONDS + size_of(path) / _BYTES_PER_SECOND
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            send(process.stdin, Message(question | {"seconds": seconds}, {}))
            return receive(process.stdout)
        except (EOFError, OSError, ValueError) as error:
            status = self.close(kill=True)
            raise RecordingError(_why(path, seconds if late.is_set() else None, status)) from error
        except BaseException:  # interrupted: an answer that comes later is nobody's
            self.close(kill=True)
            raise
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.owner == os.getpid() and self.process.poll() is None:
            return self.process
        if self.owner == os.getpid():
            self.close(kill=True)
        # Not the parent's standard error: what libraries print on damage is none of the user's.
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
        )
        self.owner = os.getpid()
        self._wait_until_ready(self.process)
        return self.process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        try:
            receive(process.stdout)
        except (EOFError, ValueError) as error:
            assert self.errors is not None
            self.errors.seek(0)
            said = self.errors.read().decode("utf-8", "replace")[-2000:]
            self.close(kill=True)
            raise RuntimeError(
                f"The process that reads files did not start: {sys.executable} -m {_MODULE}\n{said}"
            ) from error

    def close(self, kill: bool = False) -> int | None:
        """End the process, if this process started one; return its exit status."""
        process, self.process = self.process, None
        if process is None or self.owner != os.getpid():
            return None
        if kill:
            # One that crashed has a status of its own, which says more than that of a kill.
            with _patience():
                process.wait(0.5)
            process.kill()
        assert process.stdin is not None
        assert process.stdout is not None
        assert self.errors is not None
        with _patience():
            process.stdin.close()
        process.stdout.close()
        self.errors.close()
        return process.wait()


class _patience:  # noqa: N801
    """Lets pass that a process has not ended yet, or has ended before it could be told to."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, (subprocess.TimeoutExpired, OSError))


def _why(path: Path, seconds: float | None, status: int | None) -> str:
    if seconds is not None:
        return (
            f"{path}: damaged, or on a disk that is very slow: found no end after {seconds:.0f} "
            f"s, expected less for {size_of(path)} bytes. Get it anew, or copy it to a disk of "
            "this machine."
        )
    return (
        f"{path}: damaged or cut off ({size_of(path)} bytes): the library that reads it broke off "
        f"(exit status {status}). Get it anew from where it came from, or save the table of trials "
        "as CSV."
    )


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where there is none."""
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size if path.exists() else 0


_HELPER = _Helper()
_LOCK = threading.Lock()
atexit.register(_HELPER.close)
