"""Run jobs side by side in worker processes, of which none is left if this one is stopped."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pfc_analysis.python_process import end_with_parent, outside_current_folder
from pfc_analysis.training.run.replica_processes import WorkerKilledError

_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM")
_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES}


@dataclass(frozen=True)
class Job:
    """A piece of work for another process.

    Attributes
    ----------
    name : str
        What the result is called.
    function : callable
        Function of a module, with arguments that can be pickled.
    arguments : tuple
        Its arguments.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Workers:
    """Worker processes that run jobs; a context manager, at whose end none is left.

    Parameters
    ----------
    n_workers : int
        Number of processes, each with one thread for matrix products. With 1, jobs run in this
        process.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._executor: Any = None  # loky has no types

    def __enter__(self) -> Workers:
        if self.n_workers > 1:
            from joblib.externals.loky import ProcessPoolExecutor

            self._executor = ProcessPoolExecutor(
                self.n_workers, initializer=_begin_worker, initargs=(os.getpid(),), env=_ONE_THREAD
            )
        return self

    def __exit__(self, *error: object) -> None:
        if self._executor is not None:
            # Where all went well they wait for work; after an error or Ctrl-C nobody needs it.
            self._executor.shutdown(kill_workers=True)

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[str, Any]]:
        """Run jobs side by side, and yield the result of each as soon as it is there.

        Parameters
        ----------
        jobs : iterable of Job
            In the order in which they begin. A job is taken when a process is free for it.

        Yields
        ------
        name : str
            The job's name.
        result : object
            What its function returned, or the exception that it raised.

        Raises
        ------
        WorkerKilledError
            If the operating system killed a worker process.
        """
        if self._executor is None:
            for job in jobs:
                yield job.name, _try_job(job)
            return
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        try:
            yield from _keep_busy(self._executor, iter(jobs), self.n_workers)
        except TerminatedWorkerError as error:
            raise WorkerKilledError(
                "the operating system killed a worker process (out of memory?)"
            ) from error


def _keep_busy(
    executor: Executor, jobs: Iterator[Job], n_workers: int
) -> Iterator[tuple[str, Any]]:
    """Give each process the next job when it is free."""
    running: dict[Future[Any], str] = {}

    def submit(number: int) -> None:
        for job in islice(jobs, number):
            with outside_current_folder():  # processes are started with the first jobs
                running[executor.submit(_try_job, job)] = job.name

    submit(n_workers)
    while running:
        done = wait(running, return_when=FIRST_COMPLETED).done
        ended = [(running.pop(future), future.result()) for future in done]
        submit(len(ended))
        yield from ended


def _begin_worker(parent: int) -> None:
    """Let the parent decide when this worker process ends: it gets Ctrl-C, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent)


def _try_job(job: Job) -> Any:
    """Run a job; return its result, or the exception that it raised, with its traceback."""
    try:
        return job.function(*job.arguments)
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # some exceptions cannot be sent to another process
            return RuntimeError(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        return error
