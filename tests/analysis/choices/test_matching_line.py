import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy.stats import pearsonr

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.statistics.straight_line import fit_line
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.given_types import WrongTypeError


@pytest.fixture
def by_hand(make_recording):
    """Session 5: right 4 of 6, 2 of 1 rewards, an invalid trial; session 7: left is never paid."""
    recording = make_recording(
        [1, 1, 0, 1, -1, 0, 1, 0, 1],
        [1, 0, 1, 1, -1, 0, 0, 0, 1],
        [1] * 9,
        session=[5] * 7 + [7] * 2,
        invalid=[0, 0, 0, 0, 1, 0, 0, 0, 0],
    )
    base = np.repeat([[0.1, 0.4], [0.3, 0.2]], [7, 2], axis=0)
    return recording.assign(base_probability=(("trial", "arm"), base))


def test_ratios_by_hand(by_hand):
    points = compute_log_ratios(by_hand)
    assert points["log_choice_ratio"].values.tolist() == [np.log2(4 / 2)]
    assert points["log_reward_ratio"].values.tolist() == [np.log2(2 / 1)]
    assert points["n_trials"].values.tolist() == [6]
    np.testing.assert_allclose(points["base_probability_right"], [0.8])
    assert points["session"].values.tolist() == [5]
    assert points["block"].values.tolist() == [0]
    assert points["first_trial"].values.tolist() == [0]
    assert points.attrs["n_points_found"] == 2
    assert points.attrs["n_points_one_arm_never_paid"] == 1
    assert points.attrs["n_points_one_arm_never_chosen"] == 0
    assert points.attrs["n_trials_invalid"] == 1


def test_what_does_not_count_does_not_enter(by_hand):
    water = np.zeros((9, 2), dtype=int)
    water[0, 1] = 1
    automatic = by_hand.assign(automatic_reward=(("trial", "arm"), water))
    points = compute_log_ratios(automatic)
    assert points["log_choice_ratio"].values.tolist() == [np.log2(3 / 2)]
    assert points["log_reward_ratio"].values.tolist() == [0.0]
    assert points.attrs["n_trials_automatic_reward"] == 1
    lit = by_hand.assign(stimulated=("trial", [0, 1, 0, 0, 0, 0, 1, 0, 0]))
    np.testing.assert_array_equal(compute_log_ratios(lit)["log_choice_ratio"], [1.0])
    points = compute_log_ratios(lit, leave_out=["stimulated"])
    assert points["log_choice_ratio"].values.tolist() == [0.0]
    assert points.attrs["n_trials_left_out"] == 2
    forced = by_hand.assign(forced=("trial", [0, 0, 0, 0, 0, 1, 0, 0, 0]))
    assert compute_log_ratios(forced)["log_choice_ratio"].values.tolist() == [2.0]


def test_blocks(make_recording):
    recording = make_recording(
        [0, 1, 1, 0, 0, 1, 0, 1, 1, 1],
        [1, 1, 0, 1, 0, 1, 1, 1, 1, 1],
        [1] * 10,
        session=[0] * 6 + [1] * 4,
    )
    schedule = [[0.1, 0.4]] * 3 + [[0.4, 0.1]] * 5 + [[0.1, 0.4]] * 2
    recording["reward_probability"] = (("trial", "arm"), np.array(schedule))
    points = compute_log_ratios(recording, by="block")
    # The schedule stays over the border between the sessions: two blocks all the same.
    assert points["session"].values.tolist() == [0, 0, 1]
    assert points["block"].values.tolist() == [0, 1, 0]
    assert points["first_trial"].values.tolist() == [0, 3, 0]
    np.testing.assert_allclose(points["log_choice_ratio"], [1.0, -1.0, 0.0])
    np.testing.assert_allclose(points["base_probability_right"], [0.8, 0.2, 0.2])
    assert points.attrs["n_points_one_arm_never_chosen"] == 1
    longer = compute_log_ratios(recording, by="block", min_trials=3)
    assert longer["n_trials"].values.tolist() == [3, 3]
    assert longer.attrs["n_points_too_short"] == 2
    by_session = compute_log_ratios(recording)
    assert np.isnan(by_session["base_probability_right"]).all()
    assert by_session["n_trials"].values.tolist() == [6, 4]


