"""The ideal observer: calibrated, right by brute force, and better than who knows less."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.hazard_observer import (
    FixedHazard,
    HazardObserver,
    compute_hazard_belief,
)
from pfc_analysis.analysis.learning.learning_rate import compute_learning_rate
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.volatility import VolatileBandit

PROCESSES = ("training", "markov", "stable_first", "volatile_first")
SESSIONS = 600


@pytest.fixture(scope="module", params=PROCESSES)
def played(request):
    observer = HazardObserver(request.param)
    task = VolatileBandit(request.param)
    return observer, simulate(observer, task, sessions=SESSIONS, seed=3, subject="ideal")


def test_predictions_are_calibrated(played):
    """E[q | belief] = q in bins of the prediction, by means over sessions."""
    observer, recording = played
    belief = compute_hazard_belief(recording, observer)
    pairs = [(belief["predicted_right"], recording["reward_probability"][:, 1]),
             (belief["volatility"], recording["volatility"]),
             (belief["regime"], recording["regime"])]  # fmt: skip
    for said, true in pairs:
        predicted, truth = (
            each.values.astype(float).reshape(SESSIONS, -1) for each in (said, true)
        )
        edges = np.linspace(predicted.min(), predicted.max() + 1e-9, 7)
        for low, high in pairwise(edges):
            inside = (predicted >= low) & (predicted < high)
            if inside.sum() < 2000:
                continue
            by_session = ((truth - predicted) * inside).sum(axis=1)
            error = by_session.std(ddof=1) * np.sqrt(SESSIONS)
            assert abs(by_session.sum()) <= 4.5 * error + 1e-6


def test_agrees_with_a_sum_over_all_histories():
    """Bayes' rule over every sequence of hidden states of a short session."""
    observer = HazardObserver(
        "training", trials=5, earliest=2, latest=3, reversal_hazard=0.3,
        probabilities="by_regime", stable_probability=0.7, volatile_probability=0.9,
    )  # fmt: skip
    signal = [1, 0, 0, 1]
    worlds: list[tuple[float, list[float]]] = []
    for order in (0, 1):
        for change in (2, 3):
            regimes = [order if t < change else 1 - order for t in range(5)]
            for sides in np.ndindex(*(2,) * 5):
                weight = 0.5 * 0.5 * 0.5
                for t in range(1, 5):
                    if t == change:
                        weight *= 0.5
                    else:
                        hazard = 0.3 if regimes[t] else 0.0
                        weight *= hazard if sides[t] != sides[t - 1] else 1 - hazard
                better = [0.9 if g else 0.7 for g in regimes]
                q = [b if s else 1 - b for b, s in zip(better, sides, strict=True)]
                worlds.append((weight, q))
    weights = np.array([w for w, _ in worlds])
    right = np.array([q for _, q in worlds])
    assert weights.sum() == pytest.approx(1.0)
    state = observer.begin(1)
    for t in range(5):
        expected = weights @ right[:, t] / weights.sum()
        assert observer.describe(state)["predicted_right"][0] == pytest.approx(expected)
        if t < 4:
            weights = weights * (right[:, t] if signal[t] else 1 - right[:, t])
            observer.learn(state, np.array([1]), np.array([float(signal[t])]))


def test_knowing_the_process_earns_most():
    task = VolatileBandit()
    earned = {
        name: simulate(player, task, sessions=1500, seed=5, subject=name)["reward"].values
        for name, player in {
            "ideal": HazardObserver(),
            "slow": HazardObserver(reversal_hazard=1 / 1000),
            "fast": HazardObserver("markov", switch_hazard=0.5, reversal_hazard=0.3),
        }.items()
    }
    for name in ("slow", "fast"):
        gain = (earned["ideal"] - earned[name]).reshape(1500, 200).mean(axis=1)
        assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(1500)
    assert 0.70 < earned["ideal"].mean() < 0.80


