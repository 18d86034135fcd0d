import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_rel

from pfc_analysis.fitting.models.held_out_table import (
    HeldOutTable,
    average_over_subjects,
    count_units,
    find_best,
)


def table_of(values, n=None, subject=None):
    values = np.asarray(values, float)
    n = np.full(len(values), 100) if n is None else np.asarray(n)
    subject = np.zeros(len(values), int) if subject is None else np.asarray(subject)
    return HeldOutTable(values, n, subject, int(subject.max()) + 1)


def test_normalised_likelihood_of_chance_is_one_half():
    table = table_of(np.log(0.5) * np.array([[100.0], [300.0]]), n=[100, 300])
    value, lower, upper = table.normalised()
    assert value.item() == pytest.approx(0.5)
    assert np.isnan([lower, upper]).all()  # sessions that do not differ say nothing of scatter


def test_normalised_likelihood_weighs_sessions_by_their_choices():
    p = np.array([0.5, 0.8])
    value, lower, upper = table_of((np.log(p) * [100, 300])[:, None], n=[100, 300]).normalised()
    assert value.item() == pytest.approx(np.exp((np.log(0.5) + 3 * np.log(0.8)) / 4))
    assert lower.item() < value.item() < upper.item()


def test_intervals_cover_the_mean_log_probability():
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(400):
        n = rng.integers(200, 400, 12)
        mean = -0.5 + 0.05 * rng.normal(size=12)
        _, lower, upper = table_of((n * mean)[:, None], n=n).normalised()
        covered.append(lower.item() < np.exp(-0.5) < upper.item())
    assert 0.92 <= np.mean(covered) <= 0.98


def test_differences_are_paired_by_session():
    rng = np.random.default_rng(2)
    shared = -60 + 10 * rng.normal(size=8)
    values = np.stack([shared, shared + 2 + 0.1 * rng.normal(size=8)], axis=1)
    value, lower, upper = table_of(values).differences(np.array([0]))
    assert value[0, 0] == 0
    assert value[0, 1] == pytest.approx(0.02, abs=0.001)
    assert upper[0, 1] - lower[0, 1] < 0.003


def test_sessions_of_one_length_are_compared_as_by_a_paired_t_test():
    rng = np.random.default_rng(4)
    values = np.stack([rng.normal(-50, 4, 9), rng.normal(-52, 4, 9)], axis=1)
    _, lower, upper = table_of(values).differences(np.array([1]))
    expected = ttest_rel(values[:, 0] / 100, values[:, 1] / 100).confidence_interval()
    assert (lower[0, 0], upper[0, 0]) == pytest.approx((expected.low, expected.high))


def test_sessions_of_all_lengths_are_compared_as_choices_clustered_by_session():
    rng = np.random.default_rng(5)
    n = rng.integers(20, 60, 10)
    session = np.repeat(np.arange(10), n)
    gain = rng.normal(0.02, 0.3, session.size) + 0.1 * rng.normal(size=10)[session]
    values = np.stack([np.bincount(session, gain), np.zeros(10)], axis=1)
    value, lower, upper = table_of(values, n=n).differences(np.array([1]))
    fit = sm.OLS(gain, np.ones(gain.size)).fit(
        cov_type="cluster", cov_kwds={"groups": session}, use_t=True
    )
    np.testing.assert_allclose(
        [value[0, 0], lower[0, 0], upper[0, 0]], [fit.params[0], *fit.conf_int()[0]], rtol=1e-8
    )


def test_six_subjects_are_compared_as_by_a_paired_t_test():
    rng = np.random.default_rng(6)
    n, subject = np.tile([90, 100, 80], 6), np.repeat(np.arange(6), 3)
    values = np.stack([rng.normal(-50, 4, 18), rng.normal(-52, 4, 18)], axis=1)
    table = table_of(values, n=n, subject=subject)
    _, lower, upper = average_over_subjects(
        table.differences(np.full(6, 1)), table.n_sessions
    ).interval
    means = table.total / 270
    expected = ttest_rel(means[:, 0], means[:, 1]).confidence_interval()
    assert (lower[0], upper[0]) == pytest.approx((expected.low, expected.high))


