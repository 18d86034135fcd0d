"""Weights, checkpoints and training logs on disk; safetensors, written atomically.

An agent is a folder: `recipe.toml`, and for each replica a folder `seed_N` with
`weights.safetensors` and `training.csv`. While a replica trains, `checkpoint.safetensors` stands
in place of the weights; it holds all it takes to go on as if training had never stopped.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from pfc_analysis.atomic import atomic_path
from pfc_analysis.training.networks.weights import Weights

LOG_COLUMNS = (
    "update",
    "sessions",
    "steps",
    "reward_per_trial",
    "invalid_share",
    "loss",
    "value_loss",
    "entropy",
    "gradient_norm",
    "learning_rate",
)
"""What is logged of every update. `sessions` and `steps` count from the start.

Where a session is one problem (`Task.is_learning_set`), `correct_1`, `correct_2`, ... follow: the
share of its sessions in which that trial was completed by the correct choice.
"""

LOG_ROWS = 500
"""Rows of `training.csv` at most: each stands for as many updates as it takes."""

WEIGHTS, CHECKPOINT, LOG = "weights.safetensors", "checkpoint.safetensors", "training.csv"


_FINAL_SHARE = 0.05  # of the updates, over which the reward at the end of training is averaged


class CheckpointError(ValueError):
    """A file of weights cannot be used; the message names it and says why."""


@dataclass
class Progress:
    """State of training after `update` updates.

    Attributes
    ----------
    weights : dict
        The network's weights.
    mean_square : dict
        RMSprop's running mean of squared gradients, by parameter.
    log : list of tuple
        What is logged (`log_columns`), a row an update.
    """

    weights: Weights
    mean_square: Weights
    log: list[tuple[float, ...]]

    @property
    def update(self) -> int:
        """Updates made so far."""
        return len(self.log)


def replica_name(seed: int) -> str:
    """Name of a replica's folder, and of the replica as a subject."""
    return f"seed_{seed}"


def list_replicas(agent: str | Path) -> list[Path]:
    """Folders of an agent's trained replicas, by seed.

    Raises
    ------
    FileNotFoundError
        If the folder holds no trained replica.
    """
    agent = Path(agent)
    found = [weights.parent for weights in agent.glob(f"seed_*/{WEIGHTS}")]
    if not found:
        raise FileNotFoundError(
            f"{agent}: no trained replica (seed_*/{WEIGHTS}). "
            f"Train one with: pfc train EXPERIMENT --out {agent}"
        )
    return sorted(found, key=lambda folder: int(folder.name.removeprefix("seed_")))


@dataclass(frozen=True)
class TrainedReplica:
    """What the files of a trained replica say.

    Attributes
    ----------
    steps : int
        Steps of the task it was trained on.
    reward_per_trial : float
        Mean over the last 5 % of the rows of `training.csv`, at least one.
    weights_sha256 : str
        Of the file of weights.
    """

    steps: int
    reward_per_trial: float
    weights_sha256: str


def summarise_replica(folder: Path) -> TrainedReplica:
    """Summarise a trained replica, given its folder."""
    import pandas as pd

    log = pd.read_csv(folder / LOG)
    last = max(1, round(_FINAL_SHARE * len(log)))
    return TrainedReplica(
        steps=int(log["steps"].iloc[-1]),
        reward_per_trial=float(log["reward_per_trial"].iloc[-last:].mean()),
        weights_sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
    )


def save_progress(path: Path, progress: Progress, digest: str) -> None:
    """Write a checkpoint; `digest` tells how it was trained."""
    tensors = {f"weights/{name}": tensor for name, tensor in progress.weights.items()}
    tensors |= {f"mean_square/{name}": tensor for name, tensor in progress.mean_square.items()}
    tensors["log"] = np.array(progress.log, np.float64)
    _save(path, tensors, {"trained_by": digest})


def load_progress(path: Path, digest: str) -> Progress:
    """Read a checkpoint.

    Raises
    ------
    CheckpointError
        If it cannot be read or was written under another recipe or by another engine.
    """
    tensors, metadata = _load(path)
    if metadata.get("trained_by") != digest:
        raise CheckpointError(
            f"{path}: written under another recipe or by another engine. Train into another "
            "folder (--out), or remove this file to start again."
        )

    def below(prefix: str) -> Weights:
        return {
            name.removeprefix(prefix): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }

    log = [tuple(row) for row in tensors["log"].tolist()]
    return Progress(below("weights/"), below("mean_square/"), log)


def save_weights(path: Path, weights: Weights, digest: str) -> None:
    """Write trained weights; `digest` tells how they were trained."""
    _save(path, weights, {"trained_by": digest})


def load_weights(path: Path) -> Weights:
    """Read trained weights, by parameter.

    Raises
    ------
    CheckpointError
        If the file cannot be read.
    """
    return _load(path)[0]


def weights_digest(path: Path) -> str:
    """Return the digest that weights or a checkpoint were written with."""
    return _load(path)[1].get("trained_by", "")


def log_columns(width: int) -> list[str]:
    """Names of a log's columns, of which there are `width`."""
    trials = range(1, width - len(LOG_COLUMNS) + 1)
    return [*LOG_COLUMNS, *(f"correct_{trial}" for trial in trials)]


def save_log(path: Path, rows: list[tuple[float, ...]]) -> None:
    """Write `training.csv` from a row an update.

    A row stands for 1, 2, ... updates, so many that there are at most `LOG_ROWS`; it says how far
    training had come with the last of them, at which learning rate, and the mean of the rest.
    """
    import pandas as pd  # late: it takes half a second, as long as some agents take to learn

    table = pd.DataFrame(rows, columns=log_columns(len(rows[0])))
    counts = ["update", "sessions", "steps"]
    table[counts] = table[counts].astype(np.int64)
    together = math.ceil(len(table) / LOG_ROWS)
    last = dict.fromkeys([*counts, "learning_rate"], "last")
    table = table.groupby(np.arange(len(table)) // together).agg(
        {name: last.get(name, "mean") for name in table.columns}
    )
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")


def _save(path: Path, tensors: Weights, metadata: dict[str, str]) -> None:
    plain = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    # Written from here, not by safetensors, whose files only their owner may read.
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(plain, metadata=metadata))


def _load(path: Path) -> tuple[Weights, dict[str, str]]:
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file.")
    try:
        with safe_open(path, framework="np") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: cannot be read as safetensors ({error}).") from error
