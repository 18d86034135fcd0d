"""Sums by session against numpy and scipy on the trials themselves."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import linregress, ttest_1samp

from pfc_analysis.analysis.statistics.session_sums import (
    estimate_clustered_mean,
    estimate_ratio,
    resample_line,
    resample_ratios,
    sum_by_unit,
    sum_line,
)

RNG = np.random.default_rng(5)
UNIT = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
WEIGHTS = np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])


def test_lines_of_drawn_sessions():
    x, y = RNG.normal(size=9), RNG.normal(size=9)
    found = resample_line(sum_line(x, y, UNIT, 3), WEIGHTS)
    for row, weight in zip(found[:2], WEIGHTS[:2], strict=True):
        rows = np.repeat(np.arange(9), weight[UNIT].astype(int))
        line = linregress(x[rows], y[rows])
        assert row == pytest.approx([line.slope, line.intercept, line.rvalue**2])


def test_a_point_drawn_again_and_again_makes_no_line():
    x = np.array([0.1, 0.2, 0.3])
    found = resample_line(sum_line(x, x, np.arange(3), 3), np.array([[3.0, 0.0, 0.0]]))
    assert np.isnan(found).all()


def test_ratios_of_drawn_sessions():
    y, x = RNG.random((9, 2)), RNG.random((9, 2))
    found = resample_ratios(sum_by_unit(y, UNIT, 3), sum_by_unit(x, UNIT, 3), WEIGHTS)
    rows = np.array([0, 1, 2, 0, 1, 2, 5, 6, 7, 8])
    assert found[1] == pytest.approx(y[rows].sum(axis=0) / x[rows].sum(axis=0))
    nothing = resample_ratios(np.zeros((3, 1)), np.zeros((3, 1)), WEIGHTS)
    assert np.isnan(nothing).all()


def test_a_mean_is_a_ratio_with_the_interval_of_the_t_test():
    values = RNG.normal(size=(12, 1))
    value, lower, upper = estimate_ratio(values, np.ones((12, 1)))
    expected = ttest_1samp(values[:, 0], 0).confidence_interval(0.95)
    assert value[0] == pytest.approx(values.mean())
    assert (lower[0], upper[0]) == pytest.approx((expected.low, expected.high))


def test_one_unit_has_no_interval():
    value, lower, upper = estimate_ratio(np.ones((1, 1)), np.full((1, 1), 2.0))
    assert value[0] == 0.5
    assert np.isnan([lower[0], upper[0]]).all()


def test_clustered_mean_as_statsmodels_has_it():
    rng = np.random.default_rng(0)
    session = rng.integers(0, 12, 200) * 3
    value = rng.normal(size=200) + rng.normal(size=40)[session]
    fit = sm.OLS(value, np.ones(200)).fit(
        cov_type="cluster", cov_kwds={"groups": session}, use_t=True
    )
    np.testing.assert_allclose(
        estimate_clustered_mean(value, session), [fit.params[0], *fit.conf_int()[0]], rtol=1e-10
    )


def test_clustered_mean_of_one_session_has_no_interval():
    mean, lower, upper = estimate_clustered_mean(np.array([1.0, 2.0]), np.array([4, 4]))
    assert mean == 1.5
    assert np.isnan([lower, upper]).all()
    assert np.isnan(estimate_clustered_mean(np.zeros(0), np.zeros(0, int))).all()
    assert np.isnan(estimate_clustered_mean(np.ones(3), np.zeros(3, int))[1:]).all()


def test_clustered_mean_of_one_value_a_session_has_students_interval():
    values = np.random.default_rng(0).normal(size=12)
    expected = ttest_1samp(values, 0.0).confidence_interval()
    assert estimate_clustered_mean(values, np.arange(12)) == pytest.approx(
        (values.mean(), expected.low, expected.high)
    )


def test_clustered_mean_of_equal_values_has_no_width():
    found = estimate_clustered_mean(np.full(6, 0.1), np.repeat([0, 1, 2], 2))
    assert found == pytest.approx((0.1, 0.1, 0.1), abs=1e-15)


def test_interval_of_a_clustered_mean_covers_it():
    rng = np.random.default_rng(1)
    session = np.repeat(np.arange(15), 20)
    held = 0
    for _ in range(400):
        values = rng.normal(size=15)[session] + rng.normal(size=300)
        _, lower, upper = estimate_clustered_mean(values, session)
        held += lower < 0 < upper
    assert 0.92 < held / 400 < 0.98
