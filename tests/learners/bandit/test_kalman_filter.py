"""The Kalman filter, by a plain loop and by closed forms."""

import numpy as np
import pytest

from pfc_analysis.learners import KalmanFilter


def plain_filter(p, n_arms):
    """Equations of Daw et al. 2006, with an observation variance of 4 instead of 1.

    Only ratios to it matter for means; the bonus is for a standard deviation in its units.
    """
    noise = 4.0
    mean = np.full(n_arms, p.centre)
    variance = np.full(n_arms, p.initial_variance * noise)
    last = np.zeros(n_arms)

    def prefer():
        bonus = p.uncertainty_bonus * np.sqrt(variance / noise)
        return p.inverse_temperature * mean + bonus + p.stickiness * last

    def update(choice, reward, _):
        nonlocal mean, variance
        gain = variance[choice] / (variance[choice] + noise)
        mean[choice] += gain * (reward - mean[choice])
        variance[choice] = (1 - gain) * variance[choice]
        mean = p.decay * mean + (1 - p.decay) * p.centre
        variance = p.decay**2 * variance + p.diffusion_variance * noise
        last[:] = np.eye(n_arms)[choice]

    return prefer, update


@pytest.mark.parametrize("n_arms", [2, 4])
def test_likelihood(n_arms, make_trials, hold_to_plain):
    learner = KalmanFilter(
        diffusion_variance=0.05,
        initial_variance=2.0,
        decay=0.9,
        centre=0.4,
        uncertainty_bonus=0.8,
        stickiness=-0.5,
    )
    hold_to_plain(learner, make_trials(n_arms, (-1.0, 0.0, 0.3, 1.0)), plain_filter)


def test_constant_arms_are_bayesian_means():
    """Without drift the posterior is that of a normal mean with a normal prior."""
    prior_mean, prior_variance = 0.3, 0.7
    learner = KalmanFilter(
        diffusion_variance=0.0, initial_variance=prior_variance, decay=1.0, centre=prior_mean
    )
    rewards = np.random.default_rng(3).normal(size=12)
    state = learner.begin(1)
    for reward in rewards:
        learner.learn(state, [0], [reward])
    precision = 1 / prior_variance + rewards.size
    mean = (prior_mean / prior_variance + rewards.sum()) / precision
    assert state.memory["mean"][0].real == pytest.approx([mean, prior_mean])
    assert state.memory["variance"][0].real == pytest.approx([1 / precision, prior_variance])


def test_variance_settles_where_the_riccati_equation_says():
    """Of an arm that is chosen in every trial; v = (v / (v + 1)) + d is solved by v after drift."""
    drift = 0.2
    learner = KalmanFilter(diffusion_variance=drift, decay=1.0)
    state = learner.begin(1)
    for _ in range(200):
        learner.learn(state, [1], [0.0])
    expected = (drift + np.sqrt(drift**2 + 4 * drift)) / 2
    assert state.memory["variance"][0, 1].real == pytest.approx(expected, rel=1e-12)


def test_posterior_of_drifting_arms_is_that_of_one_big_normal_distribution():
    """All trials at once: condition the joint normal of a drifting arm on its rewards."""
    p = KalmanFilter(diffusion_variance=0.3, initial_variance=1.5, decay=0.8, centre=0.2)
    rewards, n = np.array([1.0, 0.0, 1.0, 1.0]), 4
    # x_0 .. x_4: the arm before each trial and after the last.
    mix = p.decay ** np.maximum(np.subtract.outer(np.arange(n + 1), np.arange(n + 1)), 0)
    mix = np.tril(mix)
    spread = np.diag([p.initial_variance] + [p.diffusion_variance] * n)
    covariance = mix @ spread @ mix.T
    seen = covariance[:n, :n] + np.eye(n)
    weight = np.linalg.solve(seen, covariance[:n, n])
    state = p.begin(1)
    for reward in rewards:
        p.learn(state, [0], [reward])
    mean = p.centre + weight @ (rewards - p.centre)
    variance = covariance[n, n] - weight @ covariance[:n, n]
    assert state.memory["mean"][0, 0].real == pytest.approx(mean, rel=1e-12)
    assert state.memory["variance"][0, 0].real == pytest.approx(variance, rel=1e-12)
