"""The mixed logistic regression on simulated subjects, and against statsmodels' posterior."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, logsumexp
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from pfc_analysis.analysis.errors import AnalysisError, SeparationError
from pfc_analysis.analysis.statistics.mixed_logistic import (
    FIXED_PRIOR,
    _collapse,
    _find_mode,
    fit_mixed_logistic,
)

TRUTH = np.array([1.0, 0.5, 0.8, 1.0])
NAMES = ["intercept", "reward", "group", "group:reward"]


def simulate(rng, n_one=8, n_other=6, n_trials=400, deviation=(0.5, 0.4)):
    n = n_one + n_other
    subject = np.repeat(np.arange(n), n_trials)
    group = np.where(subject < n_one, 0.5, -0.5)
    random = np.column_stack([np.ones(subject.size), rng.integers(0, 2, subject.size) - 0.5])
    fixed = np.concatenate([random, group[:, None] * random], axis=1)
    own = rng.normal(size=(n, 2)) * deviation
    log_odds = fixed @ TRUTH + np.sum(random * own[subject], axis=1)
    return (rng.random(subject.size) < expit(log_odds)).astype(float), fixed, random, subject


def test_intervals_cover_the_truth_without_bias():
    rng = np.random.default_rng(0)
    fits = [fit_mixed_logistic(*simulate(rng), NAMES, freedom=12) for _ in range(80)]
    covered = np.mean([(fit.lower < TRUTH) & (fit.upper > TRUTH) for fit in fits])
    assert 0.92 <= covered <= 0.99
    estimates = np.array([fit.coefficient for fit in fits])
    error = estimates.std(axis=0) / np.sqrt(len(fits))
    assert (np.abs(estimates.mean(axis=0) - TRUTH) < 3.5 * error).all()
    assert np.mean([f.error for f in fits], axis=0) == pytest.approx(estimates.std(axis=0), rel=0.3)
    assert np.mean([f.deviation for f in fits], axis=0) == pytest.approx([0.5, 0.4], rel=0.3)


def test_one_animal_beside_agents_is_covered_too():
    rng = np.random.default_rng(1)
    fits = [fit_mixed_logistic(*simulate(rng, 8, 1), NAMES, freedom=7) for _ in range(60)]
    covered = np.mean([(fit.lower < TRUTH) & (fit.upper > TRUTH) for fit in fits])
    assert covered >= 0.92


def test_the_mode_is_that_of_statsmodels_posterior():
    """At our effects and deviations its posterior is flat in all effects, and as curved."""
    response, fixed, random, subject = simulate(np.random.default_rng(2), 4, 3, 150)
    deviation = np.array([0.6, 0.3])
    effects, hessian, _ = _find_mode(_collapse(response, fixed, random, subject), deviation)
    columns = subject[:, None] * 2 + np.arange(2)
    rows = np.repeat(np.arange(response.size), 2)
    by_subject = sparse.csr_array((random.ravel(), (rows, columns.ravel())))
    model = BinomialBayesMixedGLM(
        response, fixed, by_subject, np.tile([0, 1], 7), vcp_p=1.0, fe_p=FIXED_PRIOR
    )
    parameters = np.concatenate([effects[:4], np.log(deviation), effects[4:]])
    kept = np.r_[0:4, 6 : parameters.size]
    assert np.abs(model.logposterior_grad(parameters)[kept]).max() < 1e-3
    step = 1e-5
    for place, parameter in enumerate(kept):
        moved = parameters.copy()
        moved[parameter] += step
        slope = -model.logposterior_grad(moved)[kept] / step
        assert slope == pytest.approx(hessian[place], abs=0.2 + 1e-3 * np.abs(hessian).max())


def integrate(successes, n, deviation):
    """Log-likelihood of subjects' counts with all effects integrated out, on grids."""
    mean = np.linspace(-6, 6, 301)
    steps = np.linspace(-5, 5, 101)
    log_odds = mean[:, None] + deviation * steps
    failed = norm.logpdf(steps) - n * np.logaddexp(0, log_odds)
    total = np.zeros(mean.size)
    for count in successes:
        inside = count * log_odds + failed
        total += logsumexp(inside, axis=1)
    return logsumexp(total + norm.logpdf(mean, 0, FIXED_PRIOR))


