import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.errors import EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.statistics.clustered_proportion import (
    estimate_clustered_proportions,
    wilson_interval,
)
from pfc_analysis.learners import ModelFreeDirect


def test_counts_by_hand(make_recording):
    #            CR stay, CU switch, UR stay, UU switch, CR (session ends; nothing follows)
    recording = make_recording([0, 0, 1, 1, 0, 1, 1], [1, 0, 1, 0, 1, 1, 1], [1, 1, 0, 0, 1, 1, 1],
                               session=[0, 0, 0, 0, 0, 1, 1])  # fmt: skip
    result = compute_stay_probability(recording)
    assert result["previous"].values.tolist() == [
        "common_rewarded",
        "common_unrewarded",
        "uncommon_rewarded",
        "uncommon_unrewarded",
    ]
    np.testing.assert_array_equal(result["stay_probability"].sel(subject="one"), [1, 0, 1, 0])
    np.testing.assert_array_equal(result["n_trials"].sel(subject="one"), [2, 1, 1, 1])
    assert result["model_free_index"].item() == 1.0
    assert result["model_based_index"].item() == 0.0
    assert result["n_sessions"].item() == 2


def test_forced_trial_is_history_but_not_predicted(make_recording):
    recording = make_recording([0, 1, 1, 1], [1] * 4, [1] * 4, forced=[0, 1, 0, 0])
    kept = compute_stay_probability(recording)
    assert kept["n_trials"].values[0, 0] == 2
    dropped = compute_stay_probability(recording, forced_trials="drop")
    assert dropped["n_trials"].values[0, 0] == 1
    assert dropped.attrs["n_trials_forced"] == 1


def test_invalid_trial_in_the_middle_breaks_both_pairs(make_recording):
    recording = make_recording([0, 0, -1, 0, 0], [1] * 5, [1, 1, -1, 1, 1])
    result = compute_stay_probability(recording)
    assert result["n_trials"].sum() == 2
    assert result.attrs["n_trials_invalid"] == 1


def test_proportion_of_one_keeps_a_finite_interval(make_recording):
    n = 41
    result = compute_stay_probability(make_recording([1] * n, [1] * n, [1] * n))
    low, high = proportion_confint(n - 1, n - 1, method="wilson")
    assert result["stay_probability"].values[0, 0] == 1.0
    np.testing.assert_allclose(result["lower"].values[0, 0], low, rtol=1e-12)
    assert result["upper"].values[0, 0] == 1.0 == pytest.approx(high)
    assert np.isnan(result["stay_probability"].values[0, 1:]).all()
    assert np.isnan(result["model_based_index"].item())


def test_no_reward_ever_leaves_rewarded_cells_empty(make_recording):
    result = compute_stay_probability(make_recording([0, 1, 1, 0], [0] * 4, [1, 0, 1, 1]))
    np.testing.assert_array_equal(result["n_trials"].values[0], [0, 2, 0, 1])
    assert np.isnan(result["lower"].values[0, [0, 2]]).all()


def test_one_trial_leaves_no_pair(make_recording):
    with pytest.raises(
        EmptySelectionError,
        match=r"no trial is left to follow another trial: of 1 trial\(s\), 0 forced, 0 invalid",
    ):
        compute_stay_probability(make_recording([1], [1], [1]))


def test_missing_transition(make_recording):
    recording = make_recording([0, 0], [1, 1], [1, 1]).drop_vars("common_transition")
    with pytest.raises(MissingVariableError, match="common_transition: the recording has no such"):
        compute_stay_probability(recording)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (499, 1000), (1, 1)])
def test_wilson_interval_as_in_statsmodels(successes, n):
    low, high = wilson_interval(np.array([successes / n]), np.array([float(n)]))
    expected = proportion_confint(successes, n, method="wilson")
    np.testing.assert_allclose([low[0], high[0]], expected, atol=1e-12)


