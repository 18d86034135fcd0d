"""Held-out sessions, criteria and frequencies of models against closed forms and integration."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit, logsumexp
from scipy.stats import gamma, norm

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.selection.cross_validation import cross_validate_learner
from pfc_analysis.fitting.selection.folds import assign_folds
from pfc_analysis.fitting.selection.information_criteria import compute_aic, compute_bic
from pfc_analysis.fitting.selection.model_frequencies import select_by_subjects
from pfc_analysis.fitting.selection.noise_ceiling import compute_ceiling
from pfc_analysis.learners.bandit.q_learning import QLearning

from ..binomial_choices import Biased, list_choices, make_trials

LENGTH = 10
ONES = np.array([7, 9, 6, 8, 8, 9])


@pytest.fixture
def trials():
    return make_trials(list_choices(ONES, LENGTH), length=LENGTH)


def seeded():
    return np.random.default_rng(5)


def log_binomial(ones, x):
    return ones * np.log(expit(x)) + (LENGTH - ones) * np.log(expit(-x))


def test_two_folds_are_odd_and_even_sessions():
    assert assign_folds(5, 2).tolist() == [0, 1, 0, 1, 0]
    assert assign_folds(7, 3).tolist() == [0, 1, 2, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("sessions", "folds", "text"),
    [(5, 1, "found 1, expected at least 2"), (1, 2, r"found 2 with 1 session\(s\)")],
)
def test_folds_that_cannot_be_are_an_error(sessions, folds, text):
    with pytest.raises(AnalysisError, match=text):
        assign_folds(sessions, folds)


def test_sessions_are_predicted_from_the_others(trials):
    """The bias fitted to one half is the log-odds of its choices."""
    found = cross_validate_learner(Biased, trials, 2, seeded())
    even, odd = (logit(ONES[k::2].sum() / (3 * LENGTH)) for k in (0, 1))
    expected = [log_binomial(n, odd if k % 2 == 0 else even) for k, n in enumerate(ONES)]
    assert found.log_likelihood == pytest.approx(expected, abs=1e-5)
    assert found.normalised == pytest.approx(np.exp(np.sum(expected) / 60), abs=1e-6)
    assert found.n_predicted.tolist() == [LENGTH] * 6


def test_settings_are_chosen_inside_the_fitted_sessions(trials):
    """A prior far off loses, so held-out sessions are those of the fit without it."""
    far = {"prior": NormalPrior(np.array([-4.0]), np.array([0.1]))}
    alone = cross_validate_learner(Biased, trials, 3, seeded())
    chosen = cross_validate_learner(Biased, trials, 3, seeded(), settings=(far, {}))
    assert chosen.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-6)
    forced = cross_validate_learner(Biased, trials, 3, seeded(), settings=(far,))
    four = ONES[np.arange(6) % 3 != 0]

    def loss(x):
        return -log_binomial(four, x).sum() - norm(-4.0, 0.1).logpdf(x)

    place = minimize_scalar(loss, bracket=(-5, -3), tol=1e-10).x
    assert forced.log_likelihood[0] == pytest.approx(log_binomial(ONES[0], place), abs=1e-4)


def test_no_settings_are_an_error(trials):
    with pytest.raises(AnalysisError, match="settings: found none"):
        cross_validate_learner(Biased, trials, 2, seeded(), settings=())


def test_criteria_are_those_of_statsmodels(trials):
    choice = trials.records["choice"]
    expected = sm.Logit(choice, np.ones(choice.size)).fit(disp=0)
    fit = fit_maximum(Biased, trials, seeded())
    assert compute_aic(fit) == pytest.approx(expected.aic, abs=1e-6)
    assert compute_bic(fit) == pytest.approx(expected.bic, abs=1e-6)


EVIDENCE = np.random.default_rng(2).normal([[0.0, -1.5]], 2.0, size=(12, 2))


def integrate(power=0):
    """Integral over the frequency of the first model, exact for two models."""
    ends = EVIDENCE - EVIDENCE.max(axis=1, keepdims=True)

    def density(r):
        return r**power * np.prod(r * np.exp(ends[:, 0]) + (1 - r) * np.exp(ends[:, 1]))

    return quad(density, 0, 1)[0]


def test_frequencies_are_near_those_of_integration():
    """Variational Bayes is an approximation, so near is 0.02."""
    found = select_by_subjects(EVIDENCE, ["a", "b"], seeded())
    assert found.frequency[0] == pytest.approx(integrate(1) / integrate(), abs=0.02)


def test_the_omnibus_risk_is_near_that_of_integration():
    found = select_by_subjects(EVIDENCE, ["a", "b"], seeded())
    exact = np.log(integrate()) + EVIDENCE.max(axis=1).sum()
    null = np.sum(logsumexp(EVIDENCE, axis=1) - np.log(2))
    assert found.omnibus_risk == pytest.approx(1 / (1 + np.exp(exact - null)), abs=0.05)
    expected = found.exceedance * (1 - found.omnibus_risk) + found.omnibus_risk / 2
    assert found.protected_exceedance == pytest.approx(expected)
    assert found.protected_exceedance.sum() == pytest.approx(1)


def test_decided_subjects_are_counted():
    """Evidence of 50 nats leaves no doubt: counts are subjects plus one of the prior."""
    evidence = np.zeros((10, 3))
    evidence[np.arange(10), [0] * 6 + [1] * 3 + [2]] = 50.0
    found = select_by_subjects(evidence, ["a", "b", "c"], seeded())
    assert found.counts == pytest.approx([7, 4, 2], abs=1e-6)
    expected = [
        quad(
            lambda x, k=k: (
                gamma(found.counts[k]).pdf(x)
                * np.prod([gamma(c).cdf(x) for j, c in enumerate(found.counts) if j != k])
            ),
            0,
            80,
        )[0]
        for k in range(3)
    ]
    assert found.exceedance == pytest.approx(expected, abs=2e-3)


def test_equal_evidence_is_equal_frequency():
    found = select_by_subjects(np.zeros((8, 4)), list("abcd"), seeded())
    assert found.frequency == pytest.approx([0.25] * 4)
    assert found.omnibus_risk > 0.5
    assert found.protected_exceedance == pytest.approx([0.25] * 4, abs=0.005)


@pytest.mark.parametrize(
    ("evidence", "models", "text"),
    [
        (np.zeros((3, 2)), ["a"], "one column for each of 1 models"),
        (np.zeros((3, 1)), ["a"], "found 1, expected at least 2"),
        (np.array([[0.0, np.nan]]), ["a", "b"], "found nan for subject 0 and model 'b'"),
    ],
)
def test_evidence_is_checked(evidence, models, text):
    with pytest.raises(AnalysisError, match=text):
        select_by_subjects(evidence, models, seeded())


def test_the_ceiling_is_the_log_likelihood_of_the_generator():
    rng = seeded()
    choice, reward = rng.integers(0, 2, 20), rng.integers(0, 2, 20)
    generator = QLearning(alpha=0.4, inverse_temperature=2.5)
    expected = np.zeros(2)
    for session in range(2):
        value = np.zeros(2)
        for i in range(session * LENGTH, (session + 1) * LENGTH):
            odds = 2.5 * value
            expected[session] += odds[choice[i]] - logsumexp(odds)
            value[choice[i]] += 0.4 * (reward[i] - value[choice[i]])
    found = compute_ceiling(generator, make_trials(choice, reward, length=LENGTH))
    assert found.log_likelihood == pytest.approx(expected, abs=1e-10)
