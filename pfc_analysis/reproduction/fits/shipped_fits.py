"""Fits that figures draw: shipped with their recipe, and made again by one command.

Fitting takes minutes, so the figures read the result. ``python -m
pfc_analysis.reproduction.fits.shipped_fits NAME`` makes it again from `datasets/fits/NAME/fit.toml`
and writes `fit.nc` beside it. The rats' raw data, which this package does not contain, must then be
at hand (`pfc data fetch rat_two_step`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import content_folder
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.recording.hdf5_target import write_netcdf
from pfc_analysis.recording.record import record
from pfc_analysis.reporting.fits.fit import fit
from pfc_analysis.reproduction.fits.own_policy import compute_policy_likelihood
from pfc_analysis.toml_files import read_toml

CHOICE_STEP = "stage_1"
"""Step of the two-step task at which agents choose."""


@dataclass(frozen=True)
class FitRecipe:
    """How a shipped fit is made.

    Attributes
    ----------
    experiment : str
        Which task it is.
    data : str
        Name of a public data set; "" if agents are fitted.
    agents : tuple of str
        Shipped agents, which are recorded with frozen weights.
    sessions : int
        Sessions of each agent's replica.
    networks : tuple of int
        Numbers of units.
    learners : tuple of str
        Names of learners; all that suit the task if there is none.
    folds, starts, seed : int
        As of `pfc_analysis.fit`.
    """

    experiment: str
    data: str = ""
    agents: tuple[str, ...] = ()
    sessions: int = 0
    networks: tuple[int, ...] = ()
    learners: tuple[str, ...] = ()
    folds: int = 5
    starts: int = 5
    seed: int = 1


def fit_folder(name: str) -> Path:
    """Return the folder of a shipped fit."""
    return content_folder("datasets") / "fits" / name


def read_fit_recipe(name: str) -> FitRecipe:
    """Read the recipe of a shipped fit.

    Raises
    ------
    FileNotFoundError
        If there is none of that name.
    """
    found = read_toml(fit_folder(name) / "fit.toml")
    lists = {key: tuple(value) for key, value in found.items() if isinstance(value, list)}
    return FitRecipe(**(found | lists))


def read_fit(name: str) -> xr.Dataset:
    """Read a shipped fit, all of it.

    Returns
    -------
    xarray.Dataset
        Of `pfc_analysis.fit`; of agents also `ceiling` on `subject`, the normalised likelihood of
        their choices under their own policy.
    """
    return xr.load_dataset(fit_folder(name) / "fit.nc", engine="h5netcdf")


def make_fit(name: str, progress: bool | None = None) -> Path:
    """Make a shipped fit again from its recipe, and write it; return the file."""
    recipe = read_fit_recipe(name)
    recording, ceiling = read_data(recipe)
    result = fit(
        recording,
        recipe.experiment,
        learners=recipe.learners or None,
        networks=recipe.networks,
        folds=recipe.folds,
        starts=recipe.starts,
        seed=recipe.seed,
        progress=progress,
    )
    if ceiling is not None:
        result["ceiling"] = ceiling
    path = fit_folder(name) / "fit.nc"
    with atomic_path(path) as temporary:
        write_netcdf(result, temporary)
    return path


def read_data(recipe: FitRecipe) -> tuple[xr.Dataset, xr.DataArray | None]:
    """Load or record what is fitted; of agents with the ceiling of all models on `subject`."""
    if recipe.data:
        return load_dataset(recipe.data), None
    parts, ceilings = [], []
    for agent in recipe.agents:
        played = record(agent, sessions=recipe.sessions)
        likelihood = compute_policy_likelihood(played, CHOICE_STEP)
        names = [f"{agent} {subject}" for subject in played["subject"].values]
        played = played.assign_coords(subject=("trial", np.array(names)))
        by_subject = likelihood.assign_coords(subject=played["subject"]).groupby("subject").mean()
        ceilings.append(by_subject)
        parts.append(played.drop_vars(["hidden", "cell"]).drop_dims(["step", "event", "unit"]))
    joined = xr.concat(parts, "trial", combine_attrs="drop_conflicts")
    mean = xr.concat(ceilings, "subject")
    ceiling = mean.copy(data=np.exp(mean.values)).rename("ceiling")
    ceiling.attrs = {"long_name": "likelihood of the choices under the agent's own policy"}
    return joined, ceiling


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(make_fit(given, progress=True))
