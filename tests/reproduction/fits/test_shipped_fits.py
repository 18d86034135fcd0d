"""Shipped fits are those of the data that their recipes name."""

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners.finding import find_learner
from pfc_analysis.reproduction.fits.fit_recipe import read_fit_recipe
from pfc_analysis.reproduction.fits.shipped_fits import read_fit


def compute_likelihoods(fit: xr.Dataset, recording: xr.Dataset) -> xr.DataArray:
    """Log-likelihood of every learner at its shipped estimates, on (subject, model)."""
    trials = read_fit_trials(recording, "two_step")
    assert trials.subjects == tuple(fit["subject"].values)
    learners = fit["model"].values[(fit["kind"] == "learner").values]
    found = np.zeros((len(trials.subjects), learners.size))
    for column, name in enumerate(learners):
        estimated = fit.isel(estimated=(fit["learner"] == name).values)
        for row, (subject, own) in enumerate(trials.by_subject()):
            likelihood = LearnerLikelihood(find_learner(str(name)), own)
            assert [one.name for one in likelihood.free] == estimated["parameter"].values.tolist()
            values = estimated["estimate"].sel(subject=subject).values
            place = [one.unconstrain(v) for one, v in zip(likelihood.free, values, strict=True)]
            found[row, column] = likelihood.by_session(np.array(place))[0].sum()
    coords = {"subject": fit["subject"].values, "model": learners}
    return xr.DataArray(found, coords=coords, dims=("subject", "model"))


def expect_agreement(fit: xr.Dataset, recording: xr.Dataset) -> None:
    found = compute_likelihoods(fit, recording)
    shipped = fit["log_likelihood"].sel(subject=found["subject"], model=found["model"])
    assert np.isfinite(shipped).all()
    np.testing.assert_allclose(found.values, shipped.transpose(*found.dims).values, rtol=1e-6)


@pytest.mark.real_data
def test_likelihoods_of_the_rats_learners_follow_from_the_raw_data(rat_recording):
    expect_agreement(read_fit("rats_two_step"), rat_recording)


@pytest.mark.real_data
def test_estimates_of_another_rat_are_worse(rat_recording):
    """The test above would notice estimates that belong to other choices."""
    fit = read_fit("rats_two_step")
    other = fit.isel(subject=[1, 2, 3, 4, 5, 0]).assign_coords(subject=fit["subject"].values)
    found = compute_likelihoods(other, rat_recording)
    assert (found < fit["log_likelihood"].sel(model=found["model"]) - 1).all()


@pytest.mark.parametrize("name", ["agents_two_step", "agents_two_step_rats"])
def test_likelihoods_of_the_agents_learners_follow_from_their_play(name):
    recipe = read_fit_recipe(name)
    played = pfc.record(recipe.agent, sessions=recipe.sessions, units=False)
    expect_agreement(read_fit(name), played)
