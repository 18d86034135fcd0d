"""A setting that is a mean over trials."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from pfc_analysis.comparison.settings.task_setting import NOT_FOUND, read_mean


def read(values, session):
    setting = read_mean("size", "size of a reward", "ml", np.asarray(values), np.asarray(session))
    return setting.value, setting.lower, setting.upper


def test_a_setting_that_never_varied_has_an_interval_without_width():
    assert read(np.full(5, 0.1), np.zeros(5, int)) == (0.1, 0.1, 0.1)
    assert read([np.nan, 0.1, 0.1], [0, 0, 1]) == (0.1, 0.1, 0.1)


def test_a_setting_that_varied_in_one_session_has_no_interval():
    value, lower, upper = read(np.arange(5.0), np.zeros(5, int))
    assert value == 2.0
    assert np.isnan([lower, upper]).all()


def test_a_setting_that_varied_between_sessions_has_students_interval():
    values = np.random.default_rng(0).normal(size=12)
    expected = ttest_1samp(values, 0.0).confidence_interval()
    assert read(values, np.arange(12)) == pytest.approx(
        (values.mean(), expected.low, expected.high)
    )


def test_a_setting_without_a_trial_is_not_found():
    found = read_mean("size", "size of a reward", "ml", np.full(3, np.nan), np.arange(3))
    assert found.basis == NOT_FOUND
