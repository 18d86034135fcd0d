"""Read and write weights, checkpoints and training logs.

An agent is a folder: `recipe.toml`, and for each replica a folder `seed_N` with
`weights.safetensors` and `training.csv`. While a replica trains, its folder holds
`checkpoint.safetensors` instead: all that is needed to continue training, with the same result as
without a break. All files are written atomically.
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
"""Columns of the log. `sessions` and `steps` are counted from the start of training.

If a session is one problem (`Task.is_learning_set`), the columns `correct_1`, `correct_2`, ...
follow: the share of sessions in which that trial was completed with the correct choice.
"""

LOG_ROWS = 500
"""Largest number of rows of `training.csv`. With more updates, each row averages several."""

WEIGHTS, CHECKPOINT, LOG = "weights.safetensors", "checkpoint.safetensors", "training.csv"


_FINAL_SHARE = 0.05  # of the rows of the log: their mean is the reward at the end of training


class CheckpointError(ValueError):
    """A file of weights or a checkpoint cannot be used; the message names it and says why."""


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
    found = [weights.parent for weights in agent.glob(f"seed_*/{WEIGHTS}")]
    if not found:
        raise FileNotFoundError(
            f"{agent}: no trained replica (seed_*/{WEIGHTS}). "
            f"Train one with: pfc train EXPERIMENT --out {agent}"
        )
    return sorted(found, key=lambda folder: int(folder.name.removeprefix("seed_")))


@dataclass(frozen=True)
class TrainedReplica:
    """Summary of the files of a trained replica.

    Attributes
    ----------
    steps : int
        Number of steps of the task in training.
    reward_per_trial : float
        Mean over the last 5 % of the rows of `training.csv`, at least one row.
    weights_sha256 : str
        SHA-256 of the file of weights.
    """

    steps: int
    reward_per_trial: float
    weights_sha256: str


def summarise_replica(folder: Path) -> TrainedReplica:
    """Read the summary of a trained replica from its folder."""
    import pandas as pd

    log = pd.read_csv(folder / LOG)
    last = max(1, round(_FINAL_SHARE * len(log)))
    return TrainedReplica(
        steps=int(log["steps"].iloc[-1]),
        reward_per_trial=float(log["reward_per_trial"].iloc[-last:].mean()),
        weights_sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
    )


def save_progress(path: Path, progress: Progress, digest: str) -> None:
    """Write a checkpoint; `digest` identifies recipe and engine (`Plan.digest`)."""
    tensors = {f"weights/{name}": tensor for name, tensor in progress.weights.items()}
    tensors |= {f"mean_square/{name}": tensor for name, tensor in progress.mean_square.items()}
    tensors["log"] = np.array(progress.log, np.float64)
    _save(path, tensors, {"trained_by": digest})


def load_progress(path: Path, digest: str) -> Progress:
    """Read a checkpoint.

    Raises
    ------
    CheckpointError
        If it cannot be read, or was written with another recipe or engine.
    """
    tensors, metadata = _load(path)
    if metadata.get("trained_by") != digest:
        raise CheckpointError(
            f"{path}: written with another recipe or by another engine. Train into "
            "another folder (--out), or remove this file to start again."
        )

    def pick(prefix: str) -> Weights:
        return {
            name.removeprefix(prefix): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }

    log = [tuple(row) for row in tensors["log"].tolist()]
    return Progress(pick("weights/"), pick("mean_square/"), log)


def save_weights(path: Path, weights: Weights, digest: str) -> None:
    """Write trained weights; `digest` identifies recipe and engine (`Plan.digest`)."""
    _save(path, weights, {"trained_by": digest})


def load_weights(path: Path) -> Weights:
    """Read trained weights, by name.

    Raises
    ------
    CheckpointError
        If the file cannot be read.
    """
    return _load(path)[0]


def weights_digest(path: Path) -> str:
    """Return the digest that is stored in a file of weights or a checkpoint."""
    return _load(path)[1].get("trained_by", "")


def log_columns(width: int) -> list[str]:
    """Return the names of the columns of a log that has `width` of them."""
    trials = range(1, width - len(LOG_COLUMNS) + 1)
    return [*LOG_COLUMNS, *(f"correct_{trial}" for trial in trials)]


def save_log(path: Path, rows: list[tuple[float, ...]]) -> None:
    """Write `training.csv`, given one row for each update.

    Each row of the file stands for as many updates as are needed to have at most `LOG_ROWS` rows.
    Counts and the learning rate are those of the last of these updates; the others are means.
    """
    import pandas as pd  # here, because importing it takes half a second

    table = pd.DataFrame(rows, columns=log_columns(len(rows[0])))
    counts = ["update", "sessions", "steps"]
    table[counts] = table[counts].astype(np.int64)
    updates_per_row = math.ceil(len(table) / LOG_ROWS)
    last = dict.fromkeys([*counts, "learning_rate"], "last")
    table = table.groupby(np.arange(len(table)) // updates_per_row).agg(
        {name: last.get(name, "mean") for name in table.columns}
    )
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")


def _save(path: Path, tensors: Weights, metadata: dict[str, str]) -> None:
    plain = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    # Files that safetensors itself writes can be read by their owner only.
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