def test_knowing_the_test_it_knows_regime_and_reversals():
    observer = HazardObserver("stable_first")
    recording = simulate(observer, VolatileBandit("stable_first"), sessions=20, seed=1, subject="x")
    belief = compute_hazard_belief(recording, observer)
    assert belief["regime"].values == pytest.approx(recording["regime"].values, abs=1e-12)
    late = recording["trial_in_session"].values >= 98  # by now the side is all but known
    best = recording["reward_probability"].values.argmax(axis=1)
    assert (recording["choice"].values == best)[late].mean() > 0.99


def test_the_optimal_rate_is_higher_in_volatile_phases():
    """What the experiment hangs on: trained on its process, the best learner shows the effect."""
    observer = HazardObserver()
    for schedule in ("stable_first", "volatile_first"):
        played = simulate(observer, VolatileBandit(schedule), sessions=100, seed=2, subject="x")
        rate = compute_learning_rate(played)
        stable, volatile = (rate.sel(phase=name) for name in ("stable", "volatile"))
        assert float(volatile["learning_rate_lower"][0]) > float(stable["learning_rate_upper"][0])


def test_an_invalid_trial_passes_time_and_shows_nothing():
    observer = HazardObserver("markov", probabilities="by_regime")
    state = observer.begin(1)
    observer.learn(state, np.array([1]), np.array([1.0]))
    chain = observer.chain
    expected = state["belief"] @ chain.transition[1]
    observer.learn(state, np.array([-1]), np.array([0.0]))
    assert state["belief"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"process": "other"}, "process: found 'other', expected 'training', 'markov'"),
        ({"probabilities": "any"}, "probabilities: found 'any', expected 'drawn', 'by_regime'"),
        ({"latest": 10}, "trials, earliest, latest, block: found 200, 60, 10 and 25"),
        ({"inverse_temperature": -1.0}, "inverse_temperature: found -1.0, expected a number"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(AnalysisError, match=message):
        HazardObserver(**settings)


def test_sessions_that_are_too_long_are_named():
    observer = HazardObserver(trials=10)
    message = "HazardObserver.trials: found 10, but a session of at least 11 trials"
    with pytest.raises(AnalysisError, match=message):
        simulate(observer, VolatileBandit(trials=12), sessions=2, seed=1, subject="x")


def test_a_fixed_hazard_by_hand_and_by_the_observer():
    """Bayes' rule, then the reversal."""
    learner = FixedHazard(hazard=0.1, probability=0.8)
    state = learner.begin(2)
    learner.learn(state, np.array([1, -1]), np.array([1.0, 0.0]))
    assert state == pytest.approx([0.8 * 0.9 + 0.2 * 0.1, 0.5])
    before = state[0]
    learner.learn(state, np.array([0, 1]), np.array([1.0, 0.0]))  # both speak for left
    right = before * 0.2 / (before * 0.2 + (1 - before) * 0.8)
    assert state[0] == pytest.approx(right * 0.9 + (1 - right) * 0.1)
    assert state[1] == pytest.approx(0.2 * 0.9 + 0.8 * 0.1)
    assert learner.choice_probability(state) == pytest.approx(np.array([[1, 0], [1, 0]]))
    with pytest.raises(AnalysisError, match=r"FixedHazard.hazard: found 2, expected a number"):
        FixedHazard(hazard=2)


@pytest.mark.parametrize("hazard", [1 / 18, 1 / 36])
def test_a_fixed_hazard_learns_nearly_as_fast_in_both_regimes(hazard):
    """The control of Figure 3: what must be exceeded to speak for an inferred volatility."""
    for schedule in ("stable_first", "volatile_first"):
        played = simulate(
            FixedHazard(hazard), VolatileBandit(schedule), sessions=100, seed=3, subject="fixed"
        )
        rate = compute_learning_rate(played)["learning_rate"].isel(subject=0)
        rise = rate.sel(phase="volatile").item() - rate.sel(phase="stable").item()
        assert 0 < rise < 0.04
