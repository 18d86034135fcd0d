import numpy as np
import pytest
import statsmodels.api as sm

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics import row_products
from pfc_analysis.analysis.statistics.partial_correlation import (
    Moments,
    compute_partial_correlations,
    fit_predictors,
    sum_moments,
)

NAMES = ("intercept", "a", "b", "c")
UNITS = ("u0", "u1", "u2")


def build_data(n=200, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = 0.7 * a + rng.normal(size=n)
    c = rng.integers(0, 2, n) + 0.2 * b
    design = np.column_stack([np.ones(n), a, b, c])
    responses = 2 + design[:, 1:] @ rng.normal(size=(3, 3)) + 2 * rng.normal(size=(n, 3))
    return responses, design


def correlate_residuals(y, design, column):
    others = np.delete(design, column, axis=1)
    left = [v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (y, design[:, column])]
    return np.corrcoef(*left)[0, 1]


def test_correlation_of_residuals():
    responses, design = build_data()
    found = compute_partial_correlations(responses, design, NAMES, UNITS)
    expected = [[correlate_residuals(y, design, k) for y in responses.T] for k in (1, 2, 3)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_inverse_of_the_correlation_matrix():
    responses, design = build_data()
    found = compute_partial_correlations(responses, design, NAMES, UNITS)
    for unit, y in enumerate(responses.T):
        inverse = np.linalg.inv(np.corrcoef(np.column_stack([y, design[:, 1:]]).T))
        scale = np.sqrt(np.diag(inverse))
        np.testing.assert_allclose(found[:, unit], -inverse[0, 1:] / (scale[0] * scale[1:]))


def test_t_of_statsmodels():
    responses, design = build_data()
    found = compute_partial_correlations(responses, design, NAMES, UNITS)
    for unit, y in enumerate(responses.T):
        fit = sm.OLS(y, design).fit()
        t = fit.tvalues[1:]
        np.testing.assert_allclose(found[:, unit], t / np.sqrt(t**2 + fit.df_resid), rtol=1e-10)


def test_from_sums_as_from_trials():
    responses, design = build_data()
    group = np.random.default_rng(1).integers(0, 7, len(design))
    sums = sum_moments(responses, design, group, 7)
    found = compute_partial_correlations(responses, design, NAMES, UNITS)
    for k in (1, 2, 3):
        order = [j for j in range(4) if j != k] + [k]
        pooled = sums.pool(np.ones(7)).select(order)
        np.testing.assert_allclose(pooled.correlate(), found[k - 1], rtol=1e-9)
    chosen = np.array([[2.0, 0, 1, 1, 0, 3, 0], [1.0, 1, 1, 1, 1, 1, 1]])
    again = sums.pool(chosen).correlate()
    rows = np.concatenate([np.flatnonzero(group == g) for g in (0, 0, 2, 3, 5, 5, 5)])
    twice = compute_partial_correlations(responses[rows], design[rows], NAMES, UNITS)
    np.testing.assert_allclose(again, [twice[2], found[2]], rtol=1e-9)


def test_groups_without_trials_sum_to_nothing():
    responses, design = build_data(n=10)
    sums = sum_moments(responses, design, np.repeat([1, 3], 5), 5)
    assert not sums.xx[[0, 2, 4]].any()
    np.testing.assert_allclose(sums.xy[3], design[5:].T @ responses[5:])
    np.testing.assert_allclose(sums.yy[1], (responses[:5] ** 2).sum(axis=0))


def test_regression_of_statsmodels(monkeypatch):
    responses, design = build_data(n=5000)
    monkeypatch.setattr(row_products, "CACHE_VALUES", 600)
    coefficient, unexplained = fit_predictors(responses, design, NAMES)
    fits = [sm.OLS(y, design).fit() for y in responses.T]
    np.testing.assert_allclose(coefficient.T, [fit.params for fit in fits], rtol=1e-9)
    np.testing.assert_allclose(unexplained, [fit.ssr for fit in fits], rtol=1e-11)


def test_collinear_sums():
    with pytest.raises(AnalysisError, match="predictors: found some that are constant or"):
        Moments(np.ones((2, 2)), np.ones((2, 1)), np.ones(1)).correlate()


def test_collinear_predictors_are_named():
    responses, design = build_data()
    design[:, 3] = design[:, 1] - design[:, 2]
    with pytest.raises(AnalysisError, match=r"predictor\(s\) 'c': zero, constant, or a linear"):
        compute_partial_correlations(responses, design, NAMES, UNITS)


def test_a_unit_without_residual():
    responses, design = build_data()
    responses[:, 1] = design[:, 1]
    with pytest.raises(AnalysisError, match=r"unit\(s\) 'u1': the predictors explain them with"):
        compute_partial_correlations(responses, design, NAMES, UNITS)
