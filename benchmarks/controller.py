"""Start the processes of all contenders, and measure one after the other, in shuffled rounds."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from plan import ONE_THREAD, Contender, Program

HERE = Path(__file__).resolve().parent

SECONDS_TO_LEAVE = 20.0
"""How long to wait for a process to end before it is killed."""

Row = dict[str, Any]


class WorkerError(RuntimeError):
    """A contender failed; the message names its program."""


class Worker:
    """A process that runs a program.

    Parameters
    ----------
    program : Program
        The program.
    core : int, optional
        The core to pin the process to; by default it may use any.
    """

    def __init__(self, program: Program, core: int | None) -> None:
        self.program, self.core = program, core
        self.process: subprocess.Popen[str] | None = None
        self.unavailable: str | None = None

    def start(self) -> Worker:
        """Start the process; wait until it has warmed up or has said why it cannot run."""
        program = self.program
        spec = {"make": program.make, "arguments": program.arguments, "core": self.core}
        threads = ONE_THREAD if program.threads == 1 else {}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), json.dumps(spec)],
            env={**os.environ, **threads, **program.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.unavailable = self.answer().get("unavailable")
        return self

    def begin(self, seconds: float) -> None:
        """Ask the process to work for some time."""
        stdin, _ = self._pipes()
        stdin.write(f"{seconds}\n")
        stdin.flush()

    def answer(self) -> Row:
        """Wait for the next answer of the process."""
        line = self._pipes()[1].readline()
        if not line:
            raise WorkerError(
                f"{self.program.make} with {self.program.arguments} ended without an answer; "
                "see its error message above."
            )
        message: Row = json.loads(line)
        return message

    def close(self) -> None:
        """End the process, if it was started, together with its own worker processes."""
        if self.process is None:
            return
        stdin, stdout = self._pipes()
        stdin.close()
        try:
            self.process.wait(SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        stdout.close()

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        process = self.process
        assert process is not None, "not started"
        assert process.stdin is not None
        assert process.stdout is not None
        return process.stdin, process.stdout


class Team:
    """The worker processes of several contenders.

    Parameters
    ----------
    contenders : sequence of Contender
        The contenders; those with the same program share its workers.

    Attributes
    ----------
    unavailable : dict
        Reasons why contenders cannot be measured, by name.
    """

    def __init__(self, contenders: Sequence[Contender]) -> None:
        self.contenders = contenders
        self.unavailable: dict[str, str] = {}
        programs = {contender.program.key(): contender.program for contender in contenders}
        copies = dict.fromkeys(programs, 0)
        for contender in contenders:
            key = contender.program.key()
            copies[key] = max(copies[key], contender.copies)
        cores = available_cores()
        self.workers: dict[str, list[Worker]] = {
            key: [
                Worker(program, core if program.threads == 1 else None)
                for core in cores[: copies[key]]
            ]
            for key, program in programs.items()
        }

    def start(self, advance: Callable[[str], None]) -> None:
        """Start all processes, one per core at a time; note which contenders are unavailable."""
        everyone = [worker for workers in self.workers.values() for worker in workers]
        with ThreadPoolExecutor(len(available_cores())) as pool:
            for worker in pool.map(Worker.start, everyone):
                advance(f"started {worker.program.make} {worker.program.arguments}")
        for contender in self.contenders:
            workers = self.workers[contender.program.key()]
            reasons = [worker.unavailable for worker in workers if worker.unavailable]
            if len(workers) < contender.copies:
                reasons.append("this machine has too few cores")
            if reasons:
                self.unavailable[contender.name] = reasons[0]

    def measure(self, contender: Contender, seconds: float) -> Row:
        """Let one contender work while all others wait; return its row of results."""
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
        """End all worker processes."""
        everyone = [worker for workers in self.workers.values() for worker in workers]
        with ThreadPoolExecutor(len(everyone) or 1) as pool:
            list(pool.map(Worker.close, everyone))


@contextmanager
def open_team(contenders: Sequence[Contender], advance: Callable[[str], None]) -> Iterator[Team]:
    """Start the workers of some contenders; they are ended when the block ends."""
    team = Team(contenders)
    try:
        team.start(advance)
        yield team
    finally:
        team.close()


def play_rounds(
    team: Team, rounds: int, seconds: float, seed: int, advance: Callable[[str], None]
) -> list[Row]:
    """Measure every available contender once per round, in an order shuffled for each round."""
    order = [c for c in team.contenders if c.name not in team.unavailable]
    shuffler, rows = random.Random(seed), []
    for number in range(rounds):
        shuffler.shuffle(order)
        for contender in order:
            rows.append({"round": number, **team.measure(contender, seconds)})
            advance(f"round {number + 1}: {contender.name}")
    return rows


def available_cores() -> list[int]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
