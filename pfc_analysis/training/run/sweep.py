"""Train many recipes and seeds on a dask cluster: one folder for each agent, and one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.agent_folder import prepare
from pfc_analysis.training.run.cluster import Job, Measure, connect, train_on
from pfc_analysis.training.run.experiment import Experiment, find_experiment
from pfc_analysis.training.run.plan import Plan, list_seeds
from pfc_analysis.training.run.replica import check_engine
from pfc_analysis.training.run.sweep_table import Row, Table
from pfc_analysis.training.run.trainer import CHECKPOINT_SECONDS
from pfc_analysis.training.run.training_log import summarise_replica

SCRATCH = ".dask"
"""Folder of dask's own files, which is there only while a sweep runs on this machine."""
TEXT_COLUMNS = ["agent", "seed", "status", "reward per trial", "error"]


def sweep(
    recipes: str | Path | Recipe | Sequence[str | Path | Recipe],
    out: str | Path,
    *,
    replicas: int | None = None,
    seed: int | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: bool | None = None,
    engine: str | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    measure: Measure | None = None,
) -> pd.DataFrame:
    """Train the replicas of many recipes on a dask cluster, and write a table of the results.

    The weights are the same as those of `train`, byte for byte. Call `sweep` again to continue an
    interrupted sweep: trained replicas are kept, and others continue from their checkpoint. If a
    worker dies, another one continues its replica. A replica that fails does not stop the others.

    Dask sends pickles without authentication: whoever can reach the scheduler or a worker can run
    code as you. By default all processes listen on this machine alone (127.0.0.1). For several
    machines, start scheduler and workers in a private network that nobody else can reach, or with
    TLS (https://distributed.dask.org/en/stable/tls.html): state the certificates in dask's
    configuration (`distributed.comm.tls`) on each machine, set
    `distributed.comm.require-encryption` to true, and give the address tls://HOST:8786.

    Parameters
    ----------
    recipes : str, Path, Recipe, or a sequence of these
        Names of experiments, folders of experiments of the user's own (whose `task.py` is then
        run) or of agents, or recipe files.
    out : str or Path
        Folder of the sweep, which all workers must see under the same path. `sweep.csv` is
        written to it, and a folder for each agent (as `train` writes it). That folder is named
        after the experiment, or the recipe file without its ending; if the file is called
        `recipe.toml`, after the folder that holds it.
    replicas, seed : int, optional
        Number of replicas of each agent, and the first seed; by default those of each recipe.
    scheduler : str, optional
        Address of a dask scheduler, tcp://HOST:PORT or tls://HOST:PORT, whose workers have one
        thread each. By default, worker processes are started on this machine; a script must then
        make this call below `if __name__ == "__main__":`, because Python imports the script in
        each process.
    workers : int, optional
        Number of processes on this machine; by default the number of processors, but not more
        than replicas.
    progress : bool, optional
        Show a progress bar over replicas; default: in a
        notebook and at a prompt, but not in a script.
    engine : {"compiled", "torch"}, optional
        See `train`.
    checkpoint_seconds : float
        Time between checkpoints; at most so much work is lost when a worker dies.
    measure : Measure, optional
        What workers measure on each trained replica (`pfc_analysis.MeasureReplicas` records it and
        runs analyses). The table gets a column for each number. What an earlier call measured on
        the same weights is kept.

    Returns
    -------
    pandas.DataFrame
        The content of `sweep.csv`: one row for each replica of this call, ordered by agent and
        seed, with the columns of `pfc_analysis.training.run.sweep_table.Row`. The file is written
        at the beginning and at the end; in between, each result is added to a journal beside it,
        which the next call reads if this one is killed.

    Raises
    ------
    ValueError
        If two recipes would share a folder, a worker has more than one thread, or there is no such
        experiment or engine.
    CheckpointError
        If the folder holds a replica that was trained with another recipe or engine.
    ConnectionError
        If no scheduler answers, or it has no workers for five minutes (said after ten seconds).
    RuntimeError
        If a script makes this call outside of `if __name__ == "__main__":`.
    ModuleNotFoundError
        If dask is not installed (extra `cluster`).

    Examples
    --------
    Two replicas of a new experiment, trained for two updates only:

    >>> import pfc_analysis as pfc
    >>> folder = pfc.new_experiment("my_reversal")
    >>> recipe = folder / "recipe.toml"
    >>> _ = recipe.write_text(recipe.read_text().replace("updates = 800", "updates = 2"))
    >>> table = pfc.sweep(folder, "sweep", replicas=2, workers=1)
    >>> table[["agent", "seed", "status"]].values.tolist()
    [['my_reversal', 1, 'trained'], ['my_reversal', 2, 'trained']]
    """
    if scheduler is not None and workers is not None:
        raise ValueError(
            f"Found workers={workers} along with scheduler={scheduler!r}; give only one of them: "
            "a scheduler has its own workers."
        )
    out = check_writable(out, "folder").resolve()  # workers may have another current folder
    agents = name_agents([recipes] if isinstance(recipes, str | Path | Recipe) else recipes)
    plans = [
        Plan(
            experiment.recipe,
            out / name,
            check_engine(engine),
            checkpoint_seconds,
            experiment.task_file,
        )
        for name, experiment in agents.items()
    ]
    jobs, table = _plan_jobs(plans, out, replicas, seed, measure)
    table.save()
    if jobs:
        _train_jobs(jobs, table, scheduler, workers, progress)
    return table.frame()


