"""The bootstrap-t against Student's t and by its coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.bootstrap import bootstrap_mean


def test_many_normal_values_have_students_interval():
    values = np.random.default_rng(0).normal(3, 2, 60)
    mean, lower, upper = bootstrap_mean(values, np.random.default_rng(1), 20_000)
    expected = stats.t.interval(0.95, 59, values.mean(), stats.sem(values))
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
    with pytest.raises(AnalysisError, match="n_resamples: found 50, expected at least 100"):
        bootstrap_mean(np.arange(9.0), rng, 50)


def test_same_generator_same_interval():
    values = np.random.default_rng(0).random(8)
    one, same = (bootstrap_mean(values, np.random.default_rng(4)) for _ in range(2))
    assert one == same
