"""Means of groups and their differences, against t tests and by coverage."""

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp, ttest_ind

from pfc_analysis.analysis.statistics.group_means import (
    MIN_SUBJECTS,
    SubjectValues,
    average_group,
    subtract_groups,
)


def as_group(values, variance=np.nan, freedom=np.nan):
    values = np.asarray(values, float)[:, None]
    return SubjectValues(
        values, np.broadcast_to(variance, values.shape), np.broadcast_to(freedom, values.shape)
    )


def test_enough_subjects_have_the_intervals_and_p_of_t_tests():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 1, 12), rng.normal(1, 3, 5)
    means = [average_group(as_group(values, 4.0, 3.0)) for values in (one, other)]
    for values, mean in zip((one, other), means, strict=True):
        expected = ttest_1samp(values, 0).confidence_interval(0.95)
        assert np.ravel(mean.interval()) == pytest.approx([expected.low, expected.high])
        assert mean.population.all()
    found = subtract_groups(*means)
    expected = ttest_ind(one, other, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.value[0] == pytest.approx(one.mean() - other.mean())
    assert (found.lower[0], found.upper[0]) == pytest.approx((interval.low, interval.high))
    assert found.p[0] == pytest.approx(expected.pvalue)


def test_few_subjects_are_described_by_their_own_sessions_without_p():
    few = average_group(as_group([0.0, 10.0, 50.0], np.array([[1.0], [4.0], [9.0]]), 5.0))
    assert few.error[0] == pytest.approx(np.sqrt(14) / 3)
    freedom = 14**2 / ((1 + 16 + 81) / 5)
    assert few.freedom[0] == pytest.approx(freedom)
    lower, upper = few.interval()
    assert upper[0] - lower[0] == pytest.approx(2 * t.ppf(0.975, freedom) * np.sqrt(14) / 3)
    assert not few.population.any()
    many = average_group(as_group(np.arange(MIN_SUBJECTS)))
    found = subtract_groups(many, few)
    assert np.isnan(found.p).all()
    assert found.lower[0] < found.value[0] < found.upper[0]
    variances = np.array([many.error[0] ** 2, few.error[0] ** 2])
    welch = variances.sum() ** 2 / (variances**2 / [many.freedom[0], freedom]).sum()
    reach = t.ppf(0.975, welch) * np.sqrt(variances.sum())
    assert found.upper[0] - found.value[0] == pytest.approx(reach)


def test_without_known_variance_few_subjects_have_no_interval():
    variance = np.array([[1.0], [np.nan]])
    few = average_group(as_group([1.0, 2.0], variance, np.where(variance > 0, 3.0, np.nan)))
    assert few.value[0] == 1.5
    assert np.isnan(few.interval()).all()


def test_subjects_without_a_value_are_left_out():
    group = as_group([1.0, np.nan, 3.0, 5.0, 7.0, 9.0])
    assert average_group(group).n_subjects.tolist() == [5]
    assert average_group(group).value[0] == 5.0
    nothing = average_group(as_group([np.nan, np.nan]))
    assert np.isnan(nothing.value).all()
    assert np.isnan(nothing.interval()).all()
    assert nothing.n_subjects.tolist() == [0]


def test_groups_without_spread_have_an_interval_of_no_width():
    found = subtract_groups(average_group(as_group(np.ones(6))), average_group(as_group([2.0] * 8)))
    assert (found.lower[0], found.value[0], found.upper[0]) == (-1.0, -1.0, -1.0)
    assert found.p[0] == 0.0


@pytest.mark.parametrize(("n", "spread"), [(5, 0.3), (8, 1.0), (20, 2.0)])
def test_p_is_below_05_in_a_twentieth_of_experiments_without_difference(n, spread):
    rng = np.random.default_rng(n)
    unknown = np.full((n, 4000), np.nan)
    one, other = rng.normal(0, 1, (8, 4000)), rng.normal(0, spread, (n, 4000))
    found = subtract_groups(
        average_group(SubjectValues(one, one, one)),
        average_group(SubjectValues(other, unknown, unknown)),
    )
    assert 0.03 <= np.mean(found.p < 0.05) <= 0.07
    assert 0.93 <= np.mean((found.lower < 0) & (found.upper > 0)) <= 0.97