def name_agents(recipes: Sequence[str | Path | Recipe]) -> dict[str, Experiment]:
    """Return experiments by the name of their agent's folder.

    Raises
    ------
    ValueError
        If two different recipes have the same name, or no recipe is given.
    """
    named: dict[str, tuple[str | Path | Recipe, Experiment]] = {}
    for given in recipes:
        name, experiment = _agent_name(given), find_experiment(given)
        first, same = named.setdefault(name, (given, experiment))
        if (same.recipe, same.task_file) != (experiment.recipe, experiment.task_file):
            raise ValueError(
                f"{first} and {given} differ, but both would be trained into the folder {name!r}. "
                "Rename one of the files."
            )
    if not named:
        raise ValueError("Found no recipe; expected at least one.")
    return {name: experiment for name, (_, experiment) in named.items()}


def format_sweep(table: pd.DataFrame) -> list[list[str]]:
    """Format the table for the screen: rows of text with the columns `TEXT_COLUMNS`."""
    rewards = ["" if pd.isna(value) else f"{value:.3f}" for value in table["reward_per_trial"]]
    columns = (table["agent"], table["seed"].astype(str), table["status"], rewards, table["error"])
    return [list(row) for row in zip(*columns, strict=True)]


def _agent_name(given: str | Path | Recipe) -> str:
    if isinstance(given, Recipe):
        return given.experiment
    path = Path(given).resolve()
    return path.parent.name if path.name == "recipe.toml" else path.name.removesuffix(".toml")


def _plan_jobs(
    plans: list[Plan], out: Path, replicas: int | None, seed: int | None, measure: Measure | None
) -> tuple[list[Job], Table]:
    """Return the jobs that are left to do, and the table before they are done."""
    jobs, table = [], Table(out)
    for plan in plans:
        seeds = list_seeds(plan.recipe, replicas, seed)
        missing = set(prepare(plan, seeds, resume=True))
        for replica in seeds:
            row = Row(plan.out.name, plan.recipe.experiment, replica)
            table.rows[plan.folder(replica)] = row
            if replica not in missing:
                row.set_trained("already trained", summarise_replica(plan.folder(replica)))
            jobs.append(Job(plan, replica, measure))
    table.recall()
    return [job for job in jobs if _is_left(job, table.rows[job.plan.folder(job.seed)])], table


def _is_left(job: Job, row: Row) -> bool:
    """Say whether a replica is still to be trained, or to be measured."""
    return row.status == "unfinished" or (
        job.measure is not None and row.measured != job.measure.describe()
    )


def _train_jobs(
    jobs: list[Job], table: Table, scheduler: str | None, workers: int | None, progress: bool | None
) -> None:
    """Train the replicas, add each result to the journal, and write the table at the end."""
    from joblib import cpu_count

    n_workers = min(len(jobs), workers or cpu_count())
    try:
        with connect(scheduler, n_workers, table.folder / SCRATCH) as client:
            done = train_on(client, jobs)
            for job, result in track(done, "replicas", progress, total=len(jobs)):
                row = table.rows[job.plan.folder(job.seed)]
                row.set_result(result)
                table.append(row)
    finally:
        table.save()
