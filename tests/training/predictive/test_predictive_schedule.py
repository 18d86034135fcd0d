"""When and how fast reward prediction errors train a predictive network."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.predictive.predictive_weights import actor_critic_weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.replica import Replica


@pytest.fixture
def recipe(small_text) -> Recipe:
    return parse_recipe(small_text.replace("units = 5", 'units = 5\narchitecture = "predictive"'))


def learn(recipe: Recipe, updates: int, **settings: float) -> Weights:
    """Return the weights after some updates with other settings of the optimisation."""
    changed = dataclasses.replace(recipe.optimisation, **settings)
    replica = Replica(dataclasses.replace(recipe, optimisation=changed), 1)
    for _ in range(updates):
        replica.learn()
    return replica.weights


def equal(one: Weights, other: Weights) -> set[str]:
    return {name for name in one if np.array_equal(one[name], other[name])}


def test_the_actor_critic_learns_at_its_share_of_the_rate(recipe):
    drawn, plain = learn(recipe, 0), learn(recipe, 1)
    still, slow = learn(recipe, 1, actor_critic_rate=0.0), learn(recipe, 1, actor_critic_rate=0.5)
    names = set(actor_critic_weights(drawn))
    assert equal(still, drawn) == names
    assert equal(still, plain) == set(drawn) - names
    for name in names:
        step = (slow[name] - drawn[name]) / 0.5
        np.testing.assert_allclose(step, plain[name] - drawn[name], rtol=1e-3, atol=1e-6)


def test_errors_teach_after_the_first_updates(recipe):
    without = learn(recipe, 3, rpe_gain=0.0)
    assert equal(without, learn(recipe, 3, rpe_after=3)) == set(without)
    changed = set(without) - equal(without, learn(recipe, 3, rpe_after=2))
    assert {"policy_weight", "value_weight"} <= changed


def test_without_errors_nothing_teaches_the_value(recipe):
    """The bonus for exploration trains the policy alone, and predictions the recurrent network."""
    drawn, without = learn(recipe, 0), learn(recipe, 2, rpe_after=2)
    assert equal(drawn, without) == {"value_weight", "value_bias", "value_observation_weight"}


def test_errors_that_would_set_in_after_training_are_refused(small_text):
    parse_recipe(small_text.replace("updates = 8", "updates = 8\nrpe_after = 8"))
    with pytest.raises(RecipeError, match=r"rpe_after = 9: expected at most updates = 8"):
        parse_recipe(small_text.replace("updates = 8", "updates = 8\nrpe_after = 9"))


def test_a_rate_of_the_actor_critic_is_refused_where_errors_train_all_weights(small_text):
    text = small_text.replace("updates = 8", "updates = 8\nactor_critic_rate = 0.5")
    with pytest.raises(RecipeError, match=r"actor_critic_rate = 0.5: .* train all weights"):
        parse_recipe(text)
