"""Train many recipes and seeds on a dask cluster: one folder for each agent, and one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.spreadsheet_cells import neutral_table
from pfc_analysis.training.run.agent_folder import prepare
from pfc_analysis.training.run.cluster import Job, JobResult, connect, train_on
from pfc_analysis.training.run.experiment import Experiment, find_experiment
from pfc_analysis.training.run.plan import Plan, list_seeds
from pfc_analysis.training.run.recipe import Recipe
from pfc_analysis.training.run.replica import find_engine
from pfc_analysis.training.run.trainer import CHECKPOINT_SECONDS
from pfc_analysis.training.run.training_log import TrainedReplica, summarise_replica

TABLE = "sweep.csv"
SCRATCH = ".dask"
"""Folder of dask's own files, which is there only while a sweep runs on this machine."""
TEXT_COLUMNS = ["agent", "seed", "status", "reward per trial", "error"]


@dataclass
class Row:
    """One replica in the table of a sweep; unknown values stay empty.

    Attributes
    ----------
    agent, experiment, seed : str, str, int
        The agent's folder, its experiment, and the seed of the replica.
    status : str
        `unfinished`, `trained`, `already trained` or `failed`.
    steps, reward_per_trial, weights_sha256 : int, float, str
        Summary of the trained replica (`TrainedReplica`).
    resumed_at, seconds, worker : int, float, str
        Who finished it, from which update on, and in what time (`JobResult`).
    error : str
        Why it failed.
    """

    agent: str
    experiment: str
    seed: int
    status: str = "unfinished"
    steps: int | None = None
    reward_per_trial: float | None = None
    resumed_at: int | None = None
    seconds: float | None = None
    worker: str = ""
    weights_sha256: str = ""
    error: str = ""

    def set_result(self, result: JobResult) -> None:
        """Fill in the result of the replica's job."""
        if result.trained is None:
            self.status, self.error = "failed", result.error
            return
        self.set_trained("trained", result.trained)
        self.worker, self.seconds = result.worker, result.seconds
        self.resumed_at = result.resumed_at

    def set_trained(self, status: str, trained: TrainedReplica) -> None:
        """Fill in the summary of the trained replica."""
        self.status, self.steps = status, trained.steps
        self.reward_per_trial = trained.reward_per_trial
        self.weights_sha256 = trained.weights_sha256


@dataclass
class Table:
    """The table of a sweep, which is kept on disk.

    Attributes
    ----------
    path : Path
        The file of the table.
    rows : dict
        One row for each replica, by its folder.
    """

    path: Path
    rows: dict[Path, Row] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """Return all rows, ordered by agent and seed."""
        rows = sorted(self.rows.values(), key=lambda row: (row.agent, row.seed))
        frame = pd.DataFrame([asdict(row) for row in rows], columns=list(Row.__annotations__))
        counts, numbers = ["steps", "resumed_at"], ["reward_per_trial", "seconds"]
        frame[counts] = frame[counts].astype("Int64")
        frame[numbers] = frame[numbers].astype(float)
        return frame

    def save(self) -> None:
        """Write the table atomically: a sweep that is killed leaves the last complete table."""
        with atomic_path(self.path) as temporary:
            neutral_table(self.frame()).to_csv(temporary, index=False, float_format="%.6g")


def sweep(
    recipes: str | Path | Recipe | Sequence[str | Path | Recipe],
    out: str | Path,
    *,
    replicas: int | None = None,
    seed: int | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: bool = False,
    engine: str | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
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
    progress : bool
        Show a progress bar over replicas.
    engine : {"compiled", "torch", "pixels"}, optional
        See `train`.
    checkpoint_seconds : float
        Time between checkpoints; at most so much work is lost when a worker dies.

    Returns
    -------
    pandas.DataFrame
        The content of `sweep.csv`: one row for each replica of this call, ordered by agent and
        seed, with the columns of `Row`. The file is updated whenever a replica ends.

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
            find_engine(experiment.recipe.training_task(), engine),
            checkpoint_seconds,
            experiment.task_file,
        )
        for name, experiment in agents.items()
    ]
    jobs, table = _plan_jobs(plans, out / TABLE, replicas, seed)
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
    plans: list[Plan], path: Path, replicas: int | None, seed: int | None
) -> tuple[list[Job], Table]:
    """Return the jobs that are left to do, and the table before they are done."""
    jobs, table = [], Table(path)
    for plan in plans:
        seeds = list_seeds(plan.recipe, replicas, seed)
        missing = set(prepare(plan, seeds, resume=True))
        for replica in seeds:
            row = Row(plan.out.name, plan.recipe.experiment, replica)
            table.rows[plan.folder(replica)] = row
            if replica in missing:
                jobs.append(Job(plan, replica))
            else:
                row.set_trained("already trained", summarise_replica(plan.folder(replica)))
    return jobs, table


def _train_jobs(
    jobs: list[Job], table: Table, scheduler: str | None, workers: int | None, progress: bool
) -> None:
    """Train the replicas, and update the table on disk whenever one ends."""
    from joblib import cpu_count

    n_workers = min(len(jobs), workers or cpu_count())
    with connect(scheduler, n_workers, table.path.with_name(SCRATCH)) as client:
        done = train_on(client, jobs)
        for job, result in track(done, "replicas", progress, total=len(jobs)):
            table.rows[job.plan.folder(job.seed)].set_result(result)
            table.save()
