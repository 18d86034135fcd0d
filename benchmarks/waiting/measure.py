"""Run a command and measure what a person waits for: time, processor time, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes
    ----------
    seconds : float
        From its start to its end.
    cpu_seconds : float
        Of it and of all processes that it started.
    peak_GB : float
        Largest resident memory of any one of them.
    """

    seconds: float
    cpu_seconds: float
    peak_GB: float  # noqa: N815 (a unit)


def run_command(command: Sequence[str], folder: Path, settings: dict[str, str]) -> Cost:
    """Run a command in a folder and measure it.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        Where it runs; what it prints goes to the file `printed` in it.
    settings : dict
        Environment variables, added to those of this process.

    Raises
    ------
    RuntimeError
        If it fails, with the end of what it printed.
    """
    printed = folder / "printed"
    with printed.open("w") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(command), cwd=folder, env=os.environ | settings, stdout=file, stderr=file
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{printed.read_text()[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)


def pfc(*arguments: str) -> tuple[str, ...]:
    """Return the command of `pfc` with some arguments, run by this Python."""
    return (sys.executable, "-m", "pfc_analysis", *arguments)


def program(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a file of the folder `programs`."""
    return (sys.executable, str(Path(__file__).parent / "programs" / f"{name}.py"), *arguments)
