import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression

from pfc_analysis.analysis.errors import AnalysisError, SeparationError
from pfc_analysis.analysis.statistics.logistic import fit_logistic

NAMES = ["intercept", "one", "two", "three"]
TRUTH = np.array([0.3, 1.0, -0.5, 0.0])


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(900), rng.normal(size=(900, 3))])
    chance = 1 / (1 + np.exp(-design @ TRUTH))
    return design, (rng.random(900) < chance).astype(float), np.repeat(np.arange(30), 30)


def test_maximum_likelihood_as_in_statsmodels(data):
    design, response, session = data
    fit = fit_logistic(design, response, session, NAMES)
    expected = sm.Logit(response, design).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(fit.coefficient, expected.params, rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, expected.cov_params(), rtol=1e-8)
    np.testing.assert_allclose(fit.log_likelihood, expected.llf, rtol=1e-12)
    assert fit.n_trials == 900


def test_session_clustered_covariance_as_in_statsmodels(data):
    design, response, session = data
    fit = fit_logistic(design, response, session, NAMES, covariance="cluster")
    expected = sm.Logit(response, design).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": session}
    )
    np.testing.assert_allclose(fit.covariance, expected.cov_params(), rtol=1e-8)
    assert fit.n_sessions == 30
    assert fit.interval_quantile == pytest.approx(2.0452, abs=1e-4)  # Student's t, 29 degrees


@pytest.mark.parametrize("ridge", [0.1, 1.0, 50.0])
def test_ridge_as_in_scikit_learn(data, ridge):
    design, response, session = data
    fit = fit_logistic(design, response, session, NAMES, ridge=ridge)
    expected = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-12).fit(
        design[:, 1:], response
    )
    np.testing.assert_allclose(fit.coefficient[1:], expected.coef_[0], rtol=1e-6)
    np.testing.assert_allclose(fit.coefficient[0], expected.intercept_[0], rtol=1e-6)


def test_ridge_covariance_is_the_inverse_penalised_hessian(data):
    design, response, session = data
    fit = fit_logistic(design, response, session, NAMES, ridge=4.0)

    def penalised(beta):
        odds = design @ beta
        return np.sum(response * odds - np.log1p(np.exp(odds))) - 2.0 * np.sum(beta[1:] ** 2)

    step = 1e-3 * np.eye(4)
    hessian = np.array(
        [
            [
                penalised(fit.coefficient + a + b)
                - penalised(fit.coefficient + a - b)
                - penalised(fit.coefficient - a + b)
                + penalised(fit.coefficient - a - b)
                for b in step
            ]
            for a in step
        ]
    ) / (4e-6)
    np.testing.assert_allclose(np.linalg.inv(-hessian), fit.covariance, rtol=1e-4, atol=1e-8)


def test_contrast_follows_the_covariance(data):
    fit = fit_logistic(*data, NAMES)
    weights = np.array([0.0, 1.0, -2.0, 0.5])
    value, error = fit.contrast(weights)
    assert value == pytest.approx(weights @ fit.coefficient)
    assert error == pytest.approx(np.sqrt(weights @ fit.covariance @ weights))


def test_one_session_has_no_clustered_errors(data):
    design, response, _ = data
    fit = fit_logistic(design, response, np.zeros(900, int), NAMES, covariance="cluster")
    assert np.isnan(fit.covariance).all()
    assert np.isnan(fit.interval_quantile)
    assert np.isfinite(fit.coefficient).all()


def test_complete_separation_is_found_and_named(data):
    design, _, session = data
    with pytest.raises(SeparationError, match=r"subject 'A': no finite .* 'one'.*ridge=1.0"):
        fit_logistic(design, (design[:, 1] > 0).astype(float), session, NAMES, subject="A")


def test_quasi_separation_names_only_the_coefficient_without_bound(data):
    design, response, session = data
    design = design.copy()
    design[:, 1] = 0.0
    design[:40, 1] = 1.0
    response = response.copy()
    response[:40] = 1.0
    with pytest.raises(SeparationError, match=r"coefficients without bound: 'one'\)"):
        fit_logistic(design, response, session, NAMES)
    fit = fit_logistic(design, response, session, NAMES, ridge=1.0)
    assert 1.0 < fit.coefficient[1] < 10.0


def test_large_but_finite_coefficients_are_not_mistaken_for_separation():
    design = np.column_stack([np.ones(20000), np.repeat([0.0, 1.0], 10000)])
    response = np.zeros(20000)
    response[0], response[10000:] = 1.0, 1.0
    response[-1] = 0.0
    fit = fit_logistic(design, response, np.arange(20000), NAMES[:2])
    # Saturated: the log-odds of each half are known.
    np.testing.assert_allclose(fit.coefficient, [-np.log(9999), 2 * np.log(9999)], rtol=1e-9)


def test_nothing_to_tell_apart(data):
    design, response, session = data
    with pytest.raises(SeparationError, match=r"all 900 response\(s\) are 1"):
        fit_logistic(design, np.ones(900), session, NAMES)
    empty = design * [1, 1, 0, 1]
    with pytest.raises(AnalysisError, match=r"zero in all 900 trials: 'two'\. Use ridge=1\.0"):
        fit_logistic(empty, response, session, NAMES)
    assert fit_logistic(empty, response, session, NAMES, ridge=1.0).coefficient[2] == 0.0
    twice = design[:, [0, 1, 1, 2]]
    with pytest.raises(AnalysisError, match="predictors are collinear over 900 trials"):
        fit_logistic(twice, response, session, NAMES)


@pytest.mark.parametrize("ridge", [-1.0, np.nan, np.inf])
def test_ridge_out_of_range(data, ridge):
    with pytest.raises(AnalysisError, match=r"ridge: found .*, expected a finite number of at lea"):
        fit_logistic(*data, NAMES, ridge=ridge)


def test_unknown_covariance(data):
    with pytest.raises(AnalysisError, match="covariance: found 'hc0', expected 'nonrobust' or"):
        fit_logistic(*data, NAMES, covariance="hc0")  # type: ignore[arg-type]


def test_trials_that_are_alike_share_a_row():
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(600), rng.integers(-1, 2, (600, 2))]).astype(float)
    response = (rng.random(600) < 1 / (1 + np.exp(-design @ [0.2, 0.8, -0.5]))).astype(float)
    rows, count = np.unique(np.column_stack([design, response]), axis=0, return_counts=True)
    whole = fit_logistic(design, response, np.arange(600), list("abc"), ridge=0.5)
    joined = fit_logistic(
        rows[:, :3], rows[:, 3], np.arange(len(rows)), list("abc"), ridge=0.5,
        count=count.astype(float),
    )  # fmt: skip
    for name in ("coefficient", "covariance", "log_likelihood"):
        np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), rtol=1e-10)
    assert joined.n_trials == whole.n_trials == 600
