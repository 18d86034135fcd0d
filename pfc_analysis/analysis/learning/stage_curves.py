"""How does a learning set form? Correct choices by trial, in successive stages of training.

Stages are defined by the reward that a replica earned while it learned (Wang et al. 2018, Fig. 6c).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import NONE

N_STAGES = 7
"""Stages of Fig. 6c: six on the way, and the end of training."""

FINAL = "final"


@labelled
def compute_stage_curves(logs: Mapping[str, pd.DataFrame], window: int = 1) -> xr.Dataset:
    """Compute the proportion of correct choices by trial of a problem, in stages of training.

    Parameters
    ----------
    logs : mapping of str to pandas.DataFrame
        Log of training of each replica (`training.csv`), by its name: columns `update` (the last
        one that a row stands for), `reward_per_trial` and `correct_1`, `correct_2`, ..., the share
        of problems in which that trial was completed by the correct choice.
    window : int
        Rows of the moving average, and of the last stage (`assign_stages`).

    Returns
    -------
    xarray.Dataset
        On (`subject`, `stage`, `trial`), trials counted from 1: `correct`; NaN where a replica's
        curve jumped over the stage. `n_updates` that it rests on, on (`subject`, `stage`);
        `n_jumped`, the replicas that jumped over it, on `stage`.

    Raises
    ------
    MissingVariableError
        If a log lacks a column.
    AnalysisError
        If there is no log, logs differ in their trials, or as `assign_stages`.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 6c.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import pfc_analysis as pfc
    >>> updates = np.arange(40)
    >>> log = pd.DataFrame({
    ...     "update": updates,
    ...     "reward_per_trial": updates / 40,
    ...     "correct_1": np.full(40, 0.5),
    ...     "correct_2": 0.5 + updates / 80,
    ... })
    >>> curves = pfc.analysis.compute_stage_curves({"seed_1": log}, window=5)
    >>> second = curves["correct"].sel(subject="seed_1", trial=2)
    >>> print(second.sel(stage=["stage_1", "final"]).values.round(2))
    [0.54 0.96]

    Early in training the second choice of a problem is a guess; at the end it is nearly always
    right.
    """
    if not logs:
        raise AnalysisError("logs: found none, expected one for each replica")
    curves = {name: _read_correct(name, log) for name, log in logs.items()}
    widths = {name: curve.shape[1] for name, curve in curves.items()}
    if len(set(widths.values())) > 1:
        raise AnalysisError(f"logs: found {widths} trials, expected the same number in all")
    parts = [_average(log, curves[name], window) for name, log in logs.items()]
    result = xr.concat(parts, dim=xr.Variable("subject", list(logs)))
    return result.assign(n_jumped=(result["n_updates"] == 0).sum("subject"))


def _read_correct(subject: str, log: pd.DataFrame) -> FloatArray:
    """Read the shares of correct choices, (row, trial)."""
    found = sum(str(column).startswith("correct_") for column in log.columns)
    columns = [f"correct_{trial}" for trial in range(1, max(found, 1) + 1)]
    missing = [name for name in ("update", "reward_per_trial", *columns) if name not in log]
    if missing:
        raise MissingVariableError(
            f"{missing[0]}: the log of {subject} has no such column; it has {listed(log.columns)}. "
            "Train on a task whose sessions are problems, such as harlow."
        )
    return log[columns].to_numpy(np.float64)


def _average(log: pd.DataFrame, correct: FloatArray, window: int) -> xr.Dataset:
    """Average the rows of each stage, weighted by the number of updates of each row."""
    stages = assign_stages(log["reward_per_trial"].to_numpy(), window)
    updates = np.diff(log["update"].to_numpy(np.int64), prepend=0)
    ends = stages["start"].values, stages["stop"].values
    spans = [slice(*span) for span in zip(*ends, strict=True)]
    # In a stage that was skipped, start and stop are both -1: an empty slice.
    n_updates = np.array([updates[span].sum() for span in spans])
    total = np.stack([updates[span] @ correct[span] for span in spans])
    with np.errstate(invalid="ignore"):
        mean = total / n_updates[:, None]
    return xr.Dataset(
        {"correct": (("stage", "trial"), mean), "n_updates": ("stage", n_updates)},
        {"stage": stages["stage"].values, "trial": np.arange(1, correct.shape[1] + 1)},
    )


@labelled
def assign_stages(training_reward: npt.ArrayLike, window: int = 1) -> xr.Dataset:
    r"""Find the stages of training in a replica's learning curve.

    The curve is smoothed by a centred moving average, which is shorter at the ends. Between its
    lowest value (floor) and its highest (ceiling) there are seven bands of equal height. Stage k,
    k = 1 ... 6, is the time from when the curve first enters band k until it leaves it.
    The last stage, "final", is the last `window` updates.

    Parameters
    ----------
    training_reward : array_like (update,)
        Reward a trial, update by update of one replica.
    window : int
        Updates of the moving average, and of the last stage.

    Returns
    -------
    xarray.Dataset
        On `stage` ("stage_1" ... "stage_6", "final"): `start` and `stop`, the updates of the stage
        as a slice of the curve, counted from 0 (equal, and -1, where the curve jumped over the
        band), `n_updates`, and `band_lower` and `band_upper`, in reward a trial (of the final
        stage, band 7). `floor` and `ceiling` have no dimension; `smoothed` is on `update`.

    Raises
    ------
    AnalysisError
        If the curve is not one row of finite numbers, does not rise at all, or is shorter than the
        window.

    Notes
    -----
    The paper names its stages "training quantiles" and does not define them; this is the
    toolkit's definition.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 6c.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> stages = pfc.analysis.assign_stages(np.linspace(0.0, 1.0, 70), window=5)
    >>> for name in ("stage_1", "stage_6", "final"):
    ...     stage = stages.sel(stage=name)
    ...     print(name, stage["start"].item(), stage["stop"].item())
    stage_1 0 11
    stage_6 49 59
    final 65 70
    """
    curve = np.asarray(training_reward, dtype=np.float64)
    if curve.ndim != 1 or not np.isfinite(curve).all():
        raise AnalysisError(
            f"training_reward: found shape {curve.shape} with {int(np.sum(~np.isfinite(curve)))} "
            "value(s) that are not finite numbers, expected one row of finite numbers"
        )
    if not 1 <= window <= curve.size:
        raise AnalysisError(
            f"window: found {window} for {curve.size} update(s), expected 1 to {curve.size}"
        )
    smoothed = _smooth(curve, window)
    floor, ceiling = float(smoothed.min()), float(smoothed.max())
    # Running sums leave rounding errors in a curve that is flat.
    if not ceiling - floor > 1e-9 * max(abs(floor), abs(ceiling)):
        raise AnalysisError(
            f"training_reward: found {floor:g} throughout, expected a curve that rises; a replica "
            "that did not learn has no stages"
        )
    edges = floor + (ceiling - floor) * np.arange(N_STAGES + 1) / N_STAGES
    band = np.searchsorted(edges[1:-1], smoothed, side="right")
    spans = [_first_run(band == k) for k in range(N_STAGES - 1)]
    spans.append((curve.size - window, curve.size))
    start, stop = np.array(spans).T
    return xr.Dataset(
        {
            "start": ("stage", start),
            "stop": ("stage", stop),
            "n_updates": ("stage", stop - start),
            "band_lower": ("stage", edges[:-1]),
            "band_upper": ("stage", edges[1:]),
            "floor": floor,
            "ceiling": ceiling,
            "smoothed": ("update", smoothed),
        },
        {"stage": [f"stage_{k}" for k in range(1, N_STAGES)] + [FINAL]},
    )


def _smooth(curve: FloatArray, window: int) -> FloatArray:
    """Compute a centred moving average; at the ends over the part of the window that exists."""
    total = np.append(0.0, np.cumsum(curve))
    at = np.arange(curve.size)
    low = np.maximum(at - (window - 1) // 2, 0)
    high = np.minimum(at + window // 2 + 1, curve.size)
    return np.asarray((total[high] - total[low]) / (high - low), dtype=np.float64)


def _first_run(holds: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Find start and stop of the first run of true values; -1, -1 where there is none."""
    if not holds.any():
        return NONE, NONE
    start = int(holds.argmax())
    after = np.flatnonzero(~holds[start:])
    return start, start + int(after[0]) if after.size else holds.size
