"""Run one contender in a process: warm up, then work for the time requested.

`controller.py` starts it as ``python worker.py SPEC``, where SPEC is a `Program` and a core as
JSON. Each line on standard input is a number of seconds; each answer is a line of JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import IO, Any


def main() -> None:
    """Run the program that the command line describes."""
    spec = json.loads(sys.argv[1])
    # Answers go to standard output; what libraries print is redirected to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if spec["core"] is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {spec["core"]})
    try:
        work = _make(spec)
        work()
    except ModuleNotFoundError as error:
        _say(answers, {"unavailable": f"not installed ({error.name})"})
    except NotImplementedError as error:
        _say(answers, {"unavailable": str(error)})
    else:
        _say(answers, {"ready": True})
        for line in sys.stdin:
            _say(answers, measure(work, float(line)))


def measure(work: Callable[[], float], seconds: float) -> dict[str, float]:
    """Repeat a piece of work until some time has passed; the last piece is finished.

    Parameters
    ----------
    work : callable
        Does one piece of work and returns its amount.
    seconds : float
        Wall time in seconds.

    Returns
    -------
    dict
        `work`, `cpu_seconds` (of all threads) and `wall_seconds`.
    """
    done = 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    while time.perf_counter() - wall < seconds:
        done += work()
    return {
        "work": done,
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.perf_counter() - wall,
    }


def _make(spec: dict[str, Any]) -> Callable[[], float]:
    module, function = spec["make"].split(":")
    make = getattr(importlib.import_module(f"contenders.{module}"), function)
    work: Callable[[], float] = make(**spec["arguments"])
    return work


def _say(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
