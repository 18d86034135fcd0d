"""Train replicas on a dask cluster, one task for each; workers may join and leave."""

from __future__ import annotations

import logging
import shutil
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pfc_analysis.python_process import no_ctrl_c_for_new_processes, outside_current_folder
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.file_lock import FolderLockedError
from pfc_analysis.training.run.main_guard import refuse_unguarded_script
from pfc_analysis.training.run.plan import Plan
from pfc_analysis.training.run.replica_processes import train_replica
from pfc_analysis.training.run.training_log import TrainedReplica, summarise_replica

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster, Worker

CONNECT_SECONDS = 10.0
TELL_SECONDS = 10.0
"""How long a sweep waits without a word for workers."""
_POLL_SECONDS = 0.1
WORKER_SECONDS = 300.0
"""How long a sweep waits for workers at all."""
LOCKED_SECONDS = 300.0
"""How long a task waits for a locked folder. A worker that lost its scheduler stops well before."""

_GONE = (
    "the scheduler is gone; start it and its workers again, and repeat this sweep: it continues "
    "from the last checkpoints"
)

_ONE_AT_A_TIME = threading.Lock()  # a process trains one replica at a time, even if it has threads


@dataclass(frozen=True)
class Job:
    """A replica to train.

    Attributes
    ----------
    plan : Plan
        How to train, and the folder to write to.
    seed : int
        Seed of the replica.
    measure : Measure, optional
        What to measure on the trained replica; it is sent to the workers.
    """

    plan: Plan
    seed: int
    measure: Measure | None = None


class Measure(Protocol):
    """What is measured on a trained replica, on the worker that trained it."""

    def __call__(self, plan: Plan, seed: int) -> dict[str, float]:
        """Measure a replica; return numbers by the name of their column in the table."""

    def describe(self) -> str:
        """Say what is measured: the same text stands for the same numbers of the same weights."""


@dataclass(frozen=True)
class JobResult:
    """The result of a job.

    Attributes
    ----------
    trained : TrainedReplica or None
        Summary of the replica, from the files that its worker wrote; None if it failed.
    worker : str
        Address of the worker.
    resumed_at : int or None
        Number of updates made before this worker took over; None if there was nothing left to do.
    seconds : float or None
        Time that the worker took.
    error : str
        Why the job failed, in one line.
    measured, measures : str, dict
        What was measured (`Measure.describe`), and the numbers.
    """

    trained: TrainedReplica | None = None
    worker: str = ""
    resumed_at: int | None = None
    seconds: float | None = None
    error: str = ""
    measured: str = ""
    measures: dict[str, float] = field(default_factory=dict)


class TaskLostError(RuntimeError):
    """The scheduler took a task back, or its worker is closing: training must stop."""


@contextmanager
def connect(scheduler: str | None, workers: int, scratch: Path) -> Iterator[Client]:
    """Connect to a scheduler, or start a cluster of processes on this machine.

    Parameters
    ----------
    scheduler : str or None
        Address of the scheduler; None starts a cluster, which stops at the end of the block.
    workers : int
        Number of processes of that cluster.
    scratch : Path
        Folder for dask's own files while that cluster runs; it is removed at the end.

    Raises
    ------
    ModuleNotFoundError
        If dask is not installed.
    ConnectionError
        If no scheduler answers, or it has no worker for `WORKER_SECONDS`.
    ValueError
        If a worker has more than one thread.
    RuntimeError
        If a script starts a cluster outside of `if __name__ == "__main__":`.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'A sweep needs dask: pip install "pfc_analysis[cluster]", '
            "or train on this machine with pfc train."
        ) from error

    if scheduler is not None:
        with _silent_dask(), _open_client(scheduler) as client:
            _wait_for_workers(client, scheduler)
            _refuse_threads(client, scheduler)
            yield client
        return
    refuse_unguarded_script()
    try:
        with (
            outside_current_folder(),  # also for workers that are started again
            start_cluster(workers, scratch.absolute()) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def start_cluster(workers: int, scratch: Path) -> LocalCluster:
    """Start a cluster of processes on this machine, with one thread each."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"temporary-directory": str(scratch)}),  # of the scheduler
        no_ctrl_c_for_new_processes(),
    ):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            local_directory=str(scratch),  # of workers, also those that are started again
            dashboard_address=None,
            # Without a dashboard, dask still serves a page: let it choose a port that is free.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            memory_limit=0,  # no limit is needed: training uses little memory, always the same
            silence_logs=logging.CRITICAL,  # the table of the sweep says what failed, and why
        )


def train_on(client: Client, jobs: Sequence[Job]) -> Iterator[tuple[Job, JobResult]]:
    """Train replicas on a cluster; yield each job with its result when it ends or fails.

    If a worker dies, another one continues its task from the replica's checkpoint.
    """
    futures = client.map(_run_job, jobs, pure=False, key="train_replica")
    job_of = {future.key: job for future, job in zip(futures, jobs, strict=True)}
    pending, patience = set(futures), _Patience(client)
    while pending:
        time.sleep(_POLL_SECONDS)
        if patience.is_over():
            yield from ((job_of[f.key], JobResult(error=patience.reason)) for f in pending)
            return
        for future in [future for future in pending if future.status != "pending"]:
            pending.remove(future)
            yield job_of[future.key], _read_result(future)


