import numpy as np
import pytest
import xarray as xr
from scipy.stats import t

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.matching_residuals import (
    compute_matching_residuals,
    select_share,
)
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError


def make_points(x, y, subject="one"):
    n = len(x)
    return xr.Dataset(
        {
            "log_reward_ratio": ("point", np.asarray(x)),
            "log_choice_ratio": ("point", np.asarray(y)),
        },
        coords={"subject": ("point", np.repeat(subject, n))},
    )


def scatter(rng, n, slope=0.8, intercept=0.1, low=0.5, high=2.0, noise=0.3):
    x = rng.uniform(low, high, n) * rng.choice([-1, 1], n)
    return make_points(x, intercept + slope * x + noise * rng.normal(size=n))


def test_by_formula():
    rng = np.random.default_rng(0)
    fit = fit_matching(scatter(rng, 30), "nonrobust")
    others = scatter(rng, 12, slope=0.6)
    found = compute_matching_residuals(others, fit).squeeze()
    x, y = others["log_reward_ratio"].values, others["log_choice_ratio"].values
    line = fit.squeeze()
    e = y - line["intercept"].item() - line["slope"].item() * x
    covariance = np.array(
        [
            [line["intercept_standard_error"] ** 2, line["slope_intercept_covariance"]],
            [line["slope_intercept_covariance"], line["slope_standard_error"] ** 2],
        ]
    )
    for name, w in (("mean_residual", np.ones(12)), ("signed_residual", np.sign(x))):
        g = np.array([w.mean(), (w * x).mean()])
        own, of_line = (w * e).var(ddof=1) / 12, g @ covariance @ g
        freedom = (own + of_line) ** 2 / (own**2 / 11 + of_line**2 / 28)
        reach = t.ppf(0.975, freedom) * np.sqrt(own + of_line)
        np.testing.assert_allclose(found[name], (w * e).mean())
        np.testing.assert_allclose(found[f"{name}_lower"], (w * e).mean() - reach)
        np.testing.assert_allclose(found[f"{name}_upper"], (w * e).mean() + reach)
    np.testing.assert_allclose(found["residual_deviation"], np.sqrt(np.mean(e**2)))
    np.testing.assert_allclose(found["r_squared"], 1 - (e @ e) / np.sum((y - y.mean()) ** 2))
    np.testing.assert_allclose(found["line_deviation"], line["residual_deviation"])
    own = fit_matching(others, "nonrobust").squeeze()
    np.testing.assert_allclose(found["slope_difference"], own["slope"] - line["slope"])
    assert found["n_points"].item() == 12


def test_intervals_and_test_hold_their_level_where_the_line_is_the_same():
    rng = np.random.default_rng(1)
    names = ("mean_residual", "signed_residual", "slope_difference", "intercept_difference")
    n = 500
    # Few points for the line, many others: the line's own uncertainty dominates.
    few, many = (np.repeat(np.arange(n).astype(str), size) for size in (20, 60))
    fit = fit_matching(scatter(rng, 20 * n).assign_coords(subject=("point", few)), "nonrobust")
    others = scatter(rng, 60 * n, low=0.8, high=1.5).assign_coords(subject=("point", many))
    found = compute_matching_residuals(others, fit)
    for name in names:
        covered = ((found[f"{name}_lower"] < 0) & (found[f"{name}_upper"] > 0)).mean().item()
        assert 0.92 < covered < 0.985, name
    assert (found["p_same_line"] < 0.05).mean() < 0.08
    # Without the line's uncertainty the interval would be far too short.
    naive = t.ppf(0.975, 59) * found["residual_deviation"] / np.sqrt(60)
    assert (np.abs(found["mean_residual"]) < naive).mean() < 0.8


