"""Starts the contenders' processes and lets them work one after the other, in shuffled rounds."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from plan import ONE_THREAD, Contender, Program

HERE = Path(__file__).resolve().parent

Row = dict[str, Any]


class WorkerError(RuntimeError):
    """A contender failed; the message says which and how."""


class Worker:
    """A process that runs a program.

    Parameters
    ----------
    program : Program
        What it runs.
    core : int, optional
        The one core it may use; any where not given.
    """

    def __init__(self, program: Program, core: int | None) -> None:
        self.program = program
        spec = {"make": program.make, "arguments": program.arguments, "core": core}
        threads = ONE_THREAD if program.threads == 1 else {}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), json.dumps(spec)],
            env={**os.environ, **threads, **program.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, seconds: float) -> None:
        """Tell it to work for so long."""
        stdin = _open(self.process.stdin)
        stdin.write(f"{seconds}\n")
        stdin.flush()

    def answer(self) -> Row:
        """Wait for its next answer."""
        line = _open(self.process.stdout).readline()
        if not line:
            raise WorkerError(
                f"{self.program.make} with {self.program.arguments} ended with status "
                f"{self.process.wait()}; its message is above."
            )
        message: Row = json.loads(line)
        return message

    def close(self) -> None:
        """End it."""
        _open(self.process.stdin).close()
        _open(self.process.stdout).close()
        self.process.kill()
        self.process.wait()


class Team:
    """The workers of several contenders, warmed up and waiting.

    Parameters
    ----------
    contenders : sequence of Contender
        Contenders with the same program share its workers.
    advance : callable
        Called with a text, after each start.

    Attributes
    ----------
    unavailable : dict
        Why a contender cannot be measured, by name.
    """

    def __init__(self, contenders: Sequence[Contender], advance: Callable[[str], None]) -> None:
        self.contenders, self.workers = contenders, dict[str, list[Worker]]()
        self.unavailable: dict[str, str] = {}
        refused: dict[str, str] = {}
        cores = available_cores()
        for contender in contenders:
            key = contender.program.key()
            found = self.workers.setdefault(key, [])
            while len(found) < contender.copies and key not in refused:
                if len(found) >= len(cores):
                    break
                core = cores[len(found)] if contender.program.threads == 1 else None
                found.append(Worker(contender.program, core))
                message = found[-1].answer()
                if "unavailable" in message:
                    refused[key] = message["unavailable"]
            if key in refused:
                self.unavailable[contender.name] = refused[key]
            elif len(found) < contender.copies:
                self.unavailable[contender.name] = "this machine has one core"
            advance(f"starting {contender.name}")

    def measure(self, contender: Contender, seconds: float) -> Row:
        """Let a contender work, all others waiting."""
        workers = self.workers[contender.program.key()][: contender.copies]
        for worker in workers:
            worker.begin(seconds)
        answers = [worker.answer() for worker in workers]
        work = sum(answer["work"] for answer in answers)
        cpu = sum(answer["cpu_seconds"] for answer in answers)
        wall = max(answer["wall_seconds"] for answer in answers)
        return {
            "contender": contender.name,
            "unit": contender.unit,
            "work": work,
            "cpu_seconds": cpu,
            "wall_seconds": wall,
            "clock": "CPU" if contender.by_cpu_time else "wall",
            "rate": work / (cpu if contender.by_cpu_time else wall),
        }

    def close(self) -> None:
        """End all workers."""
        for workers in self.workers.values():
            for worker in workers:
                worker.close()


@contextmanager
def open_team(contenders: Sequence[Contender], advance: Callable[[str], None]) -> Iterator[Team]:
    """Start the workers of some contenders, and end them in any case."""
    with ExitStack() as stack:
        team = Team(contenders, advance)
        stack.callback(team.close)
        yield team


def play_rounds(
    team: Team, rounds: int, seconds: float, seed: int, advance: Callable[[str], None]
) -> list[Row]:
    """Measure every available contender once a round, the order shuffled anew in each."""
    order = [c for c in team.contenders if c.name not in team.unavailable]
    shuffler, rows = random.Random(seed), []
    for number in range(rounds):
        shuffler.shuffle(order)
        for contender in order:
            rows.append({"round": number, **team.measure(contender, seconds)})
            advance(f"round {number + 1}: {contender.name}")
    return rows


def available_cores() -> list[int]:
    """Cores that this process may use; pinning is left out where the system has none."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