class _Patience:
    """Notices that a scheduler is gone, or that it has had no worker for long."""

    def __init__(self, client: Client) -> None:
        self.client, self.reason = client, ""
        self.since: float | None = None  # when it was first found without workers
        self.told, self.next_look = False, 0.0

    def is_over(self) -> bool:
        """Return whether there is nothing left to wait for; `reason` then says why."""
        if self.client.status in ("closing", "closed"):  # it has tried to connect again
            self.reason = f"closed: {_GONE}"
            return True
        now = time.monotonic()
        if now < self.next_look:
            return False
        self.next_look = now + 1.0
        if self._has_workers():
            self.since, self.told = None, False
            return False
        self.since = self.since or now
        waited = now - self.since
        if waited > TELL_SECONDS and not self.told:
            self.told = True
            _tell_no_worker(str(self.client.scheduler_info()["address"]))
        self.reason = f"the scheduler had no worker for {WORKER_SECONDS:.0f} seconds"
        return waited > WORKER_SECONDS

    def _has_workers(self) -> bool:
        try:
            return bool(self.client.nthreads())
        except (OSError, AttributeError):  # the connection is lost just now
            return True


def _tell_no_worker(address: str) -> None:
    warnings.warn(
        f"{address} has no worker. Waiting for {WORKER_SECONDS:.0f} seconds; start workers with: "
        f"dask worker {address} --nthreads 1",
        stacklevel=2,
    )


def _wait_for_workers(client: Client, scheduler: str) -> None:
    """Wait until a scheduler has a worker; say so if that takes long.

    Raises
    ------
    ConnectionError
        If it still has none after `WORKER_SECONDS`, or is gone.
    """
    patience = _Patience(client)
    while not patience.is_over():
        if patience.since is None:
            return
        time.sleep(0.2)
    raise ConnectionError(
        f"{scheduler}: {patience.reason}. Start workers with: dask worker {scheduler} --nthreads 1"
    )


@contextmanager
def _silent_dask() -> Iterator[None]:
    """Keep dask from printing tracebacks when a scheduler dies: the table of the sweep says so."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _open_client(address: str) -> Client:
    """Connect to a scheduler, or raise a ConnectionError that says what to do."""
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


def _read_result(future: Future) -> JobResult:
    """Return the result of a future that has ended, failed or been lost."""
    from distributed.scheduler import KilledWorker

    if future.status == "finished":
        result: JobResult = future.result()
        return result
    if future.status != "error":
        return JobResult(error=f"{future.status}: {_GONE}")
    error = future.exception()
    if isinstance(error, KilledWorker):
        return JobResult(
            error=f"its worker died {error.allowed_failures + 1} times, the last one at "
            f"{error.last_worker.address}; see what that worker printed"
        )
    return JobResult(error=f"{type(error).__name__}: " + " ".join(str(error).split()))


def _run_job(job: Job) -> JobResult:
    """Train a replica; this function runs on a worker."""
    from distributed import get_worker

    worker = get_worker()
    _check_folder_is_shared(job.plan, worker.address)
    reporter = _WorkerReporter(worker)
    with _ONE_AT_A_TIME:
        started = time.monotonic()
        _train_when_unlocked(job, reporter)
        seconds = time.monotonic() - started
        trained = summarise_replica(job.plan.folder(job.seed))
        result = JobResult(trained, worker.address, reporter.resumed_at, seconds)
        if job.measure is None:
            return result
        measures = job.measure(job.plan, job.seed)
        return replace(result, measured=job.measure.describe(), measures=measures)


class _WorkerReporter:
    """Stops training, at an update, once the scheduler no longer waits for the task."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.key = worker.get_current_task()
        self.resumed_at: int | None = None

    def update(self, updates: float, steps: float, reward: float) -> None:
        """Note the first update, and stop if the task is lost."""
        if self.resumed_at is None:
            self.resumed_at = int(updates) - 1
        self.check_task()

    def check_task(self) -> None:
        """Raise a TaskLostError if the worker is closing or the scheduler took the task back."""
        task = self.worker.state.tasks.get(self.key)
        alive = self.worker.status.name in ("running", "paused", "closing_gracefully")
        if not alive or task is None or task.state == "cancelled":
            raise TaskLostError(f"{self.key}: no longer a task of {self.worker.address}")


def _train_when_unlocked(job: Job, reporter: _WorkerReporter) -> None:
    """Train, once the folder is unlocked: a worker that lost its scheduler may still hold it."""
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            return train_replica(job.plan, job.seed, reporter)
        except FolderLockedError:
            reporter.check_task()
            if time.monotonic() > deadline:
                raise


def _check_folder_is_shared(plan: Plan, worker: str) -> None:
    """Raise a FileNotFoundError if the worker does not see the folder of the sweep."""
    try:
        same = read_recipe(plan.out).training_digest() == plan.recipe.training_digest()
    except FileNotFoundError:
        same = False
    if not same:
        raise FileNotFoundError(
            f"{plan.out}: worker {worker} does not see the recipe that this call wrote there. "
            "Use a folder on a file system that all workers share, under the same path."
        )
