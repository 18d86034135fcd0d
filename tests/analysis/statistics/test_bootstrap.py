"""Bootstraps against t tests and by the coverage of their intervals."""

import numpy as np
import pytest
from scipy.stats import sem
from scipy.stats import t as student

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.bootstrap import (
    bootstrap_mean,
    check_resamples,
    draw_weights,
    measure_spread,
    percentile_interval,
)


def test_many_normal_values_have_students_interval():
    values = np.random.default_rng(0).normal(3, 2, 60)
    mean, lower, upper = bootstrap_mean(values, np.random.default_rng(1), 20_000)
    expected = student.interval(0.95, 59, values.mean(), sem(values))
    assert mean == values.mean()
    np.testing.assert_allclose((lower, upper), expected, atol=0.03)


@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_interval_of_nine_values_covers_the_mean(draw):
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(1000):
        values = rng.normal(1, 1, 9) if draw == "normal" else rng.exponential(1, 9)
        _, lower, upper = bootstrap_mean(values, rng, 400)
        hits += lower < 1 < upper
    assert 0.92 < hits / 1000 < 0.98


def test_few_or_equal_values():
    rng = np.random.default_rng(0)
    assert bootstrap_mean(np.full(6, 2.0), rng) == (2.0, 2.0, 2.0)
    mean, lower, upper = bootstrap_mean(np.array([1.0, 2.0, 6.0]), rng)
    assert mean == 3.0
    assert np.isnan([lower, upper]).all()
    with pytest.raises(
        AnalysisError, match="n_resamples: found 50, expected a whole number of at least 100"
    ):
        bootstrap_mean(np.arange(9.0), rng, 50)


def test_same_generator_same_interval():
    values = np.random.default_rng(0).random(8)
    one, same = (bootstrap_mean(values, np.random.default_rng(4)) for _ in range(2))
    assert one == same


def test_weights_draw_within_strata():
    stratum = np.array([0, 0, 1, 1, 1])
    weights = draw_weights(stratum, 50, np.random.default_rng(0))
    assert (weights[:, :2].sum(axis=1) == 2).all()
    assert (weights[:, 2:].sum(axis=1) == 3).all()
    assert weights.std(axis=0).min() > 0.3


def test_spread_of_a_mean_is_its_squared_standard_error():
    values = np.random.default_rng(0).normal(size=7)
    weights = draw_weights(7, 40_000, np.random.default_rng(1))
    variance, freedom = measure_spread((weights @ values / 7)[:, None], np.zeros(7, np.int64))
    assert variance[0] == pytest.approx(sem(values) ** 2, rel=0.03)
    assert freedom.tolist() == [6.0]


def test_one_unit_has_no_spread():
    variance, freedom = measure_spread(np.zeros((100, 2)), np.zeros(1, np.int64))
    assert np.isnan(variance).all()
    assert np.isnan(freedom).all()


def test_few_resamples_are_refused():
    with pytest.raises(AnalysisError, match="n_resamples: found 99, expected a whole number of"):
        check_resamples(99)


def test_resamples_keep_their_size_and_are_even():
    drawn = draw_weights(6, 4000, np.random.default_rng(0))
    assert (drawn.sum(axis=1) == 6).all()
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(drawn.var(axis=0), 5 / 6, atol=0.08)


def test_percentiles_of_draws_with_a_value():
    samples = np.arange(101.0)[:, None] * np.array([1.0, 2.0, 1.0])
    samples[::2, 1] = np.nan
    found = percentile_interval(samples, np.array([True, True, False]))
    np.testing.assert_allclose(found[:, 0], (2.5, 97.5))
    np.testing.assert_allclose(found[:, 1], np.quantile(samples[1::2, 1], (0.025, 0.975)))
    assert np.isnan(found[:, 2]).all()
