"""What the replicas of an agent share in training, and the seeds of the replicas."""

from __future__ import annotations

import hashlib
import operator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pfc_analysis.tasks.contract.task_files import load_task_file
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_types import MAX_REPLICAS, MAX_SEED
from pfc_analysis.training.run.checkpoint import replica_name
from pfc_analysis.training.run.replica import check_engine


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
        check_engine(self.engine)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.task_file is not None:
            load_task_file(self.task_file)  # a new worker process has not run it yet

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
    """Return the seeds of an agent's replicas; defaults are those of the recipe.

    Raises
    ------
    ValueError
        If `replicas` or `seed` is no whole number, or outside its range.
    """
    first = recipe.seed if seed is None else _check_range("seed", seed, 0, MAX_SEED)
    n = recipe.replicas if replicas is None else _check_range("replicas", replicas, 1, MAX_REPLICAS)
    _check_range("seed of the last replica", first + n - 1, 0, MAX_SEED)
    return list(range(first, first + n))


def _check_range(name: str, value: Any, smallest: int, largest: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or not smallest <= number <= largest:
        raise ValueError(
            f"{name}: found {value!r}, expected a whole number from {smallest} to {largest}."
        )
    return number
