"""Bootstraps against t tests and by the coverage of their intervals."""

import numpy as np
import pytest
from scipy.stats import norm, sem, ttest_1samp, ttest_ind
from scipy.stats import t as student

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.bootstrap import (
    Resampled,
    average_group,
    bootstrap_mean,
    check_resamples,
    draw_weights,
    measure_spread,
    percentile_interval,
    subtract_groups,
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


def resample_means(sessions, rng, n_draws=500):
    """Subjects' means of sessions (subject, session), with their sessions drawn anew."""
    stratum = np.zeros(sessions.shape[1], np.int64)
    draws = [(draw_weights(stratum, n_draws, rng) @ own / own.size)[:, None] for own in sessions]
    spread = [measure_spread(found, stratum) for found in draws]
    return Resampled(
        sessions.mean(axis=1)[:, None],
        np.stack(draws),
        np.stack([variance for variance, _ in spread]),
        np.stack([freedom for _, freedom in spread]),
    )


def simulate_group(rng, n_subjects, n_sessions, between, within):
    subject = rng.normal(0, between, n_subjects)
    sessions = subject[:, None] + rng.normal(0, within, (n_subjects, n_sessions))
    return average_group(resample_means(sessions, rng), rng), subject.mean()


@pytest.mark.parametrize(
    ("n_subjects", "between", "within", "least", "most"),
    [
        (6, 1.0, 0.2, 0.91, 0.99),  # subjects differ: a percentile interval covers 85 %
        (4, 1.0, 1.0, 0.91, 0.99),
        (6, 0.0, 1.0, 0.95, 1.0),  # subjects are alike: on the safe side
        (3, 1.0, 1.0, 0.91, 0.99),  # held: about their own mean
        (1, 1.0, 1.0, 0.90, 0.99),
    ],
)
def test_intervals_cover_the_truth(n_subjects, between, within, least, most):
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        found, own = simulate_group(rng, n_subjects, 8, between, within)
        lower, upper = found.interval()
        hits += lower[0] < (0.0 if found.population[0] else own) < upper[0]
    assert least <= hits / 300 <= most


def test_intervals_of_differences_cover_the_truth():
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(300):
        one, _ = simulate_group(rng, 8, 8, 0.3, 0.5)
        other, _ = simulate_group(rng, 6, 5, 1.0, 0.5)
        found = subtract_groups(one, other)
        hits += found.lower[0] < 0 < found.upper[0]
    assert 0.91 <= hits / 300 <= 0.99


def test_without_noise_within_subjects_it_is_the_t_test():
    rng = np.random.default_rng(0)
    one, other = norm.ppf((np.arange(12) + 0.5) / 12), 1 + 2 * norm.ppf((np.arange(9) + 0.5) / 9)
    groups = [
        average_group(resample_means(np.repeat(values[:, None], 5, axis=1), rng, 20_000), rng)
        for values in (one, other)
    ]
    expected = ttest_ind(one, other, equal_var=False)
    found = subtract_groups(*groups)
    assert found.value[0] == pytest.approx(one.mean() - other.mean())
    assert found.p[0] == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert found.lower[0] == pytest.approx(interval.low, abs=0.1)
    assert found.upper[0] == pytest.approx(interval.high, abs=0.1)
    single = ttest_1samp(one, 0).confidence_interval(0.95)
    assert groups[0].interval()[0][0] == pytest.approx(single.low, abs=0.05)
    assert groups[0].population.all()
    assert groups[0].n_subjects.tolist() == [12]


def test_few_subjects_are_held():
    rng = np.random.default_rng(0)
    sessions = np.array([[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0]])
    found = average_group(resample_means(sessions, rng, 20_000), rng)
    # The standard error of the two subjects' mean, from their sessions: not from how far apart
    # the two are.
    assert found.error[0] == pytest.approx(np.sqrt(2 * 5 / 3 / 4) / 2, rel=0.03)
    assert found.freedom[0] == pytest.approx(6, rel=0.05)
    assert not found.population.any()


def test_a_subject_without_a_value_is_left_out():
    rng = np.random.default_rng(0)
    group = resample_means(rng.normal(size=(5, 6)), rng)
    group.value[2] = np.nan
    found = average_group(group, rng)
    assert found.n_subjects.tolist() == [4]
    assert found.value[0] == pytest.approx(np.nanmean(group.value))
    group.value[:] = np.nan
    nothing = average_group(group, rng)
    assert np.isnan(nothing.value).all()
    assert np.isnan(nothing.interval()).all()


def test_weights_draw_within_strata():
    stratum = np.array([0, 0, 1, 1, 1])
    weights = draw_weights(stratum, 50, np.random.default_rng(0))
    assert (weights[:, :2].sum(axis=1) == 2).all()
    assert (weights[:, 2:].sum(axis=1) == 3).all()
    assert weights.std(axis=0).min() > 0.3


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