def test_agents_have_one_block_a_session(play_baited):
    from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver

    recording = play_baited(BaitingObserver(), [0.1, 0.2, 0.3], 60, seed=1, invalid=0.05)
    session, block = (compute_log_ratios(recording, by=by) for by in ("session", "block"))
    xr.testing.assert_equal(session, block)
    np.testing.assert_allclose(session["base_probability_right"], [0.8, 0.6, 0.4])


def test_subjects_without_a_point_are_named(make_recording):
    recording = make_recording([0, 1, 0, 0], [1] * 4, [1] * 4, subject=["a", "a", "b", "b"])
    points = compute_log_ratios(recording)
    assert points["subject"].values.tolist() == ["a"]
    assert points.attrs["subjects_without_point"] == "b"


def test_ratios_that_cannot_be(by_hand, make_recording):
    with pytest.raises(AnalysisError, match="by: found 'day', expected 'session' or 'block'"):
        compute_log_ratios(by_hand, by="day")
    with pytest.raises(AnalysisError, match="min_trials: found 0, expected a whole number"):
        compute_log_ratios(by_hand, min_trials=0)
    with pytest.raises(EmptySelectionError, match=r"found no session with at least 7 trial"):
        compute_log_ratios(by_hand, min_trials=7)
    with pytest.raises(MissingVariableError, match="it does not say where a block ends"):
        compute_log_ratios(by_hand.drop_vars("base_probability"), by="block")
    with pytest.raises(MissingVariableError, match="stimulated: the recording has no such"):
        compute_log_ratios(by_hand, leave_out=["stimulated"])
    with pytest.raises(WrongTypeError, match="leave_out: found the text or path 'stimulated'"):
        compute_log_ratios(by_hand, leave_out="stimulated")
    with pytest.raises(AnalysisError, match=r"reward: found -1.0 at trial 1 .* at least 0 where"):
        compute_log_ratios(make_recording([0, 1], [1, -1], [1, 1]))
    three = by_hand.drop_vars("base_probability")
    three["base_probability"] = (("trial", "arm"), np.full((9, 3), 0.1))
    with pytest.raises(AnalysisError, match=r"base_probability: found shape \(9, 3\), expected"):
        compute_log_ratios(three)
    with pytest.raises(EmptySelectionError, match="found no choice that counts, so none can"):
        compute_log_ratios(make_recording([-1, -1], [0, 0], [1, 1]))


def test_automatic_water_is_not_earned(make_recording):
    recording = make_recording([0, 1, 1], [1, 1, 1], [1] * 3, automatic_reward=[0, 1, 0])
    arms = read_arm_trials(recording)
    assert arms.reward.tolist() == [1, 0, 1]
    assert arms.counted.tolist() == [True, False, True]
    flat = recording.assign(automatic_reward=("trial", [0, 1, 0]))
    with pytest.raises(AnalysisError, match=r"automatic_reward: found dimensions 'trial' and"):
        read_arm_trials(flat)
    assert arms.from_start.all()
    gap = make_recording([0, 1, 1], [1, 1, 1], [1] * 3, position=[0, 2, 3])
    assert read_arm_trials(gap).from_start.tolist() == [True, False, False]


def make_points(x, y, subject=None):
    n = len(x)
    return xr.Dataset(
        {
            "log_reward_ratio": ("point", np.asarray(x)),
            "log_choice_ratio": ("point", np.asarray(y)),
        },
        coords={"subject": ("point", np.repeat("one", n) if subject is None else subject)},
    )


