"""The Bayesian learner against brute force, and in cases whose answer is known."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.stats import beta, norm

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.bayesian_volatility import (
    LOG_PRECISIONS,
    LOG_STEPS,
    PROBABILITIES,
    BayesianVolatility,
    compute_bayesian_volatility,
)

SMALL = BayesianVolatility(
    probabilities=(0.1, 0.3, 0.5, 0.7, 0.9),
    log_precisions=(1.0, 2.0, 3.0, 4.0),
    log_steps=(-1.0, 0.0, 1.0),
)


def filter_by_brute_force(learner: BayesianVolatility, outcomes: list[int]) -> np.ndarray:
    """E[r], -E[I] and Var[r] before each outcome, by sums over every path of one step."""
    r, i, k = (np.array(g) for g in (learner.probabilities, learner.log_precisions,
                                     learner.log_steps))  # fmt: skip
    joint = np.full((r.size, i.size, k.size), 1.0 / (r.size * i.size * k.size))
    found = []
    for y in outcomes:
        moved = np.zeros_like(joint)
        for a, b, c in np.ndindex(joint.shape):
            to_i = norm.pdf(i, i[b], np.exp(k[c]))
            to_i /= to_i.sum()
            for d in range(i.size):
                precision = np.exp(i[d])
                to_r = beta.pdf(r, 1 + precision * r[a], 1 + precision * (1 - r[a]))
                moved[:, d, c] += joint[a, b, c] * to_i[d] * to_r / to_r.sum()
        mean = moved.sum(axis=(1, 2)) @ r
        spread = moved.sum(axis=(1, 2)) @ (r - mean) ** 2
        found.append((mean, -(moved.sum(axis=(0, 2)) @ i), spread))
        joint = moved * (r if y else 1 - r)[:, None, None]
        joint /= joint.sum()
    return np.array(found).T


def recording_of(make_recording, signal: np.ndarray, sessions: int = 1):
    """Choices at random whose outcomes speak for the sides given, by session."""
    signal = np.asarray(signal)
    choice = np.random.default_rng(1).integers(0, 2, signal.size)
    return make_recording(
        choice, choice == signal, np.ones(signal.size, int),
        session=np.repeat(np.arange(sessions), signal.size // sessions),
    )  # fmt: skip


def test_agrees_with_brute_force(make_recording):
    signal = np.random.default_rng(0).integers(0, 2, 12)
    found = compute_bayesian_volatility(recording_of(make_recording, signal), SMALL)
    mean, volatility, spread = filter_by_brute_force(SMALL, signal.tolist())
    assert found["predicted_right"].values == pytest.approx(mean, abs=1e-12)
    assert found["volatility"].values == pytest.approx(volatility, abs=1e-12)
    assert found["predicted_right_sd"].values == pytest.approx(np.sqrt(spread), abs=1e-12)


def test_one_point_of_precision_and_step_is_a_filter_of_known_volatility(make_recording):
    """A hidden Markov chain over r alone, with Beta transitions."""
    log_precision = 4.0
    learner = BayesianVolatility(log_precisions=(log_precision,), log_steps=(0.0,))
    signal = np.random.default_rng(2).integers(0, 2, 60)
    r = np.array(learner.probabilities)
    precision = np.exp(log_precision)
    chain = np.stack([beta.pdf(r, 1 + precision * x, 1 + precision * (1 - x)) for x in r])
    chain /= chain.sum(axis=1, keepdims=True)
    belief, expected = np.full(r.size, 1 / r.size), []
    for y in signal:
        belief = belief @ chain
        expected.append(belief @ r)
        belief = belief * (r if y else 1 - r)
        belief /= belief.sum()
    found = compute_bayesian_volatility(recording_of(make_recording, signal), learner)
    assert found["predicted_right"].values == pytest.approx(np.array(expected), abs=1e-12)
    assert found["volatility"].values == pytest.approx(-log_precision)
    assert found["volatility_sd"].values == pytest.approx(0.0, abs=1e-12)


def test_without_volatility_it_counts(make_recording):
    """r that never moves: E[r] = (1 + n) / (2 + N) from a flat prior, and the rate is 1 / (N + 3):
    the next mean is (N + 2) parts the old and one part y."""
    grid = tuple((np.arange(1000) + 0.5) / 1000)
    learner = BayesianVolatility(
        probabilities=grid, log_precisions=(float(np.log(1e9)),), log_steps=(0.0,)
    )
    signal = (np.random.default_rng(3).random(40) < 0.7).astype(int)
    found = compute_bayesian_volatility(recording_of(make_recording, signal), learner)
    seen = np.arange(40)
    ones = np.append(0, np.cumsum(signal)[:-1])
    assert found["predicted_right"].values == pytest.approx((1 + ones) / (2 + seen), abs=2e-4)
    assert found["learning_rate"].values == pytest.approx(1 / (seen + 3), rel=2e-3)


def test_learning_rate_is_the_share_of_the_error_that_is_learned():
    """From the posterior itself, for either outcome."""
    state = SMALL.begin(1)
    for y in (1, 1, 0, 1):
        SMALL.learn(state, np.array([1]), np.array([float(y)]))
    r = np.array(SMALL.probabilities)
    weight = state["posterior"].sum(axis=(0, 1, 2))
    before = weight @ r
    for y in (0, 1):
        after = weight * (r if y else 1 - r)
        rate = (after @ r / after.sum() - before) / (y - before)
        assert SMALL.describe(state)["learning_rate"][0] == pytest.approx(rate)


def test_rate_falls_in_a_constant_world_and_stays_up_in_a_volatile_one(make_recording):
    rng = np.random.default_rng(5)
    stable = rng.random((3, 200)) < 0.75
    right = np.repeat(np.tile([0.9, 0.1], 10), 10)
    volatile = rng.random((3, 200)) < right
    signal = np.concatenate([stable, volatile]).astype(int)
    found = compute_bayesian_volatility(recording_of(make_recording, signal.ravel(), 6))
    rate = found["learning_rate"].values.reshape(6, 200)
    late = rate[:, 150:].mean(axis=1)
    assert (late[:3] < 0.5 * rate[:3, :10].mean(axis=1)).all()
    assert late[3:].min() > 2 * late[:3].max()
    v = found["volatility"].values.reshape(6, 200)[:, 150:].mean(axis=1)
    assert v[3:].min() > v[:3].max()


def test_grids_are_those_of_behrens():
    assert len(PROBABILITIES) == 50
    assert PROBABILITIES[::49] == pytest.approx((0.01, 0.99))
    assert len(LOG_PRECISIONS) == 43
    assert len(LOG_STEPS) == 53
    assert (LOG_PRECISIONS[0], LOG_STEPS[0]) == pytest.approx((np.log(2), np.log(5e-4)))


def test_stays_normalised_and_fast():
    learner = BayesianVolatility()
    state = learner.begin(1)
    rng = np.random.default_rng(0)
    started = time.process_time()
    for _ in range(50):
        learner.choice_probability(state)
        learner.learn(state, rng.integers(0, 2, 1), rng.integers(0, 2, 1).astype(float))
        assert state["posterior"].sum() == pytest.approx(1.0, abs=1e-12)
    assert (time.process_time() - started) * 4 < 6  # 200 trials; leaves room for busy machines


def test_sessions_do_not_mix_and_invalid_trials_teach_nothing():
    together, alone = SMALL.begin(3), SMALL.begin(1)
    for choice, reward in (([0, -1, 1], [1, 0, 0]), ([1, -1, -1], [1, 1, 0])):
        SMALL.learn(together, np.array(choice), np.array(reward, float))
        SMALL.learn(alone, np.array(choice[:1]), np.array(reward[:1], float))
    fresh = SMALL.begin(1)["posterior"][:, :, 0]
    assert together["posterior"][:, :, 0] == pytest.approx(alone["posterior"][:, :, 0])
    assert np.array_equal(together["posterior"][:, :, 1], fresh)


def test_choices_are_softmax_or_greedy():
    state = SMALL.begin(2)
    SMALL.learn(state, np.array([1, -1]), np.array([1.0, 0.0]))
    r = SMALL.describe(state)["predicted_right"]
    assert SMALL.choice_probability(state) == pytest.approx(np.array([[0, 1], [0.5, 0.5]]))
    soft = BayesianVolatility(3.0, SMALL.probabilities, SMALL.log_precisions, SMALL.log_steps)
    expected = 1 / (1 + np.exp(-3.0 * (2 * r - 1)))
    assert soft.choice_probability(state)[:, 1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inverse_temperature": -1.0}, "inverse_temperature: found -1.0, expected a number"),
        ({"probabilities": (0.0, 0.5)}, "probabilities: found 0 to 0.5, expected numbers above 0"),
        ({"log_steps": ()}, "log_steps: found 0 values on 1 dimension"),
        ({"log_precisions": (1.0, np.nan)}, "log_precisions: found 2 values .* finite numbers"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(AnalysisError, match=message):
        BayesianVolatility(**settings)


def test_wrong_choices_are_named():
    with pytest.raises(AnalysisError, match=r"choice: found 2, expected 0 \(left\), 1 \(right\)"):
        SMALL.learn(SMALL.begin(1), np.array([2]), np.array([1.0]))


def test_a_gap_in_a_session_is_named(make_recording):
    recording = make_recording([0, 1, 1], [1, 0, 1], [1, 1, 1], position=[0, 1, 3])
    with pytest.raises(AnalysisError, match="trial_in_session: found 3 after 1 at trial 2"):
        compute_bayesian_volatility(recording, SMALL)
