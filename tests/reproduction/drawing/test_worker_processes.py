"""Jobs side by side: results as they come, errors as results, and no process that is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pfc_analysis.atomic import remove_abandoned
from pfc_analysis.reproduction.drawing.worker_processes import Job, Workers
from pfc_analysis.training.run.replica_processes import WorkerKilledError

WRITES = """
import os, sys, time
from pathlib import Path
from pfc_analysis.atomic import atomic_path
from pfc_analysis.reproduction.drawing.worker_processes import Job, Workers

def write(folder, name):
    with atomic_path(Path(folder) / name) as temporary:
        temporary.write_text("half")
        time.sleep(600)

jobs = [Job(name, write, (sys.argv[1], name)) for name in ("a.csv", "b.csv")]
with Workers(2) as processes:
    list(processes.run(jobs))
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a process whose two workers are each in the middle of a file; return it and them."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES, str(folder)],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while len(list(folder.glob(".*.partial*"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, psutil.Process(process.pid).children(recursive=True)


def test_a_job_is_taken_when_a_process_is_free():
    taken, ended = [], []

    def list_jobs():
        for name in "abcdef":
            taken.append(name)
            yield Job(name, str.upper, (name,))

    with Workers(2) as processes:
        for name, result in processes.run(list_jobs()):
            ended.append(name)
            assert result == name.upper()
            assert len(taken) <= len(ended) + 3  # two run, and two may have ended together
    assert taken == list("abcdef")
    assert sorted(ended) == taken


def test_with_one_worker_jobs_run_in_this_process():
    with Workers(1) as processes:
        assert list(processes.run([Job("own", os.getpid)])) == [("own", os.getpid())]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_error_is_a_result_with_its_traceback_and_other_jobs_go_on(n_workers):
    jobs = [Job("wrong", int, ("x",)), Job("right", int, ("3",))]
    with Workers(n_workers) as processes:
        found = dict(processes.run(jobs))
    assert found["right"] == 3
    assert isinstance(found["wrong"], ValueError)
    assert "invalid literal" in str(found["wrong"])
    assert "Traceback" in found["wrong"].__notes__[0]


def test_an_error_that_cannot_be_sent_is_described():
    code = (
        "class Odd(Exception):\n    def __init__(self, a, b): super().__init__(a)\nraise Odd(1, 2)"
    )
    with Workers(1) as processes:
        ((_, found),) = processes.run([Job("odd", exec, (code, {}))])
    assert isinstance(found, RuntimeError)
    assert "Odd: 1" in str(found)


def test_matrix_products_of_workers_use_one_thread():
    with Workers(2) as processes:
        ((_, found),) = processes.run([Job("threads", os.getenv, ("OPENBLAS_NUM_THREADS",))])
    assert found == "1"


def test_a_killed_worker_is_an_error_that_says_so():
    with Workers(2) as processes, pytest.raises(WorkerKilledError, match="out of memory"):
        list(processes.run([Job("killed", exec, ("import os; os.kill(os.getpid(), 9)", {}))]))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for groups of processes")
def test_ctrl_c_ends_all_workers_in_silence_and_what_they_wrote_can_be_removed(tmp_path):
    process, workers = start(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert told.count("Traceback") <= 1  # of this process alone: `pfc` replaces it by one line
    assert told.strip().endswith("KeyboardInterrupt")
    assert not remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows gives a child no new parent")
def test_workers_of_a_killed_process_end_and_remove_what_they_were_writing(tmp_path):
    process, workers = start(tmp_path)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive
    assert list(tmp_path.iterdir()) == []
