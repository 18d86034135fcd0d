"""Fits that figures draw: shipped with their recipe, and made again by one command.

Fitting takes minutes, so the figures read the result. ``python -m
pfc_analysis.reproduction.fits.shipped_fits NAME`` makes it again from `datasets/fits/NAME/fit.toml`
and writes `fit.nc` beside it. The rats' raw data, which this package does not contain, must then be
at hand (`pfc data fetch rat_two_step`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.recording.hdf5_target import write_netcdf
from pfc_analysis.recording.record import record
from pfc_analysis.reporting.fits.fit import fit
from pfc_analysis.reproduction.fits.fit_recipe import FitRecipe, fit_folder, read_fit_recipe
from pfc_analysis.reproduction.fits.own_policy import compute_policy_likelihood

CHOICE_STEP = "stage_1"
"""Step of the two-step task at which agents choose."""


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
        repeats=recipe.repeats or None,
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
    played = record(recipe.agent, sessions=recipe.sessions)
    likelihood = compute_policy_likelihood(played, CHOICE_STEP)
    mean = likelihood.assign_coords(subject=played["subject"]).groupby("subject").mean()
    ceiling = mean.copy(data=np.exp(mean.values)).rename("ceiling")
    ceiling.attrs = {"long_name": "likelihood of the choices under the agent's own policy"}
    return played.drop_dims(["step", "event", "unit"]), ceiling


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(make_fit(given, progress=True))
