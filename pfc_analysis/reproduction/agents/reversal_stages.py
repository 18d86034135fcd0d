"""Test agents of serial reversal at stages of their training.

The agents are trained again from their recipe and seeds up to the last stage, which takes a second
or two a replica. On the machine where they were first trained this gives the same weights. What was
measured of the shipped agents is kept in their folder, in the table `STAGES`, which this module
writes when it is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.learning.problem_rate import compute_problem_rate
from pfc_analysis.atomic import atomic_path
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.reproduction.agents.reversal_agents import EXPERIMENT, find_test_task
from pfc_analysis.reproduction.animals.birds import CRITERION, WINDOW
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import format_recipe, read_recipe
from pfc_analysis.training.run.checkpoint import list_replicas, replica_name, save_weights
from pfc_analysis.training.run.replica import Replica, single_thread
from pfc_analysis.training.run.shipped_experiments import WEIGHTS

N_STAGES = 7
SESSIONS, TRIALS = 40, 400
"""Test sessions of a replica at a stage, and trials of a session. Sessions are long, because agents
seldom learn a problem at the beginning of training."""

TRAINED = "trials_trained"

STAGES = "training_stages.csv"
"""Table in the folder of an agent: a row for each replica and stage, with the results of
`compute_problem_rate`, and in `weights_sha256` what the replica's weights are at the end."""

_DIGEST = "weights_sha256"


def list_stages(recipe: Recipe) -> list[int]:
    """Return updates after which to test, evenly spaced on a log scale in the first quarter."""
    updates = recipe.optimisation.updates
    last = max(updates // 4, 1)
    first = min(max(updates // 32, 1), last)
    return sorted({int(k) for k in np.geomspace(first, last, N_STAGES).round()})


def measure_training_stages(
    agents: str | Path | None = None,
    stages: Sequence[int] | None = None,
    sessions: int = SESSIONS,
) -> xr.Dataset:
    """Test agents with frozen weights at stages of their training and at the end.

    Agents whose folder has the table `STAGES` are not trained again for the stages and sessions
    that are the default.

    Parameters
    ----------
    agents : str or Path, optional
        Folder that holds the agent `serial_reversal`; the shipped ones where not given. The last
        stage is that agent itself.
    stages : sequence of int, optional
        Updates after which to test; those of `list_stages` where not given.
    sessions : int
        Test sessions a replica and stage.

    Returns
    -------
    xarray.Dataset
        Of `compute_problem_rate`, on (`subject`, `trials_trained`): `problem_rate` and the rest.

    Raises
    ------
    ValueError
        If stages do not ascend, or are not within training, or the agents' recipe tests them with
        another criterion than that of the birds.
    """
    folder = agent_folder(EXPERIMENT, agents)
    find_test_task(folder)
    if stages is None and sessions == SESSIONS:
        kept = _read_stages(folder)
        if kept is not None:
            return kept
    return _train_and_test(folder, stages, sessions)


def write_stages(folder: Path) -> Path:
    """Train the agents in a folder again, test them at stages, and write the table `STAGES`.

    Parameters
    ----------
    folder : Path
        Folder of an agent of serial reversal.

    Returns
    -------
    Path
        The table.
    """
    table = _train_and_test(folder, None, SESSIONS).to_dataframe().reset_index()
    table[_DIGEST] = table["subject"].map(_digest_weights(folder))
    with atomic_path(folder / STAGES) as temporary:
        table.to_csv(temporary, index=False)  # all digits, so that reading gives the same numbers
    return folder / STAGES


def _read_stages(folder: Path) -> xr.Dataset | None:
    """Read the table `STAGES`; None if there is none, or it is about other weights or stages."""
    if not (folder / STAGES).is_file():
        return None
    text = pd.read_csv(folder / STAGES, dtype=str)
    # Python reads back all digits that were written; not every version of pandas does.
    kinds = {name: int if name.startswith("n_") else float for name in text.columns[2:-1]}
    table = text.astype({TRAINED: int, **kinds})
    trained = _count_trials(recipe := read_recipe(folder), list_stages(recipe))
    digests = dict(zip(table["subject"], table[_DIGEST], strict=True))
    if digests != _digest_weights(folder) or sorted(set(table[TRAINED])) != trained.tolist():
        return None
    return table.drop(columns=_DIGEST).set_index(["subject", TRAINED]).to_xarray()


def _digest_weights(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the weights of each replica in a folder, by its name."""
    return {
        path.name: hashlib.sha256((path / WEIGHTS).read_bytes()).hexdigest()
        for path in list_replicas(folder)
    }


def _count_trials(recipe: Recipe, stages: Sequence[int]) -> np.ndarray:
    """Return the number of trials that were trained at each stage, and at the end."""
    per_update = recipe.optimisation.sessions_per_update * recipe.training_task().n_trials
    return per_update * np.array([*stages, recipe.optimisation.updates])


def _train_and_test(folder: Path, stages: Sequence[int] | None, sessions: int) -> xr.Dataset:
    recipe = read_recipe(folder)
    stages = list_stages(recipe) if stages is None else list(stages)
    updates = recipe.optimisation.updates
    if not stages or sorted({*stages}) != stages or not 0 <= stages[0] <= stages[-1] < updates:
        raise ValueError(
            f"stages: found {stages}, expected ascending numbers of updates, from 0 to "
            f"{updates - 1}; the recipe trains for {updates}"
        )
    tested = [_test(stage, sessions) for stage in _train_stages(recipe, folder, stages)]
    found = [*tested, _test(folder, sessions)]
    trained = xr.Variable(TRAINED, _count_trials(recipe, stages))
    return xr.concat(found, dim=trained, combine_attrs="override").transpose("subject", TRAINED)


def _train_stages(recipe: Recipe, folder: Path, stages: Sequence[int]) -> Iterator[Path]:
    """Train all replicas of an agent; yield a folder with their weights at each stage."""
    seeds = [int(path.name.removeprefix("seed_")) for path in list_replicas(folder)]
    replicas = {seed: Replica(recipe, seed) for seed in seeds}
    with TemporaryDirectory() as name:
        agent = Path(name)
        (agent / "recipe.toml").write_text(format_recipe(recipe), encoding="utf-8")
        for stage in stages:
            for seed, replica in replicas.items():
                with single_thread():
                    while replica.update < stage:
                        replica.learn()
                path = agent / replica_name(seed) / WEIGHTS
                path.parent.mkdir(exist_ok=True)
                save_weights(path, replica.weights, f"{recipe.training_digest()} compiled")
            yield agent


def _test(agent: Path, sessions: int) -> xr.Dataset:
    played = record(
        EXPERIMENT, agent=agent, sessions=sessions, task={"trials": TRIALS}, units=False
    )
    return compute_problem_rate(played, CRITERION, WINDOW)


if __name__ == "__main__":
    write_stages(agent_folder(EXPERIMENT, None))
