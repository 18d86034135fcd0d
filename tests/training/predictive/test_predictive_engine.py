"""Predictive networks: the compiled engine against autograd, and which errors train which part."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.actor_critic import actor_critic_loss, play_episode
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.weights import Weights, sizes_of
from pfc_analysis.training.predictive.predictive_engine import PredictiveEngine
from pfc_analysis.training.predictive.predictive_network import PredictiveNetwork, prediction_loss
from pfc_analysis.training.predictive.predictive_reference import PredictiveReference
from pfc_analysis.training.predictive.predictive_weights import draw_predictive_weights
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.replica import first_weights, make_engine
from pfc_analysis.training.run.trainer import train

COSTS = LossCosts(0.9, 0.3, 0.07, 0.6)
PLAYABLE = [
    name
    for name in list_tasks()
    if find_task(name)().view_shape is None and not find_task(name)().cues
]
CORTEX = ("recurrent_weight", "recurrent_bias", "initial_hidden", "initial_cell")
BASAL_GANGLIA = ("policy_weight", "policy_bias", "policy_observation_weight")
BASAL_GANGLIA += ("value_weight", "value_bias", "value_observation_weight")


def draw(task, units: int = 7) -> Weights:
    """Draw weights all of which are far from 0, so that no term of a gradient can hide."""
    rng = np.random.default_rng(1)
    weights = draw_predictive_weights(sizes_of(task, units), rng)
    for weight in weights.values():
        weight += 0.3 * rng.normal(size=weight.shape).astype(np.float32)
    return weights


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("name", PLAYABLE)
@pytest.mark.parametrize(("n_sessions", "scale"), [(16, 0.25), (70, 1.0)])
def test_gradient_and_activity_are_those_of_autograd(short_task, name, n_sessions, scale):
    task, feedback = short_task(name), Feedback("reward", scale)
    weights = draw(task)
    mine, theirs = (
        kind(weights, task, n_sessions, feedback)
        for kind in (PredictiveEngine, PredictiveReference)
    )
    found, expected = (
        each.differentiate(np.random.default_rng(2), COSTS) for each in (mine, theirs)
    )
    assert (found.steps, found.trials) == (expected.steps, expected.trials)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    for name, gradient in theirs.gradients.items():
        assert relative(mine.gradients[name], gradient) < 2e-5, name
    played, wanted = (each.play(np.random.default_rng(3)) for each in (mine, theirs))
    active = wanted.log.active
    for name in ("hidden", "cell", "value"):
        assert relative(getattr(played, name)[active], getattr(wanted, name)[active]) < 1e-5, name


@pytest.fixture
def played(short_task):
    task = short_task("two_step")
    network = PredictiveNetwork(draw(task))
    return network, play_episode(network, task, 9, np.random.default_rng(4))


def test_reward_prediction_errors_do_not_reach_the_recurrent_network(played):
    network, episode = played
    actor_critic_loss(network, episode, *COSTS).total.backward()
    reached = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert reached == set(BASAL_GANGLIA)


def test_errors_of_prediction_do_not_reach_the_actor_critic(played):
    network, episode = played
    prediction_loss(network, episode).backward()
    reached = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert reached == {*CORTEX, "prediction_weight", "prediction_bias"}


def test_loss_of_predictions_equals_its_formula(played):
    network, episode = played
    hidden = episode.hidden.detach().double().numpy()
    weight, bias = (
        getattr(network, f"prediction_{part}").detach().double().numpy()
        for part in ("weight", "bias")
    )
    n_steps, n_sessions = episode.action.shape
    total, n_codes = 0.0, network.n_observations
    for t in range(n_steps):
        for i in range(n_sessions):
            if not episode.active[t, i]:
                continue
            own = slice(int(episode.action[t, i]) * (n_codes + 1), None)
            predicted = (hidden[t, i] @ weight + bias)[own][: n_codes + 1]
            total += 0.5 * (episode.reward[t, i].item() - predicted[-1]) ** 2
            if t + 1 < n_steps and episode.active[t + 1, i]:
                odds = np.exp(predicted[:-1])
                total -= np.log(odds[int(episode.observation[t + 1, i])] / odds.sum())
    expected = total / float(episode.active.sum())
    assert prediction_loss(network, episode).item() == pytest.approx(expected, rel=1e-5)


def test_policy_and_value_read_the_observation_beside_the_units(played):
    network, episode = played
    read = network.read(episode.hidden, episode.observation).detach()
    codes = torch.eye(network.n_observations)[episode.observation]
    for head in ("policy", "value"):
        weight, seen, bias = (
            getattr(network, f"{head}_{part}").detach()
            for part in ("weight", "observation_weight", "bias")
        )
        expected = episode.hidden.detach() @ weight + codes @ seen + bias
        found = getattr(network, head)(read).detach()
        torch.testing.assert_close(found.reshape(expected.shape), expected)


@pytest.fixture
def recipe_text(small_text) -> str:
    return small_text.replace("units = 5", 'units = 5\narchitecture = "predictive"')


def test_recipe_decides_the_network_and_the_digest(small_recipe, recipe_text):
    recipe = parse_recipe(recipe_text)
    assert recipe.training_digest() != small_recipe.training_digest()
    weights = first_weights(recipe, 1)
    engine = make_engine(recipe, weights, recipe.training_task(), 2)
    assert isinstance(engine, PredictiveEngine)
    reference = make_engine(recipe, weights, recipe.training_task(), 2, "torch")
    assert isinstance(reference, PredictiveReference)


def test_recipe_refuses_what_cannot_be_predicted(recipe_text):
    with pytest.raises(RecipeError, match="feedback = 'rpe': a predictive network predicts"):
        parse_recipe(recipe_text.replace("units", 'feedback = "rpe"\nunits'))
    bandit = recipe_text.replace('"two_step"', '"bandit"')
    with pytest.raises(RecipeError, match=r"task 'bandit' shows graded cues \['trial'\]"):
        parse_recipe(bandit)


def test_the_seed_decides_the_weights(recipe_text, tmp_path):
    recipe = parse_recipe(recipe_text)
    one, other = (train(recipe, tmp_path / name, workers=1) for name in ("one", "other"))
    for seed in (3, 4):
        path = f"seed_{seed}/weights.safetensors"
        assert (one / path).read_bytes() == (other / path).read_bytes()
    texts = {(one / f"seed_{seed}/weights.safetensors").read_bytes() for seed in (3, 4)}
    assert len(texts) == 2
