"""Train the replicas of an agent in parallel processes, with the same result as one by one."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pfc_analysis.atomic import atomic_path
from pfc_analysis.progress import (
    ProgressReporter,
    SharedProgress,
    show_progress_bars,
)
from pfc_analysis.tasks.contract.task_files import load_task_file
from pfc_analysis.training.run.checkpoint import (
    CHECKPOINT,
    WEIGHTS,
    CheckpointError,
    load_progress,
    replica_name,
    save_progress,
    save_weights,
    weights_digest,
)
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.file_lock import lock_folder
from pfc_analysis.training.run.recipe import RECIPE, Recipe, format_recipe, read_recipe
from pfc_analysis.training.run.replica import Replica, find_engine, shapes_of_weights, single_thread
from pfc_analysis.training.run.training_log import LOG, read_log, save_log

CHECKPOINT_SECONDS = 60.0


def train(
    recipe: str | Path | Recipe,
    out: str | Path,
    *,
    replicas: int | None = None,
    seed: int | None = None,
    task: Mapping[str, Any] | None = None,
    resume: bool = False,
    workers: int | None = None,
    progress: bool = False,
    engine: str | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> Path:
    """Train the replicas of an experiment.

    The weights of a replica depend only on the recipe and its seed, not on the number of workers or
    on interruptions.

    Parameters
    ----------
    recipe : str, Path or Recipe
        Name of an experiment, the folder of your own experiment (its `task.py` is then run), a
        recipe file, or a recipe.
    out : str or Path
        Folder of the agent. `recipe.toml` and one folder `seed_N` per replica are written there.
    replicas, seed : int, optional
        Number of replicas, and seed of the first; default: the recipe's.
    task : mapping, optional
        Settings of the task that differ from the recipe's, in training and testing, by name.
    resume : bool
        Continue where an earlier call was interrupted; finished replicas are not trained again.
    workers : int, optional
        Number of processes; default: one per processor, at most one per replica.
    progress : bool
        Show one progress bar per replica.
    engine : {"compiled", "torch", "pixels"}, optional
        The code that plays sessions and computes gradients. "compiled" is the default. "torch" uses
        torch's autograd; it is several times slower and is the reference that the compiled engine
        is tested against. Tasks that show pictures always use "pixels". Different engines give
        different weights, because rounding errors grow in training.
    checkpoint_seconds : float
        Seconds between checkpoints.

    Returns
    -------
    Path
        The folder of the agent.

    Raises
    ------
    FileExistsError
        If `out` already contains one of the replicas and `resume` is off.
    CheckpointError
        If a replica to be resumed was trained with another recipe or engine.
    FolderLockedError
        If another process is training one of the replicas.
    ValueError
        If there is no such experiment or engine, the engine cannot play the task, or a setting of
        the task is unknown or wrong.
    """
    experiment = find_experiment(recipe)
    recipe = experiment.recipe.with_task(task or {})
    engine = find_engine(recipe.training_task(), engine)
    plan = Plan(recipe, Path(out), engine, checkpoint_seconds, experiment.task_file)
    missing = prepare(plan, list_seeds(recipe, replicas, seed), resume)
    names = [replica_name(s) for s in missing]
    total = recipe.optimisation.updates
    with (
        SharedProgress(len(missing)) as shared,
        show_progress_bars(shared, names, total=total, shown=progress),
    ):
        _train_all(plan, missing, shared, workers)
    return plan.out


@dataclass(frozen=True)
class Plan:
    """What the replicas of an agent share in training; it is sent to the worker processes.

    Attributes
    ----------
    recipe : Recipe
        The recipe.
    out : Path
        Folder of the agent.
    engine : str
        Name of the engine that plays sessions and computes gradients.
    checkpoint_seconds : float
        Seconds between checkpoints.
    task_file : Path or None
        The task file of the user's own experiment; each worker process runs it once.
    """

    recipe: Recipe
    out: Path
    engine: str
    checkpoint_seconds: float
    task_file: Path | None = None

    def __post_init__(self) -> None:
        find_engine(self.recipe.training_task(), self.engine)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.task_file is not None:
            load_task_file(self.task_file, replace=True)  # a new worker process has not run it yet

    def folder(self, seed: int) -> Path:
        """Return the folder of a replica."""
        return self.out / replica_name(seed)

    def digest(self) -> str:
        """Return a digest of what decides the weights: recipe, engine and the user's task file."""
        digest = f"{self.recipe.training_digest()} {self.engine}"
        if self.task_file is None:
            return digest
        return f"{digest} {hashlib.sha256(self.task_file.read_bytes()).hexdigest()}"


