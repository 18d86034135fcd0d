"""Firth's penalty against closed forms, a general optimiser, and the bias that it removes."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from pfc_analysis.analysis.errors import AnalysisError, SeparationError
from pfc_analysis.analysis.statistics.firth_logistic import fit_firth
from pfc_analysis.analysis.statistics.logistic import fit_logistic


def fit(design, response):
    return fit_firth(design, np.asarray(response, float), np.zeros(len(response), int))


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (40, 40)])
def test_one_proportion_gets_half_a_success_and_half_a_failure(successes, n):
    response = np.arange(n) < successes
    found = fit(np.ones((n, 1)), response)
    expected = np.log((successes + 0.5) / (n - successes + 0.5))
    assert found.coefficient[0] == pytest.approx(expected, abs=1e-6)
    p = expit(expected)
    assert found.covariance[0, 0] == pytest.approx(1 / (n * p * (1 - p)), rel=1e-5)


def test_two_proportions_get_half_counts_each():
    """The log odds ratio of a table with an empty cell (Haldane and Anscombe)."""
    group = np.repeat([0.0, 1.0], [12, 9])
    response = np.concatenate([np.arange(12) < 5, np.ones(9, bool)])
    found = fit(np.column_stack([np.ones(21), group]), response)
    expected = np.log((9.5 / 0.5) / (5.5 / 7.5))
    assert found.coefficient[1] == pytest.approx(expected, abs=1e-6)


def penalised(design, response):
    """Minus the log-likelihood times Jeffreys' prior, written independently."""

    def loss(coefficient):
        log_odds = design @ coefficient
        p = expit(log_odds)
        _, determinant = np.linalg.slogdet(design.T @ np.diag(p * (1 - p)) @ design)
        return -(response @ log_odds - np.logaddexp(0, log_odds).sum() + 0.5 * determinant)

    return loss


@pytest.mark.parametrize("separated", [False, True])
def test_it_maximises_the_penalised_likelihood(separated):
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(80), rng.normal(size=(80, 3))])
    log_odds = 2 * design[:, 1] - design[:, 2]
    response = (log_odds > 0 if separated else rng.random(80) < expit(log_odds)).astype(float)
    expected = minimize(penalised(design, response), np.zeros(4), method="BFGS", tol=1e-9)
    found = fit(design, response)
    assert found.coefficient == pytest.approx(expected.x, rel=1e-3, abs=1e-3)
    if separated:
        with pytest.raises(SeparationError):
            fit_logistic(design, response, np.zeros(80, int), list("abcd"))


def test_it_removes_most_of_the_bias_of_maximum_likelihood():
    rng = np.random.default_rng(1)
    truth = np.array([0.5, 1.0, -1.0])
    design = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    found, likely = [], []
    for _ in range(300):
        response = (rng.random(60) < expit(design @ truth)).astype(float)
        found.append(fit(design, response).coefficient)
        likely.append(fit_logistic(design, response, np.zeros(60), list("abc")).coefficient)
    bias, of_likely = (np.abs(np.mean(rows, axis=0) - truth)[1:] for rows in (found, likely))
    assert (bias < 0.04).all()
    assert (of_likely > 0.06).all()


def test_many_trials_leave_nothing_of_the_penalty():
    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(40_000), rng.normal(size=(40_000, 2))])
    response = (rng.random(40_000) < expit(design @ [0.2, 1.0, -0.5])).astype(float)
    likely = fit_logistic(design, response, np.zeros(40_000), list("abc"))
    found = fit(design, response)
    assert found.coefficient == pytest.approx(likely.coefficient, abs=1e-3)
    assert found.covariance == pytest.approx(likely.covariance, rel=1e-2, abs=1e-7)


def test_collinear_predictors_are_refused():
    design = np.column_stack([np.ones(20), np.arange(20.0), 2 * np.arange(20.0)])
    with pytest.raises(AnalysisError, match="constant or collinear over 20 trials"):
        fit(design, np.arange(20) % 2)
