"""The ideal observer of the volatility task, which knows the process that agents train in."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import xarray as xr

from pfc_analysis.analysis.learners.hazard_observer import HazardObserver
from pfc_analysis.tasks.volatility import VolatileBandit
from pfc_analysis.training.run.recipe import parse_recipe

OBSERVER = "observer"
"""Name of the observer in figures."""


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
