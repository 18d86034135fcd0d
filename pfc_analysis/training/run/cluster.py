"""Replicas on a dask cluster: one task each, on workers that come and go."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfc_analysis.training.run.checkpoint import TrainedReplica, summarise_replica
from pfc_analysis.training.run.file_lock import FolderBusyError
from pfc_analysis.training.run.recipe import read_recipe
from pfc_analysis.training.run.trainer import Plan, train_replica

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster, Worker

CONNECT_SECONDS = 10.0
BUSY_SECONDS = 300.0
"""How long a task waits for a folder: a worker cut off from its scheduler stops well before."""

_PROCESS = threading.Lock()  # one replica at a time in a process, whatever threads it has


@dataclass(frozen=True)
class Job:
    """A replica to train.

    Attributes
    ----------
    plan : Plan
        How to train, and where to.
    seed : int
        Of the replica.
    """

    plan: Plan
    seed: int


@dataclass(frozen=True)
class JobResult:
    """What became of a job.

    Attributes
    ----------
    trained : TrainedReplica or None
        The replica, as its worker sees the files; None if it failed.
    worker : str
        Address of that worker.
    resumed_at : int or None
        Update from which that worker went on, 0 being the start; None if it found all done.
    seconds : float or None
        What it took that worker.
    error : str
        Why it failed, in one line.
    """

    trained: TrainedReplica | None = None
    worker: str = ""
    resumed_at: int | None = None
    seconds: float | None = None
    error: str = ""


class LostError(RuntimeError):
    """A task goes on although nobody waits for it any more."""


@contextmanager
def connect(scheduler: str | None, workers: int) -> Iterator[Client]:
    """Connect to a scheduler, or to a cluster of processes on this machine.

    Parameters
    ----------
    scheduler : str or None
        Its address; None starts a cluster that lasts as long as the block.
    workers : int
        Processes of that cluster.

    Raises
    ------
    ModuleNotFoundError
        If dask is not installed.
    ConnectionError
        If no scheduler answers.
    ValueError
        If a worker has several threads.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'A sweep needs dask: pip install "pfc_analysis[cluster]", '
            "or train on this machine with pfc train."
        ) from error

    if scheduler is not None:
        with _reach(scheduler) as client:
            _refuse_threads(client, scheduler)
            yield client
        return
    with start_cluster(workers) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


def start_cluster(workers: int) -> LocalCluster:
    """Start a cluster of processes on this machine, one thread each."""
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        # Even without a dashboard it serves a page, on a port that must not be somebody else's.
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        memory_limit=0,  # training needs little, and the same from first to last
        silence_logs=logging.CRITICAL,  # the table tells what failed, and why
    )


def train_on(client: Client, jobs: Sequence[Job]) -> Iterator[tuple[Job, JobResult]]:
    """Train replicas on a cluster; yield each job as it ends, well or not.

    A task whose worker dies goes to another, which goes on from the replica's checkpoint.
    """
    from distributed import as_completed

    futures = client.map(_work, jobs, pure=False, key="train_replica")
    job_of = {future.key: job for future, job in zip(futures, jobs, strict=True)}
    for future in as_completed(futures, loop=client.loop):
        yield job_of[future.key], _outcome(future)


def _reach(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConnectionError(
            f"No dask scheduler answers at {address!r} ({reason}). Give an address such as "
            "tcp://HOST:8786, as `dask scheduler` prints it; without one, the sweep runs on this "
            "machine."
        ) from error


def _refuse_threads(client: Client, scheduler: str) -> None:
    threads = {address: n for address, n in client.nthreads().items() if n > 1}
    for address, n_threads in threads.items():
        raise ValueError(
            f"Worker {address} of {scheduler} has {n_threads} threads; expected 1, as each replica "
            f"needs a process to itself. Start it with: dask worker {scheduler} --nthreads 1 "
            f"--nworkers {n_threads}"
        )


def _outcome(future: Future) -> JobResult:
    """Return what a future that is done has to tell."""
    from distributed.scheduler import KilledWorker

    if future.status == "finished":
        outcome: JobResult = future.result()
        return outcome
    if future.status != "error":
        return JobResult(error=f"{future.status}: the scheduler went away")
    error = future.exception()
    if isinstance(error, KilledWorker):
        return JobResult(
            error=f"died with its worker {error.allowed_failures + 1} times, last on "
            f"{error.last_worker.address}; what that worker printed may tell why"
        )
    return JobResult(error=f"{type(error).__name__}: " + " ".join(str(error).split()))


def _work(job: Job) -> JobResult:
    """Train a replica; runs on a worker."""
    from distributed import get_worker

    worker = get_worker()
    _check_folder_is_shared(job.plan, worker.address)
    lead = _Lead(worker)
    with _PROCESS:
        started = time.monotonic()
        _train_when_free(job, lead)
        seconds = time.monotonic() - started
    trained = summarise_replica(job.plan.folder(job.seed))
    return JobResult(trained, worker.address, lead.resumed_at, seconds)


class _Lead:
    """Ties a task to its scheduler: training stops where nobody waits for it any more."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.key = worker.get_current_task()
        self.resumed_at: int | None = None

    def tell(self, update: float, steps: float, reward: float) -> None:
        if self.resumed_at is None:
            self.resumed_at = int(update) - 1
        self.hold()

    def hold(self) -> None:
        """Raise where the worker closes, or its scheduler has taken the task back."""
        task = self.worker.state.tasks.get(self.key)
        alive = self.worker.status.name in ("running", "paused", "closing_gracefully")
        if not alive or task is None or task.state == "cancelled":
            raise LostError(f"{self.key}: taken back from {self.worker.address}")


def _train_when_free(job: Job, lead: _Lead) -> None:
    """Wait for a worker that still holds the folder: it may be cut off, yet alive."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return train_replica(job.plan, job.seed, lead)
        except FolderBusyError:
            lead.hold()
            if time.monotonic() > deadline:
                raise


def _check_folder_is_shared(plan: Plan, worker: str) -> None:
    """Refuse to train into a folder that only this worker would see."""
    try:
        same = read_recipe(plan.out).training_digest() == plan.recipe.training_digest()
    except FileNotFoundError:
        same = False
    if not same:
        raise FileNotFoundError(
            f"{plan.out}: worker {worker} does not find there the recipe that was put there. "
            "The folder must be on a file system that all workers share, under the same path."
        )
