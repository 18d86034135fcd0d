import numpy as np
import pytest
import torch

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_inputs import read_inputs
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.tasks.two_step import TwoStep

from .simulated_trials import draw_network, draw_trials
from .torch_networks import TorchNetwork


@pytest.mark.parametrize("cell", ["gru", "lstm", "vanilla"])
@pytest.mark.parametrize(("questions", "n_arms"), [("two_step", 2), ("bandit", 3)])
def test_preferences_agree_with_torch(cell, questions, n_arms):
    trials = draw_trials([12, 1, 25], questions=questions, n_arms=n_arms)
    network = draw_network(cell, questions=questions, n_arms=n_arms)
    mirror = TorchNetwork(cell, {name: one[0] for name, one in network.weights.items()})
    inputs = read_inputs(trials, np.float64)
    found = network.preferences(trials)
    assert np.all(found[:, 0] == 0)
    for begin, end in zip(trials.first[:-1], trials.first[1:], strict=True):
        with torch.no_grad():
            expected = mirror.logits(inputs.kind[begin:end], inputs.reward[begin:end])
        np.testing.assert_allclose(found[begin:end, 1:], expected.numpy(), atol=1e-12)


def test_by_session_sums_predicted_choices():
    trials, network = draw_trials([15, 9]), draw_network()
    logits = network.preferences(trials)[:, 1]
    side = np.where(trials.records["choice"] == 1, 1, -1)
    made = -np.log1p(np.exp(-side * logits)) * (trials.records["predicted"] == 1)
    assert network.by_session(trials) == pytest.approx([made[:15].sum(), made[15:].sum()])


def test_average_is_the_mean_of_the_preferences():
    trials, several = draw_trials([15, 9]), draw_network(networks=3)
    each = []
    for k in range(3):
        weights = {name: one[k : k + 1] for name, one in several.weights.items()}
        one = type(several)(several.settings, "two_step", 2, weights, 0.5, 0)
        each.append(one.preferences(trials))
    np.testing.assert_allclose(several.preferences(trials), np.mean(each, axis=0), atol=1e-14)
    np.testing.assert_array_equal(several.single.preferences(trials), each[0])


def test_invalid_trials_change_nothing_and_forced_ones_do():
    trials, network = draw_trials([40]), draw_network()
    found, records = network.preferences(trials), trials.records
    moved = np.any(found[1:] != found[:-1], axis=1)
    assert np.array_equal(moved, records["learned"][:-1] == 1)
    forced = (records["learned"] == 1) & (records["predicted"] == 0)
    assert forced[:-1].any()
    assert moved[forced[:-1]].all()


def test_playing_is_the_same_as_reading():
    trials = draw_trials([20, 20])
    network, records = draw_network(networks=2), trials.records
    state = network.begin(2)
    for step in range(20):
        here = records[[step, 20 + step]]
        expected = network.preferences(trials)[[step, 20 + step]]
        odds = np.exp(expected)
        np.testing.assert_allclose(
            network.choice_probability(state), odds / odds.sum(axis=1, keepdims=True)
        )
        network.learn(state, here["choice"], here["second_state"], here["reward"])


def test_a_network_plays_a_task():
    network = draw_network()
    played = pfc.simulate(network, TwoStep(), sessions=3, seed=1, subject="network")
    assert played.sizes["trial"] == 300
    assert set(np.unique(played["choice"])) == {0, 1}


def test_another_task_is_refused():
    network = draw_network()
    with pytest.raises(AnalysisError, match="found questions 'bandit', expected 'two_step'"):
        network.preferences(draw_trials([9], questions="bandit"))
    with pytest.raises(AnalysisError, match="found 3 arms, expected at most 2"):
        draw_network(questions="bandit").preferences(draw_trials([9], questions="bandit", n_arms=3))


def test_settings_have_a_name():
    assert NetworkSettings(units=4).name == "gru_4"
    assert NetworkSettings(units=1, cell="vanilla").name == "vanilla_1"


@pytest.mark.parametrize(("questions", "n_arms"), [("two_step", 2), ("bandit", 3)])
def test_an_untrained_network_prefers_no_arm_at_first(questions, n_arms):
    trials = draw_trials([30, 20], questions=questions, n_arms=n_arms)
    drawn, again = (
        FittedNetwork.untrained(
            NetworkSettings(units=3), questions, n_arms, np.random.default_rng(1)
        )
        for _ in range(2)
    )
    preferences = drawn.preferences(trials)
    np.testing.assert_array_equal(preferences[[0, 30]], np.zeros((2, n_arms)))
    assert preferences.any()
    np.testing.assert_array_equal(preferences, again.preferences(trials))