def test_undermatching_and_bias_are_told_apart():
    rng = np.random.default_rng(2)
    fit = fit_matching(scatter(rng, 200))
    flat = compute_matching_residuals(scatter(rng, 200, slope=0.5), fit).squeeze()
    assert flat["mean_residual_lower"] < 0 < flat["mean_residual_upper"]
    assert flat["signed_residual_upper"] < -0.2
    assert flat["slope_difference_lower"] < -0.3 < flat["slope_difference_upper"]
    assert flat["p_same_line"] < 1e-6
    shifted = compute_matching_residuals(scatter(rng, 200, intercept=0.5), fit).squeeze()
    assert shifted["mean_residual_lower"] < 0.4 < shifted["mean_residual_upper"]
    assert shifted["signed_residual_lower"] < 0 < shifted["signed_residual_upper"]
    assert shifted["p_same_line"] < 1e-6


def test_subjects_are_compared_with_their_own_line():
    rng = np.random.default_rng(3)
    a, b = scatter(rng, 50, slope=1.0), scatter(rng, 50, slope=0.3)
    a["subject"], b["subject"] = (("point", np.repeat(n, 50)) for n in ("a", "b"))
    both = xr.concat([a, b], dim="point")
    found = compute_matching_residuals(both.isel(point=slice(None, None, -1)), fit_matching(both))
    assert found["subject"].values.tolist() == ["b", "a"]
    # Residuals of the fitted points themselves average to 0 about each line.
    np.testing.assert_allclose(found["mean_residual"], 0, atol=1e-12)
    alone = compute_matching_residuals(both, fit_matching(both).isel(subject=[1, 0]))
    np.testing.assert_allclose(alone["slope_difference"], 0, atol=1e-12)


def test_few_points_have_no_estimate():
    rng = np.random.default_rng(4)
    fit = fit_matching(scatter(rng, 20))
    found = compute_matching_residuals(scatter(rng, 2), fit).squeeze()
    assert found["n_points"].item() == 2
    for name in ("mean_residual", "signed_residual", "slope_difference", "p_same_line"):
        assert np.isnan(found[name])
    with pytest.raises(EmptySelectionError, match="found 0 points to compare"):
        compute_matching_residuals(scatter(rng, 2).isel(point=[]), fit)
    with pytest.raises(MissingVariableError, match=r"the fit has no line for \['two'\]"):
        compute_matching_residuals(make_points([1.0], [1.0], "two"), fit)


def test_ranges_left_out_of_training(play_baited):
    from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver, SurePayoff

    left = np.linspace(0.01, 0.49, 240)
    points = compute_log_ratios(play_baited(BaitingObserver(), left, seed=5))
    held_out = select_share(points, [(0.2, 0.4), (0.6, 0.8)])
    right = 0.5 * points["base_probability_right"].values
    expected = ((right > 0.1) & (right < 0.2)) | ((right > 0.3) & (right < 0.4))
    np.testing.assert_array_equal(held_out, expected)
    assert 80 < held_out.sum() < 105
    assert not select_share(points, []).any()
    # A player with one rule for all sessions is on one line, nearly.
    fit = fit_matching(points.isel(point=~held_out))
    found = compute_matching_residuals(points.isel(point=held_out), fit).squeeze()
    assert abs(found["mean_residual"]) < 0.1
    assert found["r_squared"] > 0.8
    assert abs(found["signed_residual"]) < 0.1
    # One who knows the base probabilities has one rule, too, but its curve is no line.
    left = np.random.default_rng(6).uniform(0, 0.5, 1500)
    sure = compute_log_ratios(play_baited(SurePayoff(tuple(left)), left, seed=7))
    apart = select_share(sure, [(0.2, 0.4), (0.6, 0.8)])
    found = compute_matching_residuals(
        sure.isel(point=apart), fit_matching(sure.isel(point=~apart))
    ).squeeze()
    assert found["signed_residual_lower"] < -0.24 < found["signed_residual_upper"] < -0.1
    assert found["mean_residual_lower"] < 0 < found["mean_residual_upper"]
    with pytest.raises(MissingVariableError, match="base_probability_right: the points do not"):
        select_share(points.drop_vars("base_probability_right"), [(0.2, 0.4)])
    with pytest.raises(AnalysisError, match=r"ranges: found \(0.4, 0.2\), expected lower below"):
        select_share(points, [(0.4, 0.2)])
