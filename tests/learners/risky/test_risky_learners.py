"""Learners of risk: likelihoods in plain loops, and what their parameters do."""

import numpy as np
import pytest

from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.learners import MeanVariance, ProspectLearner

AMOUNTS = (-1.0, -0.3, 0.0, 0.25, 1.0)


def plain_mean_variance(p, n_arms):
    mean, variance = np.zeros(n_arms), np.zeros(n_arms)

    def update(choice, reward, _):
        error = reward - mean[choice]
        mean[choice] = mean[choice] + p.alpha * error
        variance[choice] = (1 - p.alpha_variance) * variance[choice] + p.alpha_variance * error**2

    return lambda: p.inverse_temperature * mean + p.weight_variance * variance, update


def plain_prospect(p, n_arms):
    utility = np.zeros(n_arms)

    def update(choice, reward, _):
        seen = np.sign(reward) * abs(reward) ** p.power * (p.loss_aversion if reward < 0 else 1)
        utility[choice] = (1 - p.alpha) * utility[choice] + p.alpha * seen

    return lambda: p.inverse_temperature * utility, update


CASES = [
    (MeanVariance(alpha=0.4, alpha_variance=0.25, weight_variance=-2.0), plain_mean_variance),
    (ProspectLearner(alpha=0.35, power=0.6, loss_aversion=1.8), plain_prospect),
]


@pytest.mark.parametrize("n_arms", [2, 3])
@pytest.mark.parametrize(("learner", "plain"), CASES, ids=["mean_variance", "prospect"])
def test_likelihood(learner, plain, n_arms, make_trials, hold_to_plain):
    trials = make_trials(n_arms, AMOUNTS, questions="risky_choice")
    hold_to_plain(learner, trials, plain)


def test_variance_is_learned():
    """With a slow rate and the mean known, the estimate is near the variance of outcomes."""
    learner = MeanVariance(alpha=0.01, alpha_variance=0.01)
    rng, state = np.random.default_rng(2), learner.begin(400)
    for _ in range(1500):
        learner.learn(state, np.ones(400, int), rng.random(400) < 0.25)
    assert state.memory["mean"][:, 1].real.mean() == pytest.approx(0.25, abs=0.01)
    # The error of the mean, whose variance is alpha / (2 - alpha) of that of outcomes, adds to it.
    expected = 0.25 * 0.75 * (1 + 0.01 / 1.99)
    assert state.memory["variance"][:, 1].real.mean() == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize(("power", "prefers_safe"), [(0.5, True), (2.0, False)])
def test_curved_utility_decides_between_equal_means(power, prefers_safe):
    """A sure quarter against 1 with probability 1/4: the utilities are 4 ** -power and 1/4."""
    learner = ProspectLearner(alpha=0.5, power=power)
    state = learner.begin(1)
    for reward in (0.0, 0.0, 0.0, 1.0):
        learner.learn(state, [0], [0.25])
        learner.learn(state, [1], [reward])
    safe = 0.25**power * (1 - 0.5**4)
    assert state.memory["utility"][0].real == pytest.approx([safe, 0.5])
    slow = ProspectLearner(alpha=0.002, power=power)
    state = slow.begin(1)
    for _ in range(1000):
        for reward in (0.0, 0.0, 0.0, 1.0):
            slow.learn(state, [0], [0.25])
            slow.learn(state, [1], [reward])
    probability = slow.choice_probability(state)[0]
    assert (probability[0] > probability[1]) == prefers_safe


def test_without_losses_choices_say_nothing_about_loss_aversion(make_trials):
    trials = make_trials(2, (0.0, 0.25, 1.0), questions="risky_choice")
    likelihood = LearnerLikelihood(ProspectLearner, trials)
    names = [one.name for one in likelihood.free]
    _, gradient = likelihood.total(np.zeros(len(names)))
    assert gradient[names.index("loss_aversion")] == 0.0
    assert np.count_nonzero(gradient) == len(names) - 1