@pytest.mark.parametrize("covariance", ["HC3", "nonrobust"])
def test_line_is_that_of_statsmodels(covariance):
    rng = np.random.default_rng(0)
    x = rng.normal(0.3, 1.5, 40)
    y = 0.2 + 0.7 * x + rng.normal(size=40) * (0.1 + 0.3 * np.abs(x))
    fit = fit_matching(make_points(x, y), covariance).squeeze()
    expected = sm.OLS(y, sm.add_constant(x)).fit(cov_type=covariance, use_t=True)
    bounds = expected.conf_int()
    for index, name in enumerate(("intercept", "slope")):
        np.testing.assert_allclose(fit[name], expected.params[index], rtol=1e-10)
        np.testing.assert_allclose(fit[f"{name}_standard_error"], expected.bse[index], rtol=1e-10)
        np.testing.assert_allclose(fit[f"{name}_lower"], bounds[index, 0], rtol=1e-9)
        np.testing.assert_allclose(fit[f"{name}_upper"], bounds[index, 1], rtol=1e-9)
    np.testing.assert_allclose(fit["slope_intercept_covariance"], expected.cov_params()[0, 1])
    np.testing.assert_allclose(fit["r_squared"], expected.rsquared)
    np.testing.assert_allclose(fit["residual_deviation"], np.sqrt(expected.mse_resid))
    pearson = pearsonr(x, y)
    interval = pearson.confidence_interval()
    np.testing.assert_allclose(
        fit[["r", "r_lower", "r_upper"]].to_array(), [pearson.statistic, *interval]
    )
    np.testing.assert_allclose(
        fit[["r_squared_lower", "r_squared_upper"]].to_array(), np.square(interval)
    )
    assert fit["n_points"].item() == 40


def test_interval_of_r_squared_reaches_zero_where_that_of_r_does():
    line = fit_line(np.arange(6.0), np.array([0.0, 2, -1, 1, 0, 0.5]))
    lower, upper = line.interval("r")
    assert lower < 0 < upper
    np.testing.assert_allclose(line.interval("r_squared"), (0.0, max(lower**2, upper**2)))


def test_slope_interval_covers_under_unequal_scatter():
    rng = np.random.default_rng(1)
    covered = {"HC3": 0, "nonrobust": 0}
    for _ in range(1000):
        x = rng.uniform(-3, 3, 40)
        y = 0.8 * x + rng.normal(size=40) * (0.05 + 0.2 * x**2)
        for kind in covered:
            lower, upper = fit_line(x, y, kind).interval("slope")
            covered[kind] += lower < 0.8 < upper
    assert 925 < covered["HC3"] < 970
    assert covered["nonrobust"] < 900


def test_subjects_with_too_few_points():
    subject = np.array(["a"] * 2 + ["b"] * 3 + ["c"] * 4)
    x, y = [0, 1, 1, 1, 1, 0, 1, 2, 3], [0, 1, 0, 1, 2, 0.1, 0.9, 2.2, 2.8]
    fit = fit_matching(make_points(np.array(x, float), y, subject))
    assert fit["n_points"].values.tolist() == [2, 3, 4]
    assert np.isnan(fit["slope"]).values.tolist() == [True, True, False]
    assert np.isnan(fit["slope_lower"]).values.tolist() == [True, True, False]
    with pytest.raises(EmptySelectionError, match=r"found at most 2 point\(s\) a subject, expe"):
        fit_matching(make_points([0.0, 1.0], [0.0, 1.0]))
    with pytest.raises(AnalysisError, match="covariance: found 'HC0', expected 'HC3'"):
        fit_matching(make_points([0.0, 1.0, 2.0], [0.0, 1.0, 2.0]), "HC0")


def test_a_point_that_alone_carries_the_slope_leaves_no_interval():
    line = fit_line(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.1, -0.1, 0.2, 1.0]))
    assert np.isfinite(line.slope)
    assert np.isnan(line.interval("slope")).all()
