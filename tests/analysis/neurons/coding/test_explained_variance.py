"""Shares of variance above those of shifted sessions."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from statsmodels.api import OLS

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.coding.explained_variance import compute_explained_variance
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.identification.simulated_neurons import draw_slow

N_TRIALS = 600


def as_activity(values, sessions=3):
    coords = {
        "subject": ("trial", ["m"] * N_TRIALS),
        "session": ("trial", np.arange(N_TRIALS) // (N_TRIALS // sessions)),
        "area": ("unit", np.where(np.arange(values.shape[1]) % 2 == 0, "ACC", "DLPFC")),
    }
    return xr.DataArray(values, dims=("trial", "unit"), coords=coords)


def as_set(name, values):
    values = np.asarray(values, dtype=float).reshape(1, N_TRIALS, -1)
    return FeatureSet(name, values, tuple(f"f{k}" for k in range(values.shape[2])))


@pytest.fixture
def coded():
    """Units of one area follow a value with a fifth of their variance, the others nothing."""
    rng = np.random.default_rng(3)
    value, other = rng.normal(size=(2, N_TRIALS))
    activity = rng.normal(size=(N_TRIALS, 40)) * 2.0
    activity[:, ::2] += value[:, None]
    return as_activity(activity), as_set("value", value), as_set("other", other)


def test_variance_of_known_size_is_found_in_its_area(coded):
    activity, value, other = coded
    found = compute_explained_variance(activity, [value, other], 1)
    own = found.sel(features="value")
    assert own["mean_explained"].sel(group="ACC").item() == pytest.approx(0.2, abs=0.02)
    for group, name in (("DLPFC", "value"), ("DLPFC", "other")):
        one = found.sel(features=name, group=group)
        assert one["mean_explained_lower"] < 0 < one["mean_explained_upper"]
    more = found.sel(features="value", rival="other", group="ACC")
    assert more["difference_lower"] > 0.15
    paired = (found["explained"].sel(features="value") - found["explained"].sel(features="other"))[
        found["area"].values == "ACC"
    ]
    assert more["difference"].item() == pytest.approx(paired.mean().item())
    assert found["n_units"].values.tolist() == [20, 20]


def test_it_is_the_r_squared_of_a_regression_less_that_of_shifts(coded):
    """One session, no trend but the mean: statsmodels fits each shift."""
    activity, value, _ = coded
    activity = activity.assign_coords(session=("trial", np.zeros(N_TRIALS, int)))
    both = as_set("both", np.stack([value.values[0, :, 0], np.arange(N_TRIALS) % 7], axis=1))
    rng = np.random.default_rng(5)
    found = compute_explained_variance(activity, [both], rng, n_cosines=0, n_shifts=3)
    shifts = np.random.default_rng(5).integers(60, 540, 3, endpoint=True)

    def fit(k, unit):
        design = np.column_stack([np.ones(N_TRIALS), np.roll(both.values[0], k, axis=0)])
        return OLS(activity.values[:, unit], design).fit().rsquared

    expected = [fit(0, unit) - np.mean([fit(k, unit) for k in shifts]) for unit in (0, 1)]
    np.testing.assert_allclose(found["explained"].values[0, :2], expected, atol=1e-12)


def test_slow_features_and_drifting_units_give_nothing_on_average():
    """Without subtracting shifts, a slow value would explain some variance of every unit."""
    rng = np.random.default_rng(9)
    means = []
    for _ in range(20):
        value = draw_slow(rng, N_TRIALS, 1, 60.0)
        drift = draw_slow(rng, N_TRIALS, 10, 60.0) + 0.3 * rng.normal(size=(N_TRIALS, 10))
        activity = as_activity(drift, sessions=1)
        found = compute_explained_variance(activity, [as_set("slow", value)], rng, by=None)
        means.append(found["mean_explained"].item())
    assert abs(np.mean(means)) < 3 * np.std(means) / np.sqrt(20)


def test_units_count_in_the_sessions_in_which_they_were_recorded(coded):
    activity, value, other = coded
    values = activity.values.copy()
    values[: N_TRIALS // 3, :10] = np.nan
    values[:, 39] = 1.0
    found = compute_explained_variance(activity.copy(data=values), [value, other], 1)
    assert np.isfinite(found["explained"].values[:, :10]).all()
    assert np.isnan(found["explained"].values[:, 39]).all()
    assert found["n_units"].values.tolist() == [20, 19]


def test_what_does_not_fit_is_named(coded):
    activity, value, _ = coded
    with pytest.raises(AnalysisError, match=r"found dimensions \('unit',\).*select a step"):
        compute_explained_variance(activity.isel(trial=0), [value], 1)
    with pytest.raises(MissingVariableError, match="found no coordinate 'session'"):
        compute_explained_variance(activity.drop_vars("session"), [value], 1)
    with pytest.raises(AnalysisError, match="features: found none"):
        compute_explained_variance(activity, [], 1)
    with pytest.raises(AnalysisError, match="'value': found 600 trials, expected those"):
        compute_explained_variance(activity.isel(trial=slice(100)), [value], 1)
    short = activity.isel(trial=slice(20))
    few = value.select_trials(np.arange(20))
    with pytest.raises(AnalysisError, match=r"at most 20 trials.*at least 30"):
        compute_explained_variance(short, [few], 1)
    with pytest.raises(AnalysisError, match="n_shifts: found 0"):
        compute_explained_variance(activity, [value], 1, n_shifts=0)
    with pytest.raises(AnalysisError, match="features: found 'value', expected sets of features"):
        compute_explained_variance(activity, ["value"], 1)
    with pytest.raises(AnalysisError, match="found sets 'value', 'value', expected names that dif"):
        compute_explained_variance(activity, [value, value], 1)
    with pytest.raises(AnalysisError, match=r"found none of 40 unit\(s\) that varies"):
        compute_explained_variance(activity * 0, [value], 1)
    with pytest.raises(AnalysisError, match=r"n_cosines: found 500 for a session of \d+ trials"):
        compute_explained_variance(activity, [value], 1, n_cosines=500)
    order = np.random.default_rng(1).permutation(activity.sizes["trial"])
    with pytest.raises(AnalysisError, match=r"session: found \d+ sessions in \d+ runs of trials"):
        compute_explained_variance(activity[order], [value.select_trials(order)], 1)
