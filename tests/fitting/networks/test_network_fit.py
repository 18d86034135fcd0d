from dataclasses import replace

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.networks import network_fit
from pfc_analysis.fitting.networks.network_fit import (
    ONE_SESSION,
    STILL_RISING,
    cross_validate_network,
    fit_and_validate_network,
    fit_network,
)
from pfc_analysis.fitting.networks.network_settings import NetworkSettings

from .simulated_trials import LEARNER, draw_trials, play_bandit, replace_choices

QUICK = NetworkSettings(units=1, starts=2, updates=30)


def rng():
    return np.random.default_rng(3)


def same(first, second):
    return all(np.array_equal(first.weights[k], second.weights[k]) for k in first.weights)


def test_a_network_predicts_a_learner_of_values_as_the_learner_itself():
    trials = play_bandit(60)
    exact = LearnerLikelihood(type(LEARNER), trials)
    values = [one.unconstrain(getattr(LEARNER, one.name)) for one in exact.free]
    best = np.exp(exact.total(np.array(values))[0] / trials.n_predicted.sum())
    found = cross_validate_network(trials, NetworkSettings(units=2), 2, rng())
    assert best - 0.006 < found.normalised < best + 0.002
    assert found.normalised > 0.6


def test_random_choices_are_predicted_at_chance():
    trials = draw_trials([200] * 10)
    found = fit_and_validate_network(trials, replace(QUICK, updates=200), 5, rng())
    assert found.held_out.normalised == pytest.approx(0.5, abs=0.005)


def test_held_out_sessions_have_no_part_in_the_fit(monkeypatch):
    kept = []
    monkeypatch.setattr(network_fit, "_predict_folds", lambda *a: kept.append(a[2]))
    trials = play_bandit(8)
    for one in (trials, replace_choices(trials, [1, 5], seed=4)):  # fold 1 of 4
        fit_and_validate_network(one, QUICK, 4, rng())
    before, after = kept
    assert [same(a, b) for a, b in zip(before, after, strict=True)] == [False, True, False, False]
    assert [a.score == b.score for a, b in zip(before, after, strict=True)][1]


def test_same_seed_same_bytes():
    trials = draw_trials([30, 50, 20, 60, 40])
    first, second = (fit_and_validate_network(trials, QUICK, 5, rng()) for _ in range(2))
    assert same(first.network, second.network)
    assert np.array_equal(first.held_out.log_likelihood, second.held_out.log_likelihood)
    other = fit_and_validate_network(trials, QUICK, 5, np.random.default_rng(4))
    assert not same(first.network, other.network)


@pytest.mark.parametrize("cell", ["gru", "lstm", "vanilla"])
def test_sessions_of_differing_length_and_invalid_trials(cell):
    trials = draw_trials([80, 1, 33, 120, 2, 7], n_arms=3, questions="bandit")
    found = fit_and_validate_network(trials, replace(QUICK, cell=cell, units=2), 3, rng())
    assert np.all(np.isfinite(found.held_out.log_likelihood))
    assert np.array_equal(found.held_out.n_predicted, trials.n_predicted)
    assert found.held_out.normalised == pytest.approx(1 / 3, abs=0.05)


def test_one_session_is_fitted_by_its_quarters():
    trials = play_bandit(1)
    network = fit_network(trials, QUICK, rng())
    assert ONE_SESSION in network.note
    assert network.score > 0.5
    with pytest.raises(AnalysisError, match=r"n_folds: found 2 with 1 session\(s\)"):
        cross_validate_network(trials, QUICK, 2, rng())


def test_two_sessions_predict_each_other():
    found = fit_and_validate_network(play_bandit(2), QUICK, 2, rng())
    assert ONE_SESSION in found.held_out.note
    assert np.all(found.held_out.log_likelihood < 0)


def test_a_fit_that_needs_more_updates_says_so():
    trials = play_bandit(20)
    found = fit_network(trials, replace(QUICK, updates=60, learning_rate=0.005), rng())
    assert found.updates == 59
    assert STILL_RISING in found.note
    chance = draw_trials([100] * 6)
    assert fit_network(chance, replace(QUICK, updates=400, patience=20), rng()).note == ""


def test_average_has_the_networks_of_all_starts_and_parts():
    trials = play_bandit(6)
    several = fit_network(trials, QUICK, rng())
    single = fit_network(trials, replace(QUICK, average=False), rng())
    assert several.n_networks == QUICK.starts * (1 + QUICK.folds)
    assert single.n_networks == 1
    assert same(several.single, single)


def test_a_penalty_makes_weights_smaller():
    trials = play_bandit(20)
    sizes = []
    for penalty in (0.0, 3.0):
        settings = replace(QUICK, updates=200, penalty=penalty, average=False)
        weights = fit_network(trials, settings, rng()).weights
        names = ("input", "input_by_reward", "recurrent", "readout")
        sizes.append(sum(np.square(weights[name]).sum() for name in names))
    assert sizes[1] < 0.8 * sizes[0]


@pytest.mark.parametrize(
    ("validation", "text"),
    [
        (np.ones(4, dtype=bool), "validation: found 4 of 4 sessions"),
        (np.zeros(4, dtype=bool), "validation: found 0 of 4 sessions"),
        (np.ones(3, dtype=bool), r"validation: found bool \(3,\), expected bool \(4,\)"),
        (np.arange(4), r"validation: found int64 \(4,\)"),
    ],
)
def test_wrong_validation_is_refused(validation, text):
    with pytest.raises(AnalysisError, match=text):
        fit_network(play_bandit(4), QUICK, rng(), validation)


def test_several_subjects_are_refused():
    trials = draw_trials([20, 20])
    both = replace(trials, subjects=("one", "two"), subject=np.array([0, 1]))
    with pytest.raises(AnalysisError, match="trials: found sessions of 2 subjects, expected one"):
        fit_network(both, QUICK, rng())


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"units": 0}, "units: found 0, expected a whole number from 1 to 64"),
        ({"units": 2.0}, "units: found 2.0"),
        ({"cell": "grru"}, "cell: found 'grru' .did you mean 'gru'"),
        ({"starts": 0}, "starts: found 0, expected a whole number at least 1"),
        ({"folds": 1}, "folds: found 1"),
        ({"learning_rate": 0.0}, "learning_rate: found 0.0"),
        ({"penalty": -1.0}, "penalty: found -1.0"),
        ({"penalty": float("nan")}, "penalty: found nan"),
    ],
)
def test_wrong_settings_are_refused(change, text):
    with pytest.raises(AnalysisError, match=text):
        replace(QUICK, **change)
