"""Agents in the place of the six rats of Miller et al."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.choices.choice_likelihood import compute_choice_likelihood
from pfc_analysis.recording.replay.replay import replay

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def lived(rat_recording) -> xr.Dataset:
    return replay("two_step_rats", rat_recording, units=False)


def test_all_trials_but_the_invalid_ones_are_lived_through(rat_recording, lived):
    valid = rat_recording.isel(trial=(rat_recording["invalid"] == 0).values)
    one = lived.isel(trial=(lived["subject"] == "seed_1").values)
    assert one.sizes["trial"] == valid.sizes["trial"]
    assert lived.attrs["trials_left_out"] == int(rat_recording["invalid"].sum())
    for name in ("subject", "session", "trial_in_session"):
        assert np.array_equal(one[f"replayed_{name}"], valid[name])
    assert np.array_equal(one["choice"], valid["choice"])
    assert np.unique(one["session"]).size == 52


def test_agents_expect_more_in_the_better_state(lived):
    """Their values in second states follow the rats' schedules, which nobody told them."""
    shown = lived["observation"].sel(step="second_state").values
    common = lived["common_transition"].values == 1
    pays = np.where(common, lived["choice"], 1 - lived["choice"]) == shown - 2
    assert pays.all()
    state, better = lived["second_state"].values, lived["better_state"].values
    late = lived["trial_in_session"].values > 20
    value = lived["value"].sel(step="second_state").values
    assert value[late & (state == better)].mean() > value[late & (state != better)].mean() + 0.1


def test_agents_predict_the_side_of_rats_only_where_transitions_are_read_right(lived):
    """Half of the rats have the other transitions; all rats must be predicted about as well."""
    found = compute_choice_likelihood(lived)["likelihood_per_trial"]
    assert dict(found.sizes) == {"subject": 8, "replayed_subject": 6}
    # The wrong reading gives .014 to .044 for three of the rats.
    assert found.min() > 0.15
    arms = lived["choice_probability"].values
    better = arms.argmax(axis=1) == lived["choice"].values
    free = lived["forced"].values == 0 if "forced" in lived else np.ones(better.size, bool)
    for name in np.unique(lived["replayed_subject"]):
        own = free & (lived["replayed_subject"].values == name)
        assert better[own].mean() > 0.6, name