def _clustered_data(rng, n_sessions, n_cells=1):
    size = rng.integers(20, 120, n_sessions)
    session = np.repeat(np.arange(n_sessions), size)
    chance = rng.beta(6.0, 4.0, n_sessions)[session]
    cell = rng.integers(0, n_cells, session.size)
    return (rng.random(session.size) < chance).astype(float), cell, session


def test_effective_size_from_the_cluster_robust_variance_of_statsmodels():
    success, cell, session = _clustered_data(np.random.default_rng(3), 12)
    found = estimate_clustered_proportions(success, cell, session, 1)
    ols = sm.OLS(success, np.ones(success.size)).fit(
        cov_type="cluster", cov_kwds={"groups": session}
    )
    p, n = success.mean(), success.size
    expected = p * (1 - p) / ols.bse[0] ** 2
    expected *= (student.ppf(0.975, n - 1) / student.ppf(0.975, 11)) ** 2
    np.testing.assert_allclose(found.n_effective, expected, rtol=1e-10)
    assert expected < n / 3


def test_interval_covers_under_clustering_where_independent_trials_would_not():
    rng = np.random.default_rng(4)
    covered, naive, n_runs = 0, 0, 400
    for _ in range(n_runs):
        found = estimate_clustered_proportions(*_clustered_data(rng, 15), 1)
        covered += found.lower[0] <= 0.6 <= found.upper[0]
        low, high = wilson_interval(found.proportion, found.n_trials.astype(float))
        naive += low[0] <= 0.6 <= high[0]
    assert 0.91 < covered / n_runs < 0.985
    assert naive / n_runs < 0.7


def test_index_interval_agrees_with_cluster_robust_regression():
    success, cell, session = _clustered_data(np.random.default_rng(5), 200, 4)
    found = estimate_clustered_proportions(success, cell, session, 4)
    weights = np.array([0.5, -0.5, 0.5, -0.5])
    estimate, low, high = found.contrast(weights)
    ols = sm.OLS(success, np.eye(4)[cell]).fit(
        cov_type="cluster", cov_kwds={"groups": session}, use_t=True
    )
    test = ols.t_test(weights)
    np.testing.assert_allclose(estimate, test.effect[0], atol=1e-12)
    np.testing.assert_allclose([low, high], test.conf_int()[0], atol=2e-3)
    assert high - low > 0.02


def test_index_keeps_its_width_at_proportions_of_one():
    cell = np.repeat([0, 1], 30)
    found = estimate_clustered_proportions(np.ones(60), cell, np.tile([0, 1], 30), 2)
    estimate, low, high = found.contrast(np.array([1.0, -1.0]))
    assert estimate == 0.0
    assert low < -0.1
    assert high > 0.1


def test_ideal_observer_stays_as_expected(play):
    result = compute_stay_probability(play(IdealObserver(), 600, 100, seed=1))
    stay = result["stay_probability"].values[0]
    # It never leaves a choice whose state just proved good, or whose other state proved bad.
    np.testing.assert_array_equal(stay[[0, 3]], 1.0)
    # Independent simulation: .68 in both; sessions begin without knowledge, which matters a little.
    np.testing.assert_allclose(stay[[1, 2]], 0.68, atol=0.03)
    assert result["model_based_index_lower"].item() > 0.3


def test_model_free_learner_shows_no_interaction(play):
    # Redrawn every trial, the better state says nothing about the next one; with lasting states
    # even this learner shows some interaction (Akam et al. 2015).
    recording = play(ModelFreeDirect(0.5, 3.0), 300, 100, seed=2, reversal=0.5)
    result = compute_stay_probability(recording)
    assert result["model_free_index_lower"].item() > 0.2
    assert abs(result["model_based_index"].item()) < 0.015


def test_two_subjects_are_apart(make_recording):
    recording = make_recording([0, 0, 0, 0, 1, 0], [1] * 6, [1] * 6, subject=["a"] * 3 + ["b"] * 3)
    result = compute_stay_probability(recording)
    assert result["stay_probability"].sel(previous="common_rewarded").values.tolist() == [1.0, 0.0]