def list_seeds(recipe: Recipe, replicas: int | None = None, seed: int | None = None) -> list[int]:
    """Return the seeds of an agent's replicas; defaults are those of the recipe."""
    first = recipe.seed if seed is None else seed
    return list(range(first, first + (recipe.replicas if replicas is None else replicas)))


def prepare(plan: Plan, seeds: list[int], resume: bool) -> list[int]:
    """Check the folder of an agent, write its recipe, and return the seeds left to train.

    Raises
    ------
    FileExistsError
        If the folder already contains one of the replicas and `resume` is off.
    CheckpointError
        If one of them was trained with another recipe or engine.
    """
    _check_folder(plan, seeds, resume)
    _write_recipe(plan)
    return [seed for seed in seeds if not (plan.folder(seed) / WEIGHTS).exists()]


def _train_all(plan: Plan, seeds: list[int], shared: SharedProgress, workers: int | None) -> None:
    from joblib import Parallel, cpu_count, delayed

    n_workers = min(len(seeds), workers or cpu_count())
    if n_workers == 0:
        return
    # With one worker, joblib trains in this process: there is no parent process to watch.
    parent = os.getpid() if n_workers > 1 else None
    Parallel(n_jobs=n_workers)(
        delayed(train_replica)(plan, seed, shared.row(i), parent) for i, seed in enumerate(seeds)
    )


def train_replica(
    plan: Plan, seed: int, reporter: ProgressReporter, parent: int | None = None
) -> None:
    """Train one replica, from its last checkpoint if there is one; do nothing if it is finished.

    Parameters
    ----------
    plan : Plan
        Recipe, engine and folder.
    seed : int
        Seed of the initial weights, the sessions and the actions.
    reporter : ProgressReporter
        Receives the progress after every update.
    parent : int, optional
        Id of the parent process. If the parent ends, training stops at once, so that two processes
        never write to the same folder.

    Raises
    ------
    FolderLockedError
        If another process is training this replica.
    """
    folder = plan.folder(seed)
    with lock_folder(folder):
        if not (folder / WEIGHTS).exists():
            _train_locked(plan, seed, reporter, parent)
        (folder / CHECKPOINT).unlink(missing_ok=True)


def _train_locked(plan: Plan, seed: int, reporter: ProgressReporter, parent: int | None) -> None:
    folder, digest = plan.folder(seed), plan.digest()
    checkpoint = folder / CHECKPOINT
    saved = None
    if checkpoint.exists():
        saved = load_progress(checkpoint, digest, shapes_of_weights(plan.recipe))
    with single_thread(plan.engine):
        replica = Replica(plan.recipe, seed, saved, plan.engine)
        last_save = time.monotonic()
        while replica.update < plan.recipe.optimisation.updates:
            replica.learn()
            update, _, steps, reward, *_ = replica.log[-1]
            reporter.update(update, steps, reward)
            if parent is not None and os.getppid() != parent:
                # After an exception the worker process would wait for its dead parent.
                os._exit(1)
            if time.monotonic() - last_save >= plan.checkpoint_seconds:
                save_progress(checkpoint, replica.progress(), digest)
                last_save = time.monotonic()
    save_log(folder / LOG, replica.log)
    save_weights(folder / WEIGHTS, replica.progress().weights, digest, replica.update)


def _check_folder(plan: Plan, seeds: list[int], resume: bool) -> None:
    paths = [plan.folder(seed) / name for seed in seeds for name in (WEIGHTS, CHECKPOINT)]
    for path in filter(Path.exists, paths):
        if not resume:
            raise FileExistsError(
                f"{path} already exists. Continue its training with --resume (resume=True), "
                "or train into another folder."
            )
        if weights_digest(path) != plan.digest():
            raise CheckpointError(
                f"{path}: trained with another recipe or engine. Train into another folder, or "
                "use the recipe and engine that it was trained with."
            )
        if path.name == WEIGHTS:
            read_log(path.parent)


def _write_recipe(plan: Plan) -> None:
    """Write the recipe, unless the folder has an equivalent one (which may have comments)."""
    path = plan.out / RECIPE
    same = plan.recipe.training_digest()
    if path.exists() and read_recipe(path).training_digest() == same:
        return
    with atomic_path(path) as temporary:
        temporary.write_text(format_recipe(plan.recipe), encoding="utf-8")
