"""Quantiles and tails are those of scipy.stats."""

import numpy as np
from scipy import stats

from pfc_analysis.analysis.statistics.quantiles import (
    beta_quantile,
    f_tail,
    normal_quantile,
    student_quantile,
    student_tail,
)


def test_normal():
    assert normal_quantile(0.975) == stats.norm.ppf(0.975)


def test_student():
    freedom = np.array([-1.0, 0.0, np.nan, 0.5, 1.0, 2.7, 30.0, 1e6, np.inf])
    np.testing.assert_array_equal(student_quantile(0.975, freedom), stats.t.ppf(0.975, freedom))
    t = np.linspace(-5.0, 5.0, freedom.size)
    np.testing.assert_array_equal(student_tail(t, freedom), stats.t.sf(t, freedom))
    assert np.isnan(student_tail(np.full(1, np.nan), 3.0)).all()


def test_beta_and_f():
    first, second = np.arange(1, 50), np.arange(50, 1, -1)
    expected = stats.beta.ppf(0.025, first, second)
    np.testing.assert_allclose(beta_quantile(0.025, first, second), expected, rtol=1e-12)
    f = np.linspace(0.1, 9.0, 20)
    np.testing.assert_allclose(f_tail(f, 2, 17.5), stats.f.sf(f, 2, 17.5), rtol=1e-12)
