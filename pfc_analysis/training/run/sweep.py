"""Many recipes and seeds on a dask cluster: a folder an agent and one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from pfc_analysis.atomic import atomic_path
from pfc_analysis.progress import track
from pfc_analysis.training.run.checkpoint import TrainedReplica, summarise_replica
from pfc_analysis.training.run.cluster import Job, JobResult, connect, train_on
from pfc_analysis.training.run.experiment import Experiment, find_experiment
from pfc_analysis.training.run.recipe import Recipe
from pfc_analysis.training.run.replica import find_engine
from pfc_analysis.training.run.trainer import (
    CHECKPOINT_SECONDS,
    Plan,
    list_seeds,
    prepare,
)

TABLE = "sweep.csv"
TEXT_COLUMNS = ["agent", "seed", "status", "reward a trial", "error"]


@dataclass
class Row:
    """A replica in the table; what is not known of it stays empty.

    Attributes
    ----------
    agent, experiment, seed : str, str, int
        Whose replica it is.
    status : str
        `unfinished`, `trained`, `already trained` or `failed`.
    steps : int
        Steps of the task it was trained on.
    reward_per_trial : float
        Mean over the last 5 % of the rows of `training.csv`, at least one.
    resumed_at : int
        Update from which the worker that finished it went on; 0 is the start.
    seconds : float
        What it took that worker.
    worker : str
        Address of that worker.
    weights_sha256 : str
        Of the file of weights.
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

    def enter(self, outcome: JobResult) -> None:
        """Enter what became of the replica on the cluster."""
        if outcome.trained is None:
            self.status, self.error = "failed", outcome.error
            return
        self.describe("trained", outcome.trained)
        self.worker, self.seconds = outcome.worker, outcome.seconds
        self.resumed_at = outcome.resumed_at

    def describe(self, status: str, trained: TrainedReplica) -> None:
        """Enter what the files of the trained replica say."""
        self.status, self.steps = status, trained.steps
        self.reward_per_trial = trained.reward_per_trial
        self.weights_sha256 = trained.weights_sha256


@dataclass
class Table:
    """The table of a sweep, kept on disk.

    Attributes
    ----------
    path : Path
        Its file.
    rows : dict
        By folder of the replica.
    """

    path: Path
    rows: dict[Path, Row] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """All rows, by agent and seed."""
        rows = sorted(self.rows.values(), key=lambda row: (row.agent, row.seed))
        frame = pd.DataFrame([asdict(row) for row in rows], columns=list(Row.__annotations__))
        counts, numbers = ["steps", "resumed_at"], ["reward_per_trial", "seconds"]
        frame[counts] = frame[counts].astype("Int64")
        frame[numbers] = frame[numbers].astype(float)
        return frame

    def save(self) -> None:
        """Write it whole: a killed sweep leaves the rows as they were last."""
        with atomic_path(self.path) as temporary:
            self.frame().to_csv(temporary, index=False, float_format="%.6g")


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
    """Train the replicas of many recipes on a dask cluster, and tabulate what became of them.

    Weights are those of `train`, byte for byte. Replicas that are trained are left alone and
    half-trained ones go on from their checkpoint, so that a sweep is taken up by calling it again.
    A replica whose worker dies goes on elsewhere; one that fails does not stop the others.

    Parameters
    ----------
    recipes : str, Path, Recipe, or a sequence of these
        Names of experiments, folders of experiments of the user's own (whose `task.py` is then
        run) or of agents, or recipe files.
    out : str or Path
        Folder of the sweep, which all workers must see under the same path. It gets
        `sweep.csv` and a folder an agent, as `train` leaves it, named after the experiment, the
        recipe file without its ending, or the folder that the recipe was in if its file is called
        `recipe.toml`.
    replicas, seed : int, optional
        How many replicas an agent, and the first one's seed; each recipe's own where not given.
    scheduler : str, optional
        Address of a dask scheduler, tcp://HOST:PORT, whose workers have one thread each; without
        it, worker processes on this machine. A script must then call from below
        `if __name__ == "__main__":`, as for any processes that Python spawns.
    workers : int, optional
        Processes on this machine; as many as processors, or replicas, where not given.
    progress : bool
        Show a progress bar over replicas.
    engine : {"compiled", "torch", "pixels"}, optional
        As for `train`.
    checkpoint_seconds : float
        Time between checkpoints: what the death of a worker costs at most.

    Returns
    -------
    pandas.DataFrame
        `sweep.csv`: one row a replica of this call, by agent and seed, with the columns of `Row`.
        The file is rewritten whenever a replica ends.

    Raises
    ------
    ValueError
        If two recipes would share a folder, a worker has several threads, or there is no such
        experiment or engine.
    CheckpointError
        If a replica that is there was trained under another recipe or by another engine.
    ConnectionError
        If no scheduler answers.
    ModuleNotFoundError
        If dask is not installed (extra `cluster`).
    """
    if scheduler is not None and workers is not None:
        raise ValueError(
            f"Found workers={workers} along with scheduler={scheduler!r}; expected one of them: "
            "a scheduler has workers of its own."
        )
    out = Path(out).resolve()  # workers may run elsewhere
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
        If two that differ have one name, or there is none at all.
    """
    named: dict[str, tuple[str | Path | Recipe, Experiment]] = {}
    for given in recipes:
        name, experiment = _agent_name(given), find_experiment(given)
        first, same = named.setdefault(name, (given, experiment))
        if same.recipe != experiment.recipe:
            raise ValueError(
                f"{first} and {given} differ, and both would be trained into a folder {name!r}; "
                "expected one name a recipe. Rename one of the files."
            )
    if not named:
        raise ValueError("Found no recipe; expected at least one.")
    return {name: experiment for name, (_, experiment) in named.items()}


def format_sweep(table: pd.DataFrame) -> list[list[str]]:
    """Rows of text under `TEXT_COLUMNS`, for the screen."""
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
    """Return what is left to train, and the table as it stands before that."""
    jobs, table = [], Table(path)
    for plan in plans:
        seeds = list_seeds(plan.recipe, replicas, seed)
        missing = set(prepare(plan, seeds, resume=True))
        for one in seeds:
            row = Row(plan.out.name, plan.recipe.experiment, one)
            table.rows[plan.folder(one)] = row
            if one in missing:
                jobs.append(Job(plan, one))
            else:
                row.describe("already trained", summarise_replica(plan.folder(one)))
    return jobs, table


def _train_jobs(
    jobs: list[Job], table: Table, scheduler: str | None, workers: int | None, progress: bool
) -> None:
    from joblib import cpu_count

    n_workers = min(len(jobs), workers or cpu_count())
    with connect(scheduler, n_workers) as client:
        done = train_on(client, jobs)
        for job, outcome in track(done, "replicas", progress, total=len(jobs)):
            table.rows[job.plan.folder(job.seed)].enter(outcome)
            table.save()
