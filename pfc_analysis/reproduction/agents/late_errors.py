"""How fast agents learn a task whose prediction errors begin to teach late in training.

A network that learns without reward prediction errors, for example to predict what it sees, may
learn faster afterwards: latent learning (Tolman 1948, Psychological Review 55:189).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.training_log import read_log

UPDATES = 12
"""Updates over which reward is averaged; each row of a log of training holds 2 or 3 of them."""


def read_learning_curve(experiment: str, agents: str | Path | None) -> xr.DataArray:
    """Read how reward rises in training, from the update at which prediction errors teach.

    Parameters
    ----------
    experiment, agents
        As for `record_agent`.

    Returns
    -------
    xarray.DataArray
        Reward a trial, (`subject`, `update`): means over `UPDATES` updates each, of which `update`
        is the last, counted from that update.

    Raises
    ------
    ValueError
        If a row of the log averages updates of two such means.
    """
    folder = agent_folder(experiment, agents)
    first = read_recipe(folder).optimisation.rpe_after
    curves = {one.name: _average(read_log(one), first) for one in list_replicas(folder)}
    (updates, *_), values = zip(*curves.values(), strict=True)
    return xr.DataArray(
        np.stack(values), {"subject": list(curves), "update": updates}, ("subject", "update")
    )


def _average(log: pd.DataFrame, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the means, and the means, of a log from an update on."""
    last, reward = log["update"].to_numpy(), log["reward_per_trial"].to_numpy()
    rows = UPDATES // int(last[0])
    begin = int(np.searchsorted(last, first, side="right"))
    n_means = (len(last) - begin) // rows
    used = slice(begin, begin + n_means * rows)
    ends = last[used].reshape(n_means, rows)[:, -1] - first
    if not np.array_equal(ends, UPDATES * np.arange(1, n_means + 1)):
        raise ValueError(
            f"log of training: found rows that end at updates {ends[:3].tolist()}, expected "
            f"multiples of {UPDATES}, so that rows can be averaged"
        )
    return ends, reward[used].reshape(n_means, rows).mean(axis=1)


def find_update(curve: xr.DataArray, reward: float) -> xr.DataArray:
    """Find at which update the reward of each replica first reaches a value.

    Parameters
    ----------
    curve : xarray.DataArray
        Reward on (`subject`, `update`) (`read_learning_curve`).
    reward : float
        The value.

    Returns
    -------
    xarray.DataArray
        On `subject`: the update, interpolated between two means; NaN where it is not reached.
    """
    return xr.apply_ufunc(
        _interpolate, curve, curve["update"], reward, vectorize=True,
        input_core_dims=[["update"], ["update"], []],
    )  # fmt: skip


def _interpolate(values: np.ndarray, updates: np.ndarray, reward: float) -> float:
    reached = np.flatnonzero(values >= reward)
    if not reached.size:
        return float("nan")
    end = reached[0]
    if end == 0:
        return float(updates[0])
    part = slice(end - 1, end + 1)
    return float(np.interp(reward, values[part], updates[part]))
