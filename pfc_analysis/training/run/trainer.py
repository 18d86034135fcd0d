"""Train the replicas of an agent in parallel processes, with the same result as one by one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pfc_analysis.paths import check_writable
from pfc_analysis.progress import SharedProgress, show_progress_bars
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.agent_folder import prepare
from pfc_analysis.training.run.checkpoint import replica_name
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.plan import Plan, list_seeds
from pfc_analysis.training.run.replica import check_engine
from pfc_analysis.training.run.replica_processes import train_replicas

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
    progress: bool | None = None,
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
    progress : bool, optional
        Show one progress bar per replica; default: in a
        notebook and at a prompt, but not in a script.
    engine : {"compiled", "torch"}, optional
        The code that plays sessions and computes gradients. "compiled" is the default. "torch" uses
        torch's autograd (extra `torch`), on tasks that show pictures on a GPU if there is one. It
        is several times slower on a CPU, and the reference that the compiled engine is tested
        against. Different engines give
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
        If `out` already contains one of the replicas and `resume` is off, or other files.
    DivergedError
        If the training of a replica diverged; the other replicas are trained.
    WorkerKilledError
        If the operating system killed a worker process.
    CheckpointError
        If a replica to be resumed was trained with another recipe or engine.
    FolderLockedError
        If another process is training one of the replicas.
    ModuleNotFoundError
        If the engine "torch" is asked for and torch is not installed.
    ValueError
        If there is no such experiment or engine, or a setting of the task is unknown or wrong.

    Examples
    --------
    One replica of a new experiment, trained for two updates only, which takes a second.
    ``pfc.train("two_step", "agents/two_step")`` trains as the shipped agents were trained.

    >>> import pfc_analysis as pfc
    >>> folder = pfc.new_experiment("my_bandit")
    >>> recipe = folder / "recipe.toml"
    >>> _ = recipe.write_text(recipe.read_text().replace("updates = 800", "updates = 2"))
    >>> agent = pfc.train(folder, "agents/my_bandit", replicas=1)
    >>> sorted(path.name for path in agent.iterdir())
    ['recipe.toml', 'seed_1']
    >>> recording = pfc.record(folder, agent=agent, sessions=2, units=False)
    >>> sorted(set(recording["subject"].values.tolist()))
    ['seed_1']
    """
    experiment = find_experiment(recipe)
    recipe = experiment.recipe.with_task(task or {})
    engine = check_engine(engine)
    plan = Plan(
        recipe, check_writable(out, "folder"), engine, checkpoint_seconds, experiment.task_file
    )
    missing = prepare(plan, list_seeds(recipe, replicas, seed), resume)
    names = [replica_name(s) for s in missing]
    total = recipe.optimisation.updates
    with (
        SharedProgress(len(missing)) as shared,
        show_progress_bars(shared, names, total=total, shown=progress),
    ):
        train_replicas(plan, missing, shared, workers)
    return plan.out
