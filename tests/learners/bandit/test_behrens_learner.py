"""The fitted form of Behrens's learner against the grids of the analysis."""

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.learners import BehrensLearner
from pfc_analysis.learners.bandit.behrens_learner import (
    LOG_PRECISIONS,
    LOG_STEPS,
    PROBABILITIES,
)
from pfc_analysis.tasks.volatility import VolatileBandit


@pytest.fixture(scope="module")
def recording():
    """An observer's choices in one stable and one volatile phase, six times."""
    task = VolatileBandit("stable_first")
    return pfc.simulate(pfc.analysis.HazardObserver(), task, sessions=6, seed=1, subject="observer")


def follow(recording) -> np.ndarray:
    """The learner's expectation before every trial; float array (trial,)."""
    learner = BehrensLearner()
    choice, reward = (recording[name].values.reshape(6, -1) for name in ("choice", "reward"))
    state, found = learner.begin(6), np.empty(choice.shape)
    for t in range(choice.shape[1]):
        found[:, t] = state.memory["predicted"].real
        learner.learn(state, choice[:, t], reward[:, t])
    return found.ravel()


def test_belief_on_the_same_grid(recording):
    """The compiled loops give what `compute_bayesian_volatility` does with matrix products."""
    same = pfc.analysis.BayesianVolatility(
        probabilities=tuple(PROBABILITIES),
        log_precisions=tuple(LOG_PRECISIONS),
        log_steps=tuple(LOG_STEPS),
    )
    expected = pfc.analysis.compute_bayesian_volatility(recording, same)["predicted_right"]
    np.testing.assert_allclose(follow(recording), expected, rtol=1e-10)


def test_belief_on_the_published_grid(recording):
    """The coarser grid costs little: these are the numbers of the docstring."""
    expected = pfc.analysis.compute_bayesian_volatility(recording)["predicted_right"].values
    error = follow(recording) - expected
    assert np.abs(error).max() < 0.06
    assert np.sqrt(np.mean(error**2)) < 0.012


def plain_choice(learner, n_arms):
    """Behrens's learner on the same grid, with the full table of transitions at once."""
    r, i, k = PROBABILITIES, LOG_PRECISIONS, LOG_STEPS
    gauss = np.exp(-((i[:, None, None] - i[None, :, None]) ** 2) / (2 * np.exp(k) ** 2))
    gauss /= gauss.sum(axis=0)  # (I', I, k)
    a, b = 1 + np.exp(i)[:, None] * r, 1 + np.exp(i)[:, None] * (1 - r)  # (I', r)
    power = (a[..., None] - 1) * np.log(r) + (b[..., None] - 1) * np.log(1 - r)
    beta = np.exp(power - power.max(axis=2, keepdims=True))
    beta /= beta.sum(axis=2, keepdims=True)  # (I', r, r')
    posterior, last = np.full((i.size, k.size, r.size), 1.0), np.zeros(2)

    def move(weight):
        found = np.einsum("jik,jrs,ikr->jks", gauss, beta, weight, optimize=True)
        return found / found.sum()

    posterior = move(posterior)

    def prefer():
        expected = (posterior.sum(axis=(0, 1)) * r).sum()
        odds = learner.inverse_temperature * (2 * expected - 1)
        return np.array([0.0, odds]) + learner.stickiness * last

    def update(choice, _, rewarded):
        nonlocal posterior
        right = (choice == 1) == rewarded
        posterior = move(posterior * (r if right else 1 - r))
        last[:] = np.eye(2)[choice]

    return prefer, update


def test_likelihood(make_trials, hold_to_plain):
    learner = BehrensLearner(inverse_temperature=3.0, stickiness=0.5)
    hold_to_plain(learner, make_trials(), plain_choice)
