"""Players that agents of the volatility task are compared with: an observer and a control."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import xarray as xr

from pfc_analysis.analysis.learners.hazard_observer import FixedHazard, HazardObserver
from pfc_analysis.tasks.volatility import VolatileBandit
from pfc_analysis.training.recipes.recipe_files import parse_recipe

OBSERVER = "observer"
"""Name in figures of the ideal observer, which knows the process that agents train in."""

FIXED_HAZARD = "fixed hazard"
"""Name in figures of the control, which expects reversals equally often at all times."""


def read_tasks(recording: xr.Dataset, *schedules: str) -> list[VolatileBandit]:
    """Return the test task of a recording's recipe with each of several schedules.

    Parameters
    ----------
    recording : xarray.Dataset
        Recorded from agents (`pfc_analysis.record`): holds their recipe.
    *schedules : str
        See `VolatileBandit`; "training" among them.

    Returns
    -------
    list of VolatileBandit
    """
    recipe = parse_recipe(str(recording.attrs["recipe"]))
    tasks = [recipe.testing_task({"schedule": schedule}) for schedule in schedules]
    return [task for task in tasks if isinstance(task, VolatileBandit)]


def build_observer(task: VolatileBandit, inverse_temperature: float = np.inf) -> HazardObserver:
    """Return the observer that knows how regimes and reversals arise in a task.

    Parameters
    ----------
    task : VolatileBandit
        The task that it knows.
    inverse_temperature : float
        Inverse temperature of its choices: infinite earns most, 0 is chance.

    Returns
    -------
    HazardObserver
    """
    own = {"process", "inverse_temperature"}
    shared = {field.name for field in fields(HazardObserver)} - own
    settings = {name: getattr(task, name) for name in shared}
    return HazardObserver(task.schedule, inverse_temperature=inverse_temperature, **settings)


def build_fixed_hazard(task: VolatileBandit) -> FixedHazard:
    """Return the player that expects reversals at the mean rate of a task, in both regimes.

    Parameters
    ----------
    task : VolatileBandit
        The training process: half of its trials are volatile, and the better arm pays with one of
        two probabilities, equally likely.

    Returns
    -------
    FixedHazard
    """
    mean_probability = (task.low_probability + task.high_probability) / 2
    return FixedHazard(task.reversal_hazard / 2, mean_probability)