def test_a_session_without_a_choice_to_predict_changes_nothing():
    values, n = np.array([[-50.0, -52.0], [-55.0, -56.0], [-50.0, -53.0]]), [100, 110, 90]
    longer = np.vstack([values, np.zeros(2)])
    for found, expected in zip(
        _of_two_subjects(longer, [*n, 0]), _of_two_subjects(values, n), strict=True
    ):
        np.testing.assert_allclose(found, expected)


def _of_two_subjects(values, n):
    """Average differences over two subjects with the same sessions."""
    subject = np.repeat([0, 1], len(values))
    table = table_of(np.tile(values, (2, 1)), n=np.tile(n, 2), subject=subject)
    return average_over_subjects(table.differences(np.zeros(2, int)), table.n_sessions).interval


def test_the_reference_of_one_of_two_subjects_has_an_interval_over_both():
    rng = np.random.default_rng(7)
    values = rng.normal(-50, 4, (16, 2))
    table = table_of(values, subject=np.repeat([0, 1], 8))
    estimates = table.differences(np.array([0, 1]))
    assert [one[0, 0] for one in estimates] == [0, 0, 0]
    gain = (values[8:, 0] - values[8:, 1]) / 100
    error = gain.std(ddof=1) / np.sqrt(8) / 2  # the other subject adds no variance
    mean, lower, upper = average_over_subjects(estimates, table.n_sessions).interval
    assert mean[0] == pytest.approx(gain.mean() / 2)
    assert (upper[0] - lower[0]) / 2 == pytest.approx(2.3646 * error, rel=1e-4)


def test_one_session_has_no_interval():
    value, lower, upper = table_of([[-5.0, -6.0]], n=[10]).differences(np.array([1]))
    assert value[0, 0] == pytest.approx(0.1)
    assert np.isnan([lower[0, 0], upper[0, 0]]).all()


def test_a_subject_without_held_out_sessions_has_no_value():
    table = table_of([[-60, -50], [np.nan, np.nan]], subject=[0, 1])
    assert np.isnan(table.normalised()[0][1]).all()
    assert find_best(table.total, [0, 1]).tolist() == [1, -1]
    assert find_best(table.total, []).tolist() == [-1, -1]


def test_mean_over_five_subjects_is_about_their_population():
    value = np.array([0.6, 0.62, 0.64, 0.66, 0.68])[:, None]
    around = value - 0.01, value + 0.01
    found = average_over_subjects((value, *around), np.full(5, 10))
    mean, lower, upper = found.interval
    reach = 2.776 * value.std(ddof=1) / np.sqrt(5)
    assert found.population.all()
    np.testing.assert_allclose(
        [mean[0], lower[0], upper[0]], [0.64, 0.64 - reach, 0.64 + reach], atol=1e-4
    )


def test_mean_over_two_subjects_is_about_them():
    value = np.array([0.6, 0.8])[:, None]
    found = average_over_subjects((value, value - 0.01, value + 0.01), np.full(2, 10))
    assert not found.population.any()
    assert found.interval[2][0] - 0.7 < 0.01


def test_number_of_units_has_an_interval_over_sessions():
    rng = np.random.default_rng(3)
    clear = np.stack([np.full(10, -60.0), np.full(10, -50.0)], axis=1)
    units = np.array([1, 4])
    assert count_units(table_of(clear), [0, 1], units, rng)[:, 0].tolist() == [4, 4, 4]
    alike = np.stack([-50 + rng.normal(size=10), -50 + rng.normal(size=10)], axis=1)
    assert count_units(table_of(alike), [0, 1], units, rng)[1:, 0].tolist() == [1, 4]
