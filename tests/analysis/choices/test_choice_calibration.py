import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.choices.choice_calibration import compute_choice_calibration
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.errors import AnalysisError


class KnownWeights:
    """Chooses by the regression's own model with one lag."""

    def __init__(self, reward=1.5, choice=-0.8):
        self.weights = reward, choice

    def begin(self, n_sessions):
        return {"odds": np.zeros(n_sessions)}

    def choice_probability(self, state):
        right = 1 / (1 + np.exp(-state["odds"]))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state, choice, reward):
        side = np.where(choice < 0, 0, 2 * choice - 1)
        state["odds"][:] = side * (self.weights[0] * reward + self.weights[1])


def test_the_models_own_choices_are_calibrated(play_baited):
    recording = play_baited(KnownWeights(), np.linspace(0, 0.5, 200), 100, seed=1, invalid=0.02)
    found = compute_choice_calibration(recording, n_lags=3).squeeze()
    assert found["calibration_slope_lower"] < 1 < found["calibration_slope_upper"]
    assert found["calibration_intercept_lower"] < 0 < found["calibration_intercept_upper"]
    full = found["n_trials"] > 200
    inside = (found["lower"] < found["predicted"]) & (found["predicted"] < found["upper"])
    assert inside.where(full).sum() >= full.sum() - 1
    assert found["n_trials"].sum() == (recording["choice"] >= 0).sum()
    edges = np.abs(found["predicted"] - found["bin"]).where(found["n_trials"] > 0)
    assert edges.max() <= 0.05 + 1e-9
    # Predictions of data not fitted are worse than those of the fit, but not by much.
    fit = fit_reward_history(recording, 3)["log_likelihood"].item()
    assert fit - 30 < found["log_likelihood"].item() < fit
    np.testing.assert_allclose(
        found["likelihood_per_trial"], np.exp(found["log_likelihood"] / found["n_trials"].sum())
    )


def test_too_many_weights_for_the_trials_fail(play_baited):
    recording = play_baited(KnownWeights(0.2, 0.0), np.linspace(0.1, 0.4, 6), 40, seed=2)
    for split in ("sessions", "halves"):
        found = compute_choice_calibration(recording, n_lags=15, split=split).squeeze()
        assert found["calibration_slope_upper"] < 0.7
        assert found["likelihood_per_trial"] < 0.5  # worse than a coin


def test_a_bias_of_half_the_sessions_shows(make_recording):
    rng = np.random.default_rng(3)
    session = np.repeat(np.arange(20), 100)
    choice = (rng.random(2000) < np.where(session % 2 == 0, 0.9, 0.4)).astype(int)
    recording = make_recording(choice, choice * 0, choice * 0, session=session)
    found = compute_choice_calibration(recording, n_bins=2, n_lags=1).squeeze()
    # Each part is predicted with the other's bias: 0.4 where 0.9 was chosen, and the reverse.
    np.testing.assert_allclose(found["observed"], [0.9, 0.4], atol=0.06)
    np.testing.assert_allclose(found["predicted"], [0.4, 0.9], atol=0.06)
    assert found["calibration_slope"] < 0
    fine = compute_choice_calibration(recording, n_bins=2, n_lags=1, split="halves").squeeze()
    assert fine["calibration_slope"] > 0.5


def test_sessions_are_split_subject_by_subject(play_baited):
    parts = [
        play_baited(KnownWeights(), [0.1, 0.4], 60, seed=seed, subject=name)
        for seed, name in ((4, "a"), (5, "b"))
    ]
    one = xr.concat([p.isel(trial=slice(0, 60)) for p in parts], "trial")
    two = xr.concat([p.isel(trial=slice(60, 120)) for p in parts], "trial")
    # Sessions a0 b0 a1 b1: counting them over all subjects would leave each with one part only.
    mixed = compute_choice_calibration(xr.concat([one, two], "trial"), n_lags=1)
    for part, name in zip(parts, "ab", strict=True):
        alone = compute_choice_calibration(part, n_lags=1).squeeze()
        xr.testing.assert_allclose(mixed.sel(subject=name), alone)


def test_settings_out_of_range(play_baited):
    recording = play_baited(KnownWeights(), [0.2], 50, seed=6)
    with pytest.raises(AnalysisError, match=r"subject 'one' has 1 session, .* use split='halves'"):
        compute_choice_calibration(recording)
    assert compute_choice_calibration(recording, split="halves", n_lags=1)["n_trials"].sum() == 50
    with pytest.raises(AnalysisError, match="split: found 'odd', expected 'sessions' or 'halves'"):
        compute_choice_calibration(recording, split="odd")
    with pytest.raises(AnalysisError, match="n_bins: found 0, expected a whole number"):
        compute_choice_calibration(recording, n_bins=0)
