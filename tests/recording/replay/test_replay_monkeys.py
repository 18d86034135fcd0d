"""Agents in the place of the monkeys of both sets."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.choices.choice_likelihood import compute_choice_likelihood
from pfc_analysis.analysis.learners.what_where_observer import compute_what_where_belief
from pfc_analysis.recording.catalogue.public_data import find_dataset, load_dataset
from pfc_analysis.recording.replay.replay import replay

pytestmark = pytest.mark.real_data


def load_monkeys(name: str) -> xr.Dataset:
    """Load the behaviour of a data set."""
    if find_dataset(name) is None:
        pytest.skip(f"{name} is not on this machine")
    return load_dataset(name).drop_dims(["unit", "window"])


@pytest.fixture(scope="module")
def dlpfc() -> xr.Dataset:
    return load_monkeys("monkey_dlpfc")


@pytest.fixture(scope="module")
def lived(dlpfc) -> xr.Dataset:
    return replay("what_where", dlpfc, resets="block", units=False)


def test_blocks_of_monkeys_are_stretches_of_agents(dlpfc, lived):
    one = lived.isel(trial=(lived["subject"] == "seed_1").values)
    assert one.sizes["trial"] == dlpfc.sizes["trial"]
    assert np.unique(one["session"]).size == 25 + 24
    begins = np.diff(one["session"].values, prepend=-1) > 0
    np.testing.assert_array_equal(begins, one["trial_in_block"].values == 0)
    shown = one["observation"].sel(step="choice").values - 1
    image = np.where(one["choice"].values == 0, shown, 1 - shown)
    np.testing.assert_array_equal(image, dlpfc["chosen_option"].values)


def test_values_follow_what_the_observer_expects(dlpfc, lived):
    """Before the choice, the critic cannot know the side: it expects about the better option."""
    expected = compute_what_where_belief(dlpfc)["expected_reward"].max("side").values
    value = lived["value"].sel(step="choice").values.reshape(8, -1)
    late = dlpfc["trial_in_block"].values >= 10
    for own in value:
        assert np.corrcoef(own[late], expected[late])[0, 1] > 0.2


def test_states_that_are_kept_through_a_session_predict_worse(dlpfc, lived):
    kept = replay("what_where", dlpfc, resets="session", units=False)
    fresh = compute_choice_likelihood(lived)["log_likelihood"]
    assert (fresh > compute_choice_likelihood(kept)["log_likelihood"]).all()


def test_agents_prefer_the_choices_of_the_two_step_monkey():
    monkey = load_monkeys("monkey_two_step")
    lived = replay("two_step_three_rewards", monkey, units=False)
    assert lived.sizes["trial"] == 8 * monkey.sizes["trial"]
    assert np.unique(lived["session"]).size == 3
    found = compute_choice_likelihood(lived)
    free = (monkey["forced"] == 0).values
    assert found["n_trials"].values.ravel().tolist() == [int(free.sum())] * 8
    by_hand = lived["choice_probability"].values.reshape(8, -1, 2).argmax(axis=2)
    agree = (by_hand == monkey["choice"].values)[:, free].mean(axis=1)
    np.testing.assert_allclose(found["preferred_share"].values[:, 0], agree, atol=1e-3)
    assert (found["preferred_share_lower"].values > 0.6).all()
    only = lived["observation"].sel(step="stage_1").values.reshape(8, -1)
    np.testing.assert_array_equal(only[0] >= 2, ~free)
