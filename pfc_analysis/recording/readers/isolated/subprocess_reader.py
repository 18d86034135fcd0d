"""Read files in a subprocess, so that a damaged file cannot crash the caller.

The libraries that read HDF5, Zarr and MATLAB files are compiled code that trusts much of what a
file says: a single wrong byte can crash the process that reads it, or keep it busy for ever. So a
subprocess reads such files, with a time limit and, on Linux, a memory limit, and sends back plain
tables. It starts with the first such file (which takes some tenths of a second) and reads all
that follow. If a file crashes it, the error says so, and the next file gets a new subprocess. It
runs no module that lies beside the data, and ends with the process that started it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from pfc_analysis.python_process import python_command
from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.readers.isolated.messages import Message, receive, send, tables_of
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable

SECONDS = 30.0
"""Time limit of a file, to which its size adds one second for each `_BYTES_PER_SECOND` bytes."""

_BYTES_PER_SECOND = 10e6
_MODULE = "pfc_analysis.recording.readers.isolated.worker"
# What libraries reserve would count as memory of the file: each thread has some of its own, and
# the allocator that pyarrow brings along takes 1 GiB at its first use, the whole limit of a
# small file. pandas keeps text with pyarrow where that is installed.
_LITTLE_MEMORY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "BLOSC_NTHREADS": "1"} | {
    "MALLOC_ARENA_MAX": "1",
    "ZARR_THREADING__MAX_WORKERS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
_ERRORS = {
    "RecordingError": RecordingError,
    "FileNotFoundError": FileNotFoundError,
    "ModuleNotFoundError": ModuleNotFoundError,
}


def read_isolated(
    name: str, path: Path, table: str | None = None, **options: str
) -> list[RawTable]:
    """Read the tables of a file in the subprocess.

    Parameters
    ----------
    name : str
        Name of its format (`pfc_analysis.recording.readers.registry`).
    path : Path
        The file or folder.
    table : str, optional
        As in the format's `read`.
    **options : str
        Further arguments of the format's `read`.

    Returns
    -------
    list of RawTable
        What the format's `read` returns.

    Raises
    ------
    RecordingError
        If the file crashes the subprocess, or takes more memory or time than a file of its size
        may; else what the format's `read` raises.
    """
    question = {"do": "read", "format": name, "table": table, "options": options}
    return tables_of(_ask(question, path), path)


def read_neural_isolated(name: str, path: Path, request: NeuralRequest) -> NeuralData:
    """Read spikes, counts or traces of a file in the subprocess.

    Parameters
    ----------
    name : str
        Name of its format.
    path : Path
        The file or folder.
    request : NeuralRequest
        What is to be read, and the times of the events.

    Returns
    -------
    NeuralData
        What the format's `read_neural` returns.

    Raises
    ------
    RecordingError
        As in `read_isolated`.
    """
    question = {"do": "neural", "format": name, "request": request.facts()}
    answer = _ask(question, path, request.events)
    return NeuralData.of(answer.facts["neural"], answer.arrays)


def look_inside_isolated(path: Path, names: Sequence[str]) -> str | None:
    """Ask the subprocess which of some formats a file has.

    Parameters
    ----------
    path : Path
        The file.
    names : sequence of str
        Names of formats, each with a `look_inside`; the first that recognises the file counts.

    Returns
    -------
    str or None
        The name of the format; None where it is none of them.
    """
    name = _ask({"do": "look", "formats": list(names)}, path).facts["format"]
    return None if name is None else str(name)


def check_isolated(name: str, path: Path) -> None:
    """Open a recording of this toolkit in the subprocess, read all of it, block by block.

    Parameters
    ----------
    name : str
        Name of its format.
    path : Path
        The file or folder.

    Raises
    ------
    RecordingError
        If it is no valid recording, or crashes the subprocess.
    """
    _ask({"do": "check", "format": name}, path)


def _ask(
    question: dict[str, Any], path: Path, arrays: Mapping[str, np.ndarray] | None = None
) -> Message:
    with _LOCK:
        # This process may have changed its folder since the subprocess was started.
        place = {"path": str(path), "folder": str(Path.cwd())}
        answer = _READER.ask(question | place, path, arrays or {})
    error = answer.facts.get("error")
    if error is not None:
        raise _ERRORS.get(error, RecordingError)(answer.facts["message"])
    return answer


class _SubprocessReader:
    """Start the subprocess when it is first asked, and again when it has ended."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.errors: IO[bytes] | None = None

    def ask(
        self, question: dict[str, Any], path: Path, arrays: Mapping[str, np.ndarray]
    ) -> Message:
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
            send(process.stdin, Message(question | {"seconds": seconds}, arrays))
            return receive(process.stdout)
        except (EOFError, OSError, ValueError) as error:
            status = self.close(kill=True)
            raise RecordingError(_why(path, seconds if late.is_set() else None, status)) from error
        except BaseException:  # interrupted: nobody would read the answer that comes later
            self.close(kill=True)
            raise
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.owner == os.getpid() and self.process.poll() is None:
            return self.process
        if self.owner == os.getpid():
            self.close(kill=True)
        # A file of its own: what libraries print about damage is of no use to the user.
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        environment = os.environ | _LITTLE_MEMORY
        self.process = subprocess.Popen(
            python_command(_MODULE, self._ends_with()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
        )
        self.owner = os.getpid()
        self._wait_until_ready(self.process)
        return self.process

    @staticmethod
    def _ends_with() -> str:
        """Whose end the subprocess shall share; Linux ends it with the thread that started it."""
        is_main = threading.current_thread() is threading.main_thread()
        return str(os.getpid()) if is_main else ""

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
                f"The subprocess that reads files did not start: {sys.executable}, {_MODULE}\n"
                f"{said}"
            ) from error

    def close(self, kill: bool = False) -> int | None:
        """End the subprocess, if this process started one; return its exit status."""
        process, self.process = self.process, None
        if process is None or self.owner != os.getpid():
            return None
        if kill:
            # The exit status of a crash says more than that of a kill.
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.kill()
        assert process.stdin is not None
        assert process.stdout is not None
        assert self.errors is not None
        with suppress(OSError):  # it may have ended before it read all
            process.stdin.close()
        process.stdout.close()
        self.errors.close()
        return process.wait()


def _why(path: Path, seconds: float | None, status: int | None) -> str:
    """Say why there is no answer: the time limit (seconds), or a crash (exit status)."""
    if seconds is not None:
        return (
            f"{path}: damaged, or on a very slow disk: reading did not end within "
            f"{seconds:.0f} s, expected less for {size_of(path)} bytes. Get it again, or copy it "
            "to a disk of this machine."
        )
    return (
        f"{path}: damaged or cut off ({size_of(path)} bytes): the library that reads it crashed "
        f"(exit status {status}). Get it again from its source, or save the table of trials "
        "as CSV."
    )


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where there is none."""
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size if path.exists() else 0


_READER = _SubprocessReader()
_LOCK = threading.Lock()
atexit.register(_READER.close)
