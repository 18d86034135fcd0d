import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.signals.prediction_error import (
    REGRESSORS,
    compute_prediction_error_points,
    regress_prediction_error,
)
from pfc_analysis.learners import ModelBased, ModelFreeChained
from pfc_analysis.learners.definition.learner_error import LearnerError


@pytest.fixture(scope="module")
def observer(play):
    return play(IdealObserver(), 300, 100, seed=1)


def _regress(recording, seed=0, **settings):
    settings = {"n_bootstrap": 200} | settings
    return regress_prediction_error(recording, np.random.default_rng(seed), **settings)


def test_a_planners_own_errors(play):
    result = _regress(play(ModelBased(0.5, 4.0), 30, 50, seed=2)).sel(subject="one")
    for selection in ("both", "second_state", "outcome"):
        own = result.sel(regressor="model_based", selection=selection)
        for name, expected in (("slope", 1.0), ("intercept", 0.0), ("r2", 1.0)):
            np.testing.assert_allclose(own[name], expected, atol=1e-12)
            np.testing.assert_allclose(own[name + "_lower"], expected, atol=1e-12)
    other = result.sel(regressor="model_free_unique", selection="both")
    np.testing.assert_allclose([other["slope"], other["r2"]], 0.0, atol=1e-12)


def test_a_model_free_learners_own_errors(play):
    recording = play(ModelFreeChained(0.5, 4.0, eligibility=1.0), 30, 50, seed=3)
    result = _regress(recording).sel(subject="one", selection="both")
    np.testing.assert_allclose(result["r2"].sel(regressor="model_free"), 1.0)
    np.testing.assert_allclose(result["slope"].sel(regressor="model_free_unique"), 1.0)
    np.testing.assert_allclose(result["slope"].sel(regressor="model_based_unique"), 0.0, atol=1e-12)


def test_ideal_observer_shows_what_the_figure_shows(observer):
    result = _regress(observer).sel(subject="one", selection="both")
    r2 = result["r2"]
    # An independent simulation of the same observer: .84, .73 to .76, about 1e-7, partial .43.
    assert r2.sel(regressor="model_based") == pytest.approx(0.84, abs=0.015)
    assert 0.70 < r2.sel(regressor="model_free") < 0.77
    assert r2.sel(regressor="model_free_unique") < 1e-3
    partial = result["partial_r2"].sel(regressor="model_based_unique")
    assert partial == pytest.approx(0.43, abs=0.03)
    slope = result.sel(regressor="model_free_unique")
    assert slope["slope_lower"] < 0 < slope["slope_upper"]


@pytest.mark.parametrize(("alpha", "expected"), [(0.2, 0.78), (0.4, 0.84), (0.9, 0.73)])
def test_ideal_observer_at_other_learning_rates(observer, alpha, expected):
    result = _regress(observer, alpha=alpha, n_bootstrap=2)
    r2 = result["r2"].sel(regressor="model_based", selection="both").item()
    assert r2 == pytest.approx(expected, abs=0.015)


def test_same_as_statsmodels(observer):
    points = compute_prediction_error_points(observer)
    result = _regress(observer, n_bootstrap=2).sel(subject="one")
    for selection in ("both", "second_state"):
        rows = points.isel(point=np.isin(points["event"], selection)) if selection != "both" else (
            points
        )  # fmt: skip
        y, based, free = (rows[n].values for n in ("rpe", "model_based", "model_free"))
        beyond = {
            "model_based": based,
            "model_free": free,
            "model_free_unique": sm.OLS(free, sm.add_constant(based)).fit().resid,
            "model_based_unique": sm.OLS(based, sm.add_constant(free)).fit().resid,
        }
        assert tuple(beyond) == REGRESSORS
        for name, x in beyond.items():
            fit = sm.OLS(y, sm.add_constant(x)).fit()
            found = result.sel(regressor=name, selection=selection)
            np.testing.assert_allclose(
                [found["intercept"], found["slope"]], fit.params, rtol=1e-8, atol=1e-10
            )
            np.testing.assert_allclose(found["r2"], fit.rsquared, rtol=1e-6, atol=1e-12)
    full = sm.OLS(y, sm.add_constant(np.column_stack([based, free]))).fit()
    alone = sm.OLS(y, sm.add_constant(free)).fit()
    expected = (full.rsquared - alone.rsquared) / (1 - alone.rsquared)
    found = result["partial_r2"].sel(regressor="model_based_unique", selection="second_state")
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_points_hold_the_residuals(observer):
    points = compute_prediction_error_points(observer)
    based, free = points["model_based"].values, points["model_free"].values
    expected = sm.OLS(free, sm.add_constant(based)).fit().resid
    np.testing.assert_allclose(points["model_free_unique"], expected, atol=1e-12)
    outcome = points["event"].values == "outcome"
    np.testing.assert_array_equal(based[outcome], free[outcome])


def test_nothing_unique_at_the_outcome(observer):
    result = _regress(observer).sel(selection="outcome", subject="one")
    unique = result.sel(regressor=["model_free_unique", "model_based_unique"])
    assert np.isnan(unique["slope"]).all()
    assert np.isnan(unique["r2_lower"]).all()
    np.testing.assert_allclose(
        result["r2"].sel(regressor="model_based"), result["r2"].sel(regressor="model_free")
    )


