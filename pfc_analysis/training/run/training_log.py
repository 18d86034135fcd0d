"""The log of a training, `training.csv`: write it, and read it if it is complete."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pfc_analysis.atomic import atomic_path
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.shipped_experiments import RECIPE, WEIGHTS
from pfc_analysis.training.run.tensor_files import (
    LOG_CHECKSUM,
    TRAINED_BY,
    UPDATES,
    CheckpointError,
    load_tensors,
)

if TYPE_CHECKING:
    import pandas as pd

LOG = "training.csv"

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

_FINAL_SHARE = 0.05  # of the rows of the log: their mean is the reward at the end of training


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
    """Read the summary of a trained replica from its folder.

    Raises
    ------
    CheckpointError
        If its weights or its log are damaged or incomplete.
    """
    log = read_log(folder)
    last = max(1, round(_FINAL_SHARE * len(log)))
    return TrainedReplica(
        steps=int(log["steps"].iloc[-1]),
        reward_per_trial=float(log["reward_per_trial"].iloc[-last:].mean()),
        weights_sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
    )


def read_log(folder: Path) -> pd.DataFrame:
    """Read the log of a trained replica, which must reach the last update of its training.

    Parameters
    ----------
    folder : Path
        Folder of the replica, which holds its weights and its log.

    Returns
    -------
    pandas.DataFrame
        One row for one or several updates, with the columns of `log_columns`.

    Raises
    ------
    CheckpointError
        If the log is missing, cannot be read, or ends before the training did (as a copy that was
        interrupted does); or if the weights are damaged.
    """
    import pandas as pd

    path, (_, metadata) = folder / LOG, load_tensors(folder / WEIGHTS)
    expected = _count_updates(folder, metadata)
    try:
        table = pd.read_csv(path)
        values = table[list(LOG_COLUMNS)].to_numpy(np.float64)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{path}: cannot be read ({reason}). {_way_out(folder)}") from error
    _check_updates(folder, values[:, 0], expected)
    if np.isnan(values).any() or metadata.get(LOG_CHECKSUM, _checksum(path)) != _checksum(path):
        raise CheckpointError(
            f"{path}: cut or changed since the training wrote it. {_way_out(folder)}"
        )
    return table


def describe_log(path: Path, updates: int) -> dict[str, str]:
    """Return what the metadata of weights says of the log beside them."""
    return {UPDATES: str(updates), LOG_CHECKSUM: _checksum(path)}


def _checksum(path: Path) -> str:
    """Return the SHA-256 of a log, whatever the line ends that a copy gave it."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _check_updates(folder: Path, updates: np.ndarray, expected: int | None) -> None:
    """Raise a CheckpointError unless the updates are equally spaced and reach the last one."""
    spacing = np.diff(updates, prepend=0)
    if not (spacing[:-1] == spacing[:1]).all() or not (spacing > 0).all() or not len(updates):
        raise CheckpointError(f"{folder / LOG}: rows are missing. {_way_out(folder)}")
    if expected is not None and updates[-1] != expected:
        raise CheckpointError(
            f"{folder / LOG}: its last update is {updates[-1]:g}, but the weights beside it were "
            f"trained for {expected} updates: rows are missing. {_way_out(folder)}"
        )


def _count_updates(folder: Path, metadata: Mapping[str, str]) -> int | None:
    """Return the number of updates of a trained replica; None if it is not known.

    Weights of earlier versions do not state it; the recipe that they were trained with does.
    """
    if UPDATES in metadata:
        return int(metadata[UPDATES])
    if not (folder.parent / RECIPE).is_file():
        return None
    recipe = read_recipe(folder.parent)
    trained_by = metadata[TRAINED_BY].split(" ")[0]
    return recipe.optimisation.updates if recipe.training_digest() == trained_by else None


def _way_out(folder: Path) -> str:
    return (
        f"Restore it from a copy; or remove the folder {folder.name} and train this replica again "
        "by pfc train with --resume, which gives the same weights."
    )


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
