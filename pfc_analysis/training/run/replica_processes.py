"""Train replicas in parallel processes, and clean up if they are stopped or killed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pfc_analysis.progress import ProgressReporter, SharedProgress
from pfc_analysis.python_process import end_with_parent, outside_current_folder
from pfc_analysis.training.run.checkpoint import (
    CHECKPOINT,
    load_progress,
    save_progress,
    save_weights,
)
from pfc_analysis.training.run.file_lock import FolderLockedError, lock_folder
from pfc_analysis.training.run.plan import Plan
from pfc_analysis.training.run.replica import (
    DivergedError,
    Replica,
    shapes_of_weights,
    single_thread,
)
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.training_log import LOG, describe_log, save_log

_CLEAN_SECONDS = 2.0  # how long to wait for a worker that is ending to unlock its folder


class WorkerKilledError(OSError):
    """The operating system killed a worker process; the message says how to go on."""


def train_replicas(
    plan: Plan, seeds: Sequence[int], shared: SharedProgress, workers: int | None
) -> None:
    """Train replicas, one in each process; a replica that diverges does not stop the others.

    Raises
    ------
    DivergedError
        If the training of a replica diverged; all others are trained.
    WorkerKilledError
        If the operating system killed a worker process.
    """
    from joblib import cpu_count
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    n_workers = min(len(seeds), workers or cpu_count())
    if n_workers == 0:
        return
    try:
        faults = [fault for fault in _train_all(plan, seeds, shared, n_workers) if fault]
    except TerminatedWorkerError as error:
        _clean_folders(plan, seeds)
        raise WorkerKilledError(_say_killed(plan, seeds)) from error
    except BaseException:  # an error, Ctrl-C, or a request to end
        _clean_folders(plan, seeds)
        raise
    if faults:
        others = f" {len(faults) - 1} other replica(s) diverged too." if len(faults) > 1 else ""
        raise DivergedError(f"{faults[0]}{others}")


def _train_all(
    plan: Plan, seeds: Sequence[int], shared: SharedProgress, n_workers: int
) -> list[str]:
    """Train the replicas; return for each why it diverged, or nothing."""
    from joblib import Parallel, delayed

    # With one worker, joblib trains in this process: there is no parent process to watch.
    parent = os.getpid() if n_workers > 1 else None
    with outside_current_folder():
        faults: list[str] = Parallel(n_jobs=n_workers)(
            delayed(_try_replica)(plan, seed, shared.row(i), parent) for i, seed in enumerate(seeds)
        )
    return faults


def _try_replica(plan: Plan, seed: int, reporter: ProgressReporter, parent: int | None) -> str:
    if parent is not None:
        end_with_parent(parent)
    try:
        train_replica(plan, seed, reporter)
    except DivergedError as error:
        return str(error)
    return ""


def train_replica(plan: Plan, seed: int, reporter: ProgressReporter) -> None:
    """Train one replica, from its last checkpoint if there is one; do nothing if it is finished.

    Parameters
    ----------
    plan : Plan
        Recipe, engine and folder.
    seed : int
        Seed of the initial weights, the sessions and the actions.
    reporter : ProgressReporter
        Receives the progress after every update.

    Raises
    ------
    FolderLockedError
        If another process is training this replica.
    DivergedError
        If the training diverges.
    """
    folder = plan.folder(seed)
    with lock_folder(folder):
        _remove_partial_files(folder)
        if not (folder / WEIGHTS).exists():
            _train_locked(plan, seed, reporter)
        (folder / CHECKPOINT).unlink(missing_ok=True)


def _train_locked(plan: Plan, seed: int, reporter: ProgressReporter) -> None:
    folder, digest = plan.folder(seed), plan.digest()
    checkpoint, saved = folder / CHECKPOINT, None
    if checkpoint.exists():
        saved = load_progress(checkpoint, digest, shapes_of_weights(plan.recipe))
    with single_thread(plan.engine):
        replica = Replica(plan.recipe, seed, saved, plan.engine)
        last_save = time.monotonic()
        while replica.update < plan.recipe.optimisation.updates:
            replica.learn()
            update, _, steps, reward, *_ = replica.log[-1]
            reporter.update(update, steps, reward)
            if time.monotonic() - last_save >= plan.checkpoint_seconds:
                save_progress(checkpoint, replica.progress(), digest)
                last_save = time.monotonic()
    save_log(folder / LOG, replica.log)
    described = describe_log(folder / LOG, replica.update)
    save_weights(folder / WEIGHTS, replica.progress().weights, digest, described)


def _say_killed(plan: Plan, seeds: Sequence[int]) -> str:
    unfinished = [plan.folder(s).name for s in seeds if not (plan.folder(s) / WEIGHTS).exists()]
    return (
        f"{plan.out}: the operating system killed a worker process (out of memory?); not finished: "
        f"{', '.join(unfinished)}. Continue with: pfc train ... --resume (resume=True), and use "
        "fewer processes by --workers if memory is short."
    )


def _clean_folders(plan: Plan, seeds: Sequence[int]) -> None:
    """Remove what interrupted workers leave: locks, half-written files, folders without content."""
    deadline = time.monotonic() + _CLEAN_SECONDS
    for folder in filter(Path.is_dir, map(plan.folder, seeds)):
        left = max(0.0, deadline - time.monotonic())
        with suppress(FolderLockedError, OSError), lock_folder(folder, left):
            _remove_partial_files(folder)


def _remove_partial_files(folder: Path) -> None:
    """Remove files that a killed process had begun to write; the folder is locked, so none is."""
    for path in folder.glob(".*.partial*"):
        path.unlink(missing_ok=True)