def test_last_outcome_of_a_session_is_left_out(play):
    recording = play(ModelBased(0.5, 4.0), 10, 20, seed=4)
    last = recording["trial_in_session"].values == 19
    spoilt = recording.copy(deep=True)
    spoilt["rpe"].values[last, 2] += 5.0
    dropped = _regress(spoilt)
    np.testing.assert_allclose(dropped["r2"].values[0, 0, 0], 1.0)
    assert dropped.attrs["n_points_last_trial_left_out"] == 10
    assert dropped["n_points"].values.tolist() == [[390, 200, 190]]
    kept = _regress(spoilt, last_trial="keep")
    assert kept["r2"].values[0, 0, 0] < 0.9
    assert kept.attrs["n_points_last_trial_left_out"] == 0
    assert kept["n_points"].values.tolist() == [[400, 200, 200]]


def test_intervals_come_from_sessions_and_from_the_generator_given(observer):
    recording = observer.isel(trial=slice(0, 3000))
    first, again, other = _regress(recording, 1), _regress(recording, 1), _regress(recording, 2)
    xr.testing.assert_identical(first, again)
    assert not first["r2_lower"].equals(other["r2_lower"])
    pooled = first.sel(subject="one", selection="both", regressor="model_based")
    assert pooled["r2_lower"] < pooled["r2"] < pooled["r2_upper"]
    # Session-clustered standard error of the slope, by statsmodels.
    points = compute_prediction_error_points(recording)
    fit = sm.OLS(points["rpe"].values, sm.add_constant(points["model_based"].values)).fit(
        cov_type="cluster", cov_kwds={"groups": points["session_index"].values}
    )
    wide = _regress(recording, 3, n_bootstrap=4000).sel(
        subject="one", selection="both", regressor="model_based"
    )
    width = (wide["slope_upper"] - wide["slope_lower"]).item()
    assert width == pytest.approx(2 * 1.96 * fit.bse[1], rel=0.15)


def test_one_session_has_no_interval(play):
    result = _regress(play(ModelBased(0.5, 4.0), 1, 50, seed=5))
    assert np.isnan(result["r2_lower"]).all()
    np.testing.assert_allclose(result["r2"].values[0, 0, 0], 1.0)


def test_invalid_trials_and_subjects_are_apart(play):
    parts = [
        play(ModelBased(0.5, 4.0), 5, 20, seed=6, subject="planner"),
        play(ModelFreeChained(0.5, 4.0, 1.0), 5, 20, seed=7, subject="repeater"),
    ]
    recording = xr.concat(parts, "trial")
    invalid = np.zeros(200, int)
    invalid[[5, 150]] = 1
    recording["invalid"] = ("trial", invalid)
    recording["rpe"].values[invalid == 1] = np.nan
    result = _regress(recording)
    own = result["r2"].sel(selection="both", subject="planner", regressor="model_based")
    assert own.item() < 1.0 + 1e-12
    assert result["n_points"].sel(selection="second_state").values.tolist() == [99, 99]
    assert result["subject"].values.tolist() == ["planner", "repeater"]


def test_what_cannot_be_regressed(play):
    recording = play(ModelBased(), 3, 10)
    with pytest.raises(MissingVariableError, match="rpe: the recording holds no prediction errors"):
        _regress(recording.drop_vars("rpe"))
    with pytest.raises(MissingVariableError, match="event: no prediction errors at 'second_state'"):
        _regress(recording.sel(event=["stage_1", "outcome"]))
    with pytest.raises(MissingVariableError, match=r"event: no prediction errors at .* found none"):
        _regress(recording.drop_vars("event"))
    with pytest.raises(
        AnalysisError, match="n_bootstrap: found 1, expected a whole number of at least 2"
    ):
        _regress(recording, n_bootstrap=1)
    with pytest.raises(AnalysisError, match="last_trial: found 'no', expected 'drop' or 'keep'"):
        _regress(recording, last_trial="no")
    with pytest.raises(LearnerError, match=r"ModelBased.alpha: found 2"):
        _regress(recording, alpha=2)
    recording["rpe"] = recording["rpe"] * np.nan
    with pytest.raises(EmptySelectionError, match="rpe: no prediction error is left"):
        _regress(recording)


def test_one_trial(make_recording):
    recording = make_recording([1], [1], [1]).assign(rpe=(("trial", "event"), [[0.1, 0.2]]))
    recording = recording.assign_coords(event=["second_state", "outcome"])
    result = _regress(recording)
    assert result["n_points"].values.tolist() == [[1, 1, 0]]
    assert np.isnan(result["slope"]).all()


def test_errors_that_do_not_vary_have_no_r2(observer):
    constant = observer.isel(trial=slice(0, 3000)).copy(deep=True)
    constant["rpe"] = constant["rpe"] * 0 + 0.1234567
    assert np.isnan(_regress(constant)["r2"]).all()