@pytest.mark.parametrize("spread", [0.1, 0.8])
def test_the_deviation_maximises_the_integrated_likelihood_times_itself(spread):
    """With the prior of Chung et al. (2013); without it the deviation would be another."""
    n, rng = 60, np.random.default_rng(8)
    successes = rng.binomial(n, expit(0.4 + rng.normal(0, spread, 6)))
    response = (np.tile(np.arange(n), 6) < np.repeat(successes, n)).astype(float)
    ones = np.ones((response.size, 1))
    subject = np.repeat(np.arange(6), n)
    found = fit_mixed_logistic(response, ones, ones, subject, ["intercept"], freedom=4)
    grid = np.exp(np.linspace(np.log(0.02), np.log(3), 120))
    values = np.array([integrate(successes, n, deviation) for deviation in grid])
    assert found.deviation[0] == pytest.approx(grid[np.argmax(values + np.log(grid))], rel=0.06)
    alone = grid[np.argmax(values)]
    assert abs(np.log(alone / found.deviation[0])) > 0.1
    # The spread of the mean's posterior at this deviation, by integration.
    reach = student.ppf(0.975, 4) * found.error
    assert found.upper - found.coefficient == pytest.approx(reach)
    assert found.coefficient - found.lower == pytest.approx(reach)


def test_the_prior_of_fixed_effects_is_as_wide_as_it_says():
    """Without spread of subjects, effects are those of a logistic regression with that prior."""
    response, fixed, random, subject = simulate(np.random.default_rng(9), 3, 3, 8, (0, 0))
    effects, hessian, _ = _find_mode(_collapse(response, fixed, random, subject), np.full(2, 1e-3))

    def loss(beta):
        log_odds = fixed @ beta
        likelihood = response @ log_odds - np.logaddexp(0, log_odds).sum()
        return 0.5 * beta @ beta / FIXED_PRIOR**2 - likelihood

    expected = minimize(loss, np.zeros(4), method="BFGS", tol=1e-10)
    assert FIXED_PRIOR == 10.0
    assert effects[:4] == pytest.approx(expected.x, abs=2e-3)
    assert np.abs(effects[4:]).max() < 1e-3
    probability = expit(fixed @ effects[:4])
    information = (fixed.T * (probability * (1 - probability))) @ fixed
    assert hessian[:4, :4] == pytest.approx(information + np.eye(4) / FIXED_PRIOR**2, rel=1e-3)


def test_same_data_same_bytes():
    data = simulate(np.random.default_rng(3), 4, 4, 100)
    one, other = (fit_mixed_logistic(*data, NAMES, freedom=6) for _ in range(2))
    assert one.coefficient.tobytes() == other.coefficient.tobytes()
    assert one.error.tobytes() == other.error.tobytes()


def test_agents_at_the_ceiling_have_finite_effects():
    response, fixed, random, subject = simulate(np.random.default_rng(4), 4, 4, 100)
    response[(subject < 4) & (random[:, 1] > 0)] = 1.0
    fit = fit_mixed_logistic(response, fixed, random, subject, NAMES, freedom=6)
    assert np.isfinite([fit.coefficient, fit.error]).all()
    assert fit.coefficient[3] > 1


def test_what_cannot_be_fitted_is_refused():
    response, fixed, random, subject = simulate(np.random.default_rng(5), 2, 1, 50)
    with pytest.raises(AnalysisError, match="subject: found 3, expected at least 4 in all"):
        fit_mixed_logistic(response, fixed, random, subject, NAMES, freedom=1)
    response, fixed, random, subject = simulate(np.random.default_rng(5), 2, 2, 50)
    with pytest.raises(SeparationError, match=r"all 200 response\(s\) are 1"):
        fit_mixed_logistic(np.ones(200), fixed, random, subject, NAMES, freedom=2)
