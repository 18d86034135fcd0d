"""Reward and expectation as two predictors of a signal: against statsmodels, and by refitting."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.signals.error_parts import regress_error_parts

SESSIONS, TRIALS = 6, 60


def make_animals(seed=1, subjects=("a",), weights=(1.0, -1.0), noise=0.7):
    """Reward that follows expectation, and responses with given weights of both."""
    rng = np.random.default_rng(seed)
    n = len(subjects) * SESSIONS * TRIALS
    expectation = rng.uniform(size=n)
    reward = (rng.random(n) < expectation).astype(float)
    label = {
        "subject": ("trial", np.repeat(subjects, SESSIONS * TRIALS)),
        "session": ("trial", np.tile(np.repeat(np.arange(SESSIONS), TRIALS), len(subjects))),
    }
    offset = np.repeat(rng.normal(size=n // TRIALS), TRIALS)
    y = weights[0] * reward + weights[1] * expectation + offset + noise * rng.normal(size=n)
    responses = xr.DataArray(y, dims="trial", coords=label)
    recording = xr.Dataset({"reward": ("trial", reward)}, coords=label)
    return responses, recording, FeatureSet("agent", (reward - expectation)[None, :, None], ("e",))


def fit(responses, recording, error, kept=slice(None)):
    """Least squares with a mean for each session."""
    session = recording["session"].values[kept]
    dummies = (session[:, None] == np.unique(session)).astype(float)
    reward = recording["reward"].values[kept]
    columns = np.column_stack([reward, reward - error[kept], dummies])
    weight = sm.OLS(responses.values[kept], columns).fit().params[:2]
    within = responses.values - responses.groupby("session").mean().values[recording["session"]]
    return np.append(weight, weight.sum()) / within.std()


def test_weights_and_intervals_are_those_of_least_squares_and_the_jackknife():
    responses, recording, errors = make_animals()
    found = regress_error_parts(responses, recording, errors)
    error, session = errors.values[0, :, 0], recording["session"].values
    expected = fit(responses, recording, error)
    np.testing.assert_allclose(found["weight"].sel(subject="a"), expected)
    without = np.array([fit(responses, recording, error, session != k) for k in range(SESSIONS)])
    away = without - without.mean(axis=0)
    reach = stats.t.ppf(0.975, SESSIONS - 1) * np.sqrt(
        (SESSIONS - 1) / SESSIONS * (away**2).sum(axis=0)
    )
    np.testing.assert_allclose(found["weight_upper"].sel(subject="a"), expected + reach)
    np.testing.assert_allclose(found["mean_weight_lower"], expected - reach)


def test_the_mean_over_subjects_has_the_interval_of_student():
    responses, recording, errors = make_animals(2, ("a", "b", "c"))
    found = regress_error_parts(responses, recording, errors)
    mean = found["weight"].mean("subject")
    reach = stats.t.ppf(0.975, 2) * found["weight"].std("subject", ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(found["mean_weight"], mean)
    np.testing.assert_allclose(found["mean_weight_upper"], mean + reach)


def test_the_size_of_an_animals_signal_does_not_matter():
    responses, recording, errors = make_animals(2, ("a", "b"))
    size = xr.where(responses["subject"] == "a", 1.0, 100.0)
    one = regress_error_parts(responses, recording, errors)
    other = regress_error_parts(responses * size, recording, errors)
    np.testing.assert_allclose(one["mean_weight"], other["mean_weight"])


def test_reward_alone_is_told_from_a_prediction_error():
    """In 40 simulations of each kind: the interval of the expectation's weight, below 0 or not."""
    below = {}
    for name, weights in (("error", (1.0, -1.0)), ("reward", (1.0, 0.0))):
        found = [
            regress_error_parts(*make_animals(seed, weights=weights, noise=1.0))
            for seed in range(40)
        ]
        upper = [one["mean_weight_upper"].sel(part="expectation").item() for one in found]
        below[name] = np.mean(np.array(upper) < 0)
    assert below["error"] > 0.8, below
    assert below["reward"] < 0.1, below


def test_features_besides_are_held_constant():
    responses, recording, errors = make_animals()
    rng = np.random.default_rng(5)
    side = rng.integers(0, 2, responses.size) * 1.0
    besides = FeatureSet("side", side[None, :, None], ("side",))
    noiseless = make_animals(noise=0.0)[0]
    found = regress_error_parts(noiseless + 3 * side, recording, errors, besides=besides)
    weight = found["weight"].sel(subject="a").values
    np.testing.assert_allclose(weight[0], -weight[1])
    assert abs(weight[2]) < 1e-9


def test_trials_without_a_response_are_left_out_and_counted():
    responses, recording, errors = make_animals()
    responses[:7] = np.nan
    found = regress_error_parts(responses, recording, errors)
    assert found["n_trials_left_out"].item() == 7
    assert found["n_trials"].item() == SESSIONS * TRIALS - 7


def test_what_cannot_be_told_is_refused():
    responses, recording, errors = make_animals()
    reward = recording["reward"].values
    with pytest.raises(AnalysisError, match=r"subject 'a': errors: found an expectation"):
        regress_error_parts(
            responses, recording, FeatureSet("half", reward[None, :, None] / 2, ("e",))
        )
    with pytest.raises(AnalysisError, match="found one value within each block"):
        regress_error_parts(responses, recording.assign(reward=recording["session"]), errors)
    kept = recording["session"].values < 2
    with pytest.raises(AnalysisError, match=r"subject 'a': block: found 2 block\(s\)"):
        regress_error_parts(responses[kept], recording.isel(trial=kept), errors.select_trials(kept))
    two = FeatureSet("two", np.repeat(errors.values, 2, axis=2), ("e", "f"))
    with pytest.raises(AnalysisError, match=r"found 2 features, expected one: \.select_features"):
        regress_error_parts(responses, recording, two)
    with pytest.raises(AnalysisError, match=r"trial: found numbers .*'errors': 100}"):
        regress_error_parts(responses, recording, errors.select_trials(np.arange(100)))
    with pytest.raises(AnalysisError, match="found dimensions 'trial', 'unit', expected 'trial'"):
        regress_error_parts(responses.expand_dims(unit=2, axis=1), recording, errors)
