"""Read and write weights and checkpoints.

An agent is a folder: `recipe.toml`, and for each replica a folder `seed_N` with
`weights.safetensors` and `training.csv`. While a replica trains, its folder holds
`checkpoint.safetensors` instead: all that is needed to continue training, with the same result as
without a break. All files are written atomically.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.tensor_files import (
    LOG_TENSOR,
    TRAINED_BY,
    UPDATES,
    CheckpointError,
    load_tensors,
    save_tensors,
    start_again,
)

Shape = tuple[int, ...]

CHECKPOINT = "checkpoint.safetensors"


@dataclass
class Progress:
    """State of training after some updates: all that a checkpoint stores.

    Attributes
    ----------
    weights : dict
        The network's weights.
    mean_square : dict
        RMSprop's running mean of squared gradients, by name of weight.
    log : list of tuple
        One row for each update, with the columns `log_columns`.
    """

    weights: Weights
    mean_square: Weights
    log: list[tuple[float, ...]]

    @property
    def update(self) -> int:
        """Number of updates made so far."""
        return len(self.log)


def replica_name(seed: int) -> str:
    """Return the name of a replica: of its folder, and as a subject of a recording."""
    return f"seed_{seed}"


def list_replicas(agent: str | Path) -> list[Path]:
    """List the folders of an agent's trained replicas, in order of their seeds.

    Raises
    ------
    FileNotFoundError
        If the folder holds no trained replica.
    """
    agent = Path(agent)
    trained = (weights.parent for weights in agent.glob(f"seed_*/{WEIGHTS}"))
    # Copies such as "seed_1 (2)" or "seed_old" are no replicas.
    found = [folder for folder in trained if re.fullmatch(r"seed_\d+", folder.name, re.ASCII)]
    if not found:
        raise FileNotFoundError(
            f"{agent}: no trained replica (seed_*/{WEIGHTS}). "
            f"Train one with: pfc train EXPERIMENT --out {agent}"
        )
    return sorted(found, key=lambda folder: int(folder.name.removeprefix("seed_")))


def save_progress(path: Path, progress: Progress, digest: str) -> None:
    """Write a checkpoint; `digest` identifies recipe and engine (`Plan.digest`)."""
    tensors = {f"weights/{name}": tensor for name, tensor in progress.weights.items()}
    tensors |= {f"mean_square/{name}": tensor for name, tensor in progress.mean_square.items()}
    tensors[LOG_TENSOR] = np.array(progress.log, np.float64)
    save_tensors(path, tensors, {TRAINED_BY: digest, UPDATES: str(progress.update)})


def load_progress(path: Path, digest: str, shapes: Mapping[str, Shape] | None = None) -> Progress:
    """Read a checkpoint.

    Parameters
    ----------
    path : Path
        The checkpoint.
    digest : str
        Recipe and engine that it must have been written with (`Plan.digest`).
    shapes : mapping, optional
        Shapes of the weights by name, which are then checked.

    Raises
    ------
    CheckpointError
        If it cannot be read, is damaged or incomplete, or was written with another recipe or
        engine.
    """
    tensors, metadata = load_tensors(path)
    if metadata.get(TRAINED_BY) != digest:
        raise CheckpointError(
            f"{path}: written with another recipe or by another engine. Train into "
            "another folder (--out), or remove this file to start again."
        )
    weights, mean_square = _pick(tensors, "weights/"), _pick(tensors, "mean_square/")
    log = tensors.get(LOG_TENSOR, np.zeros(0))
    updates = np.arange(1, len(log) + 1)
    complete = (
        metadata.get(UPDATES) == str(len(log))
        and log.ndim == 2
        and np.array_equal(log[:, 0], updates)
        and _shapes(weights) == _shapes(mean_square) == (shapes or _shapes(weights))
    )
    if not complete:
        raise CheckpointError(
            f"{path}: incomplete: weights, their mean squares and the log do not fit each other "
            f"and the recipe. {start_again(path)}"
        )
    return Progress(weights, mean_square, [tuple(row) for row in log.tolist()])


def _pick(tensors: Weights, prefix: str) -> Weights:
    chosen = (name for name in tensors if name.startswith(prefix))
    return {name.removeprefix(prefix): tensors[name] for name in chosen}


def _shapes(weights: Weights) -> dict[str, Shape]:
    return {name: array.shape for name, array in weights.items()}


def save_weights(
    path: Path, weights: Weights, digest: str, log: Mapping[str, str] | None = None
) -> None:
    """Write trained weights.

    Parameters
    ----------
    path : Path
        File to write.
    weights : dict
        The weights, by name.
    digest : str
        Recipe and engine that trained them (`Plan.digest`).
    log : mapping, optional
        Describes the log beside them (`training_log.describe_log`), if there is one.
    """
    save_tensors(path, weights, {TRAINED_BY: digest, **(log or {})})


def load_weights(path: Path) -> Weights:
    """Read trained weights, by name.

    Raises
    ------
    CheckpointError
        If the file cannot be read or is damaged.
    """
    return load_tensors(path)[0]


def weights_digest(path: Path) -> str:
    """Return the digest that is stored in a file of weights or a checkpoint."""
    return load_tensors(path)[1].get(TRAINED_BY, "")
