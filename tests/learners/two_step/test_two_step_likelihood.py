"""Each learner's likelihood against its equations in plain Python, and its gradient.

The equations are written here once more, as the papers have them and apart from the package.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from pfc_analysis import learners
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood

PAID = (0.0, 1.0)
GRADED = (0.0, 0.3, 0.5, 1.0)
LOSSES = (-1.0, -0.5, 0.0, 1.0)


def plan(p, value):
    """Expected reward of both choices, from the values of states."""
    q = p.common_probability
    return [q * value[0] + (1 - q) * value[1], (1 - q) * value[0] + q * value[1]]


def model_based(p, trials, learn=None):
    value = [p.initial_value] * 2
    for c, s, r in trials:
        yield [p.inverse_temperature * one for one in plan(p, value)]
        if c >= 0:
            learn(value, s, r) if learn else learn_one(value, s, r, p.alpha)


def model_free_direct(p, trials, learn=None):
    value = [p.initial_value] * 2
    for c, _, r in trials:
        yield [p.inverse_temperature * one for one in value]
        if c >= 0:
            learn(value, c, r) if learn else learn_one(value, c, r, p.alpha)


def learn_one(value, i, reward, alpha):
    value[i] = (1 - alpha) * value[i] + alpha * reward


def forgets(p):
    def learn(value, i, reward):
        learn_one(value, i, reward, p.alpha)
        learn_one(value, 1 - i, p.initial_value, p.forgetting)

    return learn


def asymmetric(p):
    def learn(value, i, reward):
        rate = p.alpha_positive if reward > value[i] else p.alpha_negative
        learn_one(value, i, reward, rate)

    return learn


def two_stages(p, trials, alpha_first, alpha_second, weight):
    """Daw et al.: model-free values of choices and states, and planning over the latter."""
    action, value = [p.initial_value] * 2, [p.initial_value] * 2
    for c, s, r in trials:
        planned = plan(p, value) if weight else [0.0, 0.0]
        net = [weight * planned[a] + (1 - weight) * action[a] for a in (0, 1)]
        yield [p.inverse_temperature * one for one in net]
        if c >= 0:
            at_state, at_outcome = value[s] - action[c], r - value[s]
            action[c] += alpha_first * at_state + alpha_first * p.eligibility * at_outcome
            value[s] += alpha_second * at_outcome


def mixture_of_agents(p, trials):
    """Kernels of Venditto et al.: rewards are 2 r - 1, and everything decays towards 0."""
    planned, rewarded, habit, back = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    for c, s, r in trials:
        yield [
            0.5 * p.alpha * p.weight_model_based * planned[a]
            + 0.5 * p.alpha * p.weight_model_free * rewarded[a]
            + p.weight_habit * p.alpha_habit * habit[a]
            + p.weight_second_state * back[a]
            + p.bias * a
            for a in (0, 1)
        ]
        if c >= 0:
            for a in (0, 1):
                planned[a] = (1 - p.alpha) * planned[a] + (2 * r - 1) * (a == s)
                rewarded[a] = (1 - p.alpha) * rewarded[a] + (2 * r - 1) * (a == c)
                # A habit starts from 1/2, which is the same for both choices.
                habit[a] = (1 - p.alpha_habit) * habit[a] + (a == c)
                back[a] = float(a == s)


def reward_as_cue(p, trials):
    value = {}
    cue = "first trial"
    for c, s, r in trials:
        yield [p.inverse_temperature * value.get((cue, a), p.initial_value) for a in (0, 1)]
        if c >= 0:
            value[cue, c] = value.get((cue, c), p.initial_value) * (1 - p.alpha) + p.alpha * r
            cue = (s, r > 0)


def latent_state(p, trials):
    """Bayes over the two hidden states; `mass` is the probability that each is better."""
    mass = np.array([0.5, 0.5])
    omega = p.reversal_probability
    switch = np.array([[1 - omega, omega], [omega, 1 - omega]])
    for c, s, r in trials:
        pays = mass * p.better_pays + (1 - mass) * p.worse_pays
        yield [p.inverse_temperature * one for one in plan(p, pays)]
        if c >= 0:
            chance = np.array([p.better_pays if s == z else p.worse_pays for z in (0, 1)])
            mass = mass * (chance if r > 0 else 1 - chance)
            mass = switch @ (mass / mass.sum())


REFERENCE = {
    learners.ModelBased: model_based,
    learners.ModelBasedForgetting: lambda p, t: model_based(p, t, forgets(p)),
    learners.ModelBasedAsymmetric: lambda p, t: model_based(p, t, asymmetric(p)),
    learners.ModelFreeDirect: model_free_direct,
    learners.ModelFreeForgetting: lambda p, t: model_free_direct(p, t, forgets(p)),
    learners.ModelFreeAsymmetric: lambda p, t: model_free_direct(p, t, asymmetric(p)),
    learners.ModelFreeChained: lambda p, t: two_stages(p, t, p.alpha, p.alpha, 0.0),
    learners.Hybrid: lambda p, t: two_stages(
        p, t, p.alpha_first, p.alpha_second, p.weight_model_based
    ),
    learners.HybridOneRate: lambda p, t: two_stages(p, t, p.alpha, p.alpha, p.weight_model_based),
    learners.MixtureOfAgents: mixture_of_agents,
    learners.RewardAsCue: reward_as_cue,
    learners.LatentState: latent_state,
}


def sum_by_hand(p, records):
    """Log-likelihood of one session's predicted choices."""
    trials = [(int(t["choice"]), int(t["second_state"]), float(t["reward"])) for t in records]
    total, last = 0.0, None
    for net, (c, _, _), record in zip(REFERENCE[type(p)](p, trials), trials, records, strict=True):
        if not isinstance(p, learners.MixtureOfAgents):
            net = [net[a] + p.perseveration * (a == last) + p.bias * a for a in (0, 1)]
        if record["predicted"]:
            chance = 1 / (1 + math.exp(net[1 - c] - net[c]))
            lapse = getattr(p, "lapse", 0.0)
            total += math.log(lapse / 2 + (1 - lapse) * chance)
        last = c if c >= 0 else last
    return total


