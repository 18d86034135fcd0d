"""A mean over trials with an interval over sessions."""

import numpy as np
import pytest
from scipy import stats

from pfc_analysis.analysis.statistics.clustered_mean import estimate_clustered_mean


def test_one_trial_a_session_gives_students_t():
    values = np.random.default_rng(0).normal(size=12)
    mean, lower, upper = estimate_clustered_mean(values, np.arange(12))
    ends = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert mean == pytest.approx(values.mean())
    assert (lower, upper) == pytest.approx((ends.low, ends.high))


def test_the_interval_covers_the_mean_of_correlated_trials():
    rng = np.random.default_rng(1)
    session = np.repeat(np.arange(15), 20)
    held = 0
    for _ in range(400):
        values = rng.normal(size=15)[session] + rng.normal(size=300)
        _, lower, upper = estimate_clustered_mean(values, session)
        held += lower < 0 < upper
    assert 0.92 < held / 400 < 0.98


def test_a_constant_has_no_width_and_one_session_no_interval():
    assert estimate_clustered_mean(np.full(5, 0.1), np.zeros(5, int)) == (0.1, 0.1, 0.1)
    assert np.isnan(estimate_clustered_mean(np.arange(5.0), np.zeros(5, int))[1:]).all()
