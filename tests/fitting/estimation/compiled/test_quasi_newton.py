"""The compiled search against L-BFGS-B of scipy, and derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.normal_prior import declared_prior
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.bandit import Bandit

LEARNERS = (pfc.learners.QForgetting, pfc.learners.ChoiceKernel, pfc.learners.QChoiceKernel)


@pytest.fixture(scope="module")
def trials():
    learner = pfc.learners.QLearning(alpha=0.4, inverse_temperature=3.0)
    task = Bandit(arms="independent")
    return read_fit_trials(pfc.simulate(learner, task, sessions=4, seed=1, subject="one"), "bandit")


@pytest.fixture(params=[False, True], ids=["likelihood", "posterior"])
def with_prior(request):
    return request.param


@pytest.fixture(params=LEARNERS)
def objective(request, trials, with_prior):
    prior = declared_prior(request.param.parameters()) if with_prior else None
    return FitObjective(request.param, trials, prior)


def draw_places(objective, n=5):
    return np.random.default_rng(1).normal(0.0, 1.5, (n, len(objective.free)))


def search_by_scipy(objective, start):
    found = minimize(
        lambda x: -objective.value(x),
        start,
        method="L-BFGS-B",
        bounds=list(zip(objective.low, objective.high, strict=True)),
        options={"ftol": 1e-13, "gtol": 1e-7, "maxfun": 10**5},
    )
    return -found.fun


def test_gradients_are_those_of_differences(objective):
    steps = 1e-5 * np.eye(len(objective.free))
    for place in draw_places(objective):
        value, slope = objective.gradient(place)
        assert value == objective.value(place)
        around = [(objective.value(place + h) - objective.value(place - h)) / 2e-5 for h in steps]
        assert slope == pytest.approx(around, abs=1e-4, rel=1e-5)


def test_second_derivatives_are_those_of_differences_of_values(objective):
    steps = 1e-3 * np.eye(len(objective.free))
    every = np.ones(len(objective.free), dtype=np.bool_)
    for place in draw_places(objective):
        found = objective.hessian(place, every)
        for i, a in enumerate(steps):
            for j, b in enumerate(steps):
                corners = [(a + b, 1), (a - b, -1), (b - a, -1), (-a - b, 1)]
                second = sum(sign * objective.value(place + h) for h, sign in corners) / 4e-6
                assert found[i, j] == pytest.approx(second, abs=2e-3, rel=1e-3)


def test_value_and_likelihood_are_the_same(objective, with_prior):
    for place in draw_places(objective):
        expected = objective.likelihood.values_by_session(place).sum()
        if with_prior:
            expected += objective.prior.log_density(place)
        assert objective.value(place) == pytest.approx(expected, rel=1e-12)


def test_searches_end_as_high_as_those_of_scipy(objective):
    """From several starts; the highest counts, since the likelihood may have several maxima."""
    size = len(objective.free)
    every = np.ones(size, dtype=np.bool_)
    starts = draw_places(objective)
    ours = [objective.climb(one, every, np.zeros((size, size)), 1e-6)[1] for one in starts]
    assert max(ours) > max(search_by_scipy(objective, one) for one in starts) - 1e-4


def test_what_is_held_stays_and_ends_are_kept(objective):
    size = len(objective.free)
    moving = np.arange(size) != 0
    for start in draw_places(objective):
        place, value = objective.climb(start, moving, np.zeros((size, size)), 1e-6)
        assert place[0] == start[0]
        assert value == objective.value(place)
        assert value >= objective.value(start)
        assert np.all((place >= objective.low) & (place <= objective.high))


def test_a_search_that_knows_second_derivatives_comes_as_high(objective):
    size = len(objective.free)
    every = np.ones(size, dtype=np.bool_)
    start = np.zeros(size)
    first, highest = objective.climb(start, every, np.zeros((size, size)), 1e-8)
    size_of, axes = np.linalg.eigh(-objective.hessian(first, every))
    known = (axes * np.maximum(size_of, 1e-2)) @ axes.T
    place = np.clip(first + 0.1, objective.low, objective.high)
    assert objective.climb(place, every, known, 1e-8)[1] == pytest.approx(highest, abs=1e-4)
