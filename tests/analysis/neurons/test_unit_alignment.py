"""Units are aligned with events: the value where they are read gives the prediction error."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as an
from pfc_analysis.recording.record import record
from pfc_analysis.training.run.experiment import find_experiment


@cache
def played(experiment: str) -> xr.Dataset:
    recording = record(experiment, sessions=3)
    return recording.isel(trial=(recording["subject"] == "seed_1").values)


@pytest.mark.parametrize("experiment", ["two_step", "matching", "inferred_value", "risky_choice"])
def test_the_value_where_an_event_is_seen_makes_its_prediction_error(experiment):
    """rpe = r + gamma V(where it is seen) - V(the step before), and r is 0 before the outcome."""
    recording = played(experiment)
    gamma = find_experiment(experiment).recipe.feedback().discount
    value = recording["value"].expand_dims(unit=[0], axis=2)
    valued = recording.drop_dims("unit").assign(valued=value)
    whole = recording["value"].notnull().all("step").values
    for k, event in enumerate(recording["event"].values):
        seen = an.align_units(valued, event, "valued").isel(unit=0)
        earlier = recording["value"].isel(step=k)
        rewards = recording["rpe"].isel(event=k) - gamma * seen + earlier
        known = rewards.notnull().values & whole
        assert known.mean() > 0.8
        total = recording["reward"].values if event == "outcome" else np.zeros(known.size)
        np.testing.assert_allclose(rewards.values[known], total[known], atol=2e-6)


def test_the_outcome_is_seen_in_the_next_trial_of_the_session():
    recording = played("two_step")
    after = an.align_units(recording, "outcome")
    fixation = recording["hidden"].sel(step="fixation").values
    n = int(recording["trial_in_session"].max()) + 1
    assert after.values[: n - 1] == pytest.approx(fixation[1:n])
    assert np.isnan(after.values[n - 1]).all()
    for name in ("subject", "session", "trial_in_session"):
        assert after[name].values.tolist() == recording[name].values.tolist()
    assert after.dtype == recording["hidden"].dtype


def test_a_gap_is_not_bridged():
    recording = played("two_step")
    gap = recording.isel(trial=np.arange(recording.sizes["trial"]) != 5)
    after = an.align_units(gap, "outcome")
    assert np.isnan(after.values[4]).all()
    assert np.isfinite(after.values[3]).all()


def test_units_code_the_prediction_error_that_they_have_seen():
    recording = played("two_step")
    factors = xr.Dataset({"rpe": recording["rpe"].sel(event="outcome").drop_vars("event")})
    coding = an.compute_unit_coding(
        an.align_units(recording, "outcome"),
        np.random.default_rng(1),
        factors=factors.reset_coords(drop=True),
        null="shift",
        n_permutations=39,
        n_resamples=20,
    )
    assert coding["mean_absolute"].item() > 2 * coding["mean_absolute_null"].item()


def test_errors_name_the_way_out():
    recording = played("two_step")
    with pytest.raises(an.AnalysisError, match="expected one of 'stage_1'"):
        an.align_units(recording, "reward")
    with pytest.raises(an.MissingVariableError, match="record again"):
        an.align_units(recording.drop_vars("seen_at_step"), "outcome")
    with pytest.raises(an.MissingVariableError, match="units=True"):
        an.align_units(recording.drop_vars("hidden"), "outcome")
    with pytest.raises(an.AnalysisError, match="align_units"):
        an.compute_unit_coding(recording, np.random.default_rng(1), step="outcome")