def likelihood_of(learner, trials):
    """The likelihood of a learner with its settings, and its unconstrained parameters."""
    fixed = {one.name: getattr(learner, one.name) for one in learner.settings()}
    made = LearnerLikelihood(type(learner), trials, fixed)
    values = [one.unconstrain(getattr(learner, one.name)) for one in made.free]
    return made, np.array(values, dtype=float)


@pytest.mark.parametrize("reward", [PAID, GRADED, LOSSES], ids=["paid", "graded", "losses"])
def test_likelihood_is_that_of_the_equations(two_step_learner, make_trials, reward):
    trials = make_trials(reward)
    likelihood, at = likelihood_of(two_step_learner, trials)
    found, _ = likelihood.by_session(at)
    expected = [
        sum_by_hand(two_step_learner, trials.records[begin:end])
        for begin, end in zip(trials.first[:-1], trials.first[1:], strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_gradient_is_that_of_finite_differences(two_step_learner, make_trials):
    likelihood, at = likelihood_of(two_step_learner, make_trials(GRADED, seed=1))
    _, gradient = likelihood.by_session(at)
    step = 1e-5
    for k in range(at.size):
        up, down = (likelihood.by_session(at + h * np.eye(at.size)[k])[0] for h in (step, -step))
        np.testing.assert_allclose(gradient[:, k], (up - down) / (2 * step), atol=2e-8, rtol=1e-6)


def test_sessions_begin_anew_wherever_they_stand(two_step_learner, make_trials):
    trials = make_trials(PAID, seed=2)
    order = np.array([2, 0, 3, 1])
    likelihood, at = likelihood_of(two_step_learner, trials)
    moved, _ = likelihood_of(two_step_learner, trials.select_sessions(order))
    for whole, part in zip(likelihood.by_session(at), moved.by_session(at), strict=True):
        np.testing.assert_array_equal(whole[order], part)


def test_a_hard_latent_state_rule_is_that_of_akam(make_trials):
    """A large inverse temperature: the better choice of the likelier state, except for lapses."""
    learner = learners.LatentState(inverse_temperature=1e6, lapse=0.376)
    likelihood, at = likelihood_of(learner, make_trials(PAID, seed=3))
    preference = likelihood.preferences(at)
    chance = np.exp(preference) / np.exp(preference).sum(axis=1, keepdims=True)
    known = np.abs(chance[:, 0] - 0.5) > 1e-9
    assert known.mean() > 0.9
    np.testing.assert_allclose(chance[known].min(axis=1), 0.188)
