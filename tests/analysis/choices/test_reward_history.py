import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

from pfc_analysis.analysis.choices import reward_history
from pfc_analysis.analysis.choices.reward_history import build_reward_design, fit_reward_history
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, SeparationError
from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials


class KnownWeights:
    """Chooses by the regression's own model."""

    reward = np.array([1.2, 0.8, 0.5, 0.3])
    choice = np.array([-1.0, -0.3, 0.1, 0.2])
    bias = 0.2

    def begin(self, n_sessions):
        return {"reward": np.zeros((n_sessions, 4)), "choice": np.zeros((n_sessions, 4))}

    def choice_probability(self, state):
        odds = self.bias + state["reward"] @ self.reward + state["choice"] @ self.choice
        right = 1 / (1 + np.exp(-odds))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state, choice, reward):
        side = np.where(choice < 0, 0, 2 * choice - 1)
        for name, value in (("reward", side * reward), ("choice", side)):
            state[name][:, 1:] = state[name][:, :-1].copy()
            state[name][:, 0] = value


def left_probabilities(n):
    return np.linspace(0.02, 0.48, n)


def test_design_by_hand(make_recording):
    recording = make_recording(
        [1, 0, -1, 1, 0, 1],
        [0.5, 1, -1, 0, 1, 1],
        [1] * 6,
        session=[0, 0, 0, 0, 0, 1],
        automatic_reward=[0, 0, 0, 0, 1, 0],
    )
    arms = read_arm_trials(recording)
    expected = [
        [1, 0, 0, 0, 0],
        [1, 0.5, 0, 1, 0],
        [1, -1, 0.5, -1, 1],
        [1, 0, -1, 0, -1],  # the invalid trial is 0
        [1, 0, 0, 1, 0],
        [1, 0, 0, 0, 0],  # the next session starts anew
    ]
    np.testing.assert_array_equal(build_reward_design(arms, 2), expected)
    assert arms.counted.tolist() == [True, True, False, True, False, True]


def test_automatic_and_forced_trials_in_the_history(make_recording):
    flags = {"automatic_reward": [1, 0, 0, 0], "forced": [0, 1, 0, 0]}
    arms = read_arm_trials(make_recording([1, 0, 1, 1], [1] * 4, [1] * 4, **flags))
    kept = build_reward_design(arms, 1)
    assert kept[:, 1].tolist() == [0, 0, -1, 1]  # automatic water is no reward
    assert kept[:, 2].tolist() == [0, 1, -1, 1]
    dropped = build_reward_design(arms, 1, automatic_trials="drop")
    assert dropped[:, 2].tolist() == [0, 0, -1, 1]
    dropped = build_reward_design(arms, 1, forced_trials="drop")
    assert dropped[:, 1:].tolist() == [[0, 0], [0, 1], [0, 0], [1, 1]]


def test_same_as_statsmodels(play_baited):
    recording = play_baited(BaitingObserver(), left_probabilities(60), 60, seed=1, invalid=0.04)
    right, left = recording["choice"].values == 1, recording["choice"].values == 0
    reward, session = recording["reward"].values, recording["session"].values
    columns = [np.ones(right.size)]
    for series in (reward * right - reward * left, right.astype(float) - left):
        for lag in (1, 2, 3):
            shifted = np.append(np.zeros(lag), series[:-lag])
            same = np.append(np.full(lag, -1), session[:-lag]) == session
            columns.append(np.where(same, shifted, 0.0))
    valid = right | left
    design = np.stack(columns, axis=1)[valid]
    for covariance, settings in (
        ("nonrobust", {}),
        ("cluster", {"cov_kwds": {"groups": session[valid]}}),
    ):
        expected = sm.Logit(right[valid].astype(float), design).fit(
            disp=0, tol=1e-12, cov_type=covariance, **settings
        )
        found = fit_reward_history(recording, 3, 0.0, covariance=covariance).squeeze()
        for suffix, values in (("", expected.params), ("_standard_error", expected.bse)):
            settings_ = {"rtol": 1e-7, "atol": 1e-9}
            np.testing.assert_allclose(found[f"intercept{suffix}"], values[0], **settings_)
            np.testing.assert_allclose(found[f"reward_weight{suffix}"], values[1:4], **settings_)
            np.testing.assert_allclose(found[f"choice_weight{suffix}"], values[4:], **settings_)
        np.testing.assert_allclose(found["log_likelihood"], expected.llf, rtol=1e-12)
    assert found["n_trials"].item() == valid.sum()
    assert found["n_sessions"].item() == 60
    reach = fit_reward_history(recording, 3, 0.0).squeeze()
    z = (reach["reward_weight_upper"] - reach["reward_weight"]) / reach[
        "reward_weight_standard_error"
    ]
    np.testing.assert_allclose(z, 1.959963985, rtol=1e-8)


@pytest.mark.parametrize("covariance", ["nonrobust", "cluster"])
def test_known_weights_are_recovered(play_baited, covariance):
    recording = play_baited(KnownWeights(), left_probabilities(400), 100, seed=2, invalid=0.02)
    found = fit_reward_history(recording, 6, covariance=covariance).squeeze()
    z = []
    for kind in ("reward", "choice"):
        truth = np.append(getattr(KnownWeights, kind), [0.0, 0.0])
        weight, error = found[f"{kind}_weight"], found[f"{kind}_weight_standard_error"]
        z += ((weight - truth) / error).values.tolist()
        inside = (found[f"{kind}_weight_lower"] < truth) & (found[f"{kind}_weight_upper"] > truth)
        assert inside.sum() >= 5
        assert error.max() < 0.1
    z.append((found["intercept"].item() - 0.2) / found["intercept_standard_error"].item())
    assert np.abs(z).max() < 3.5
    assert 0.5 < np.std(z) < 1.6


class Exponential(KnownWeights):
    """Weights of reward fade by half every 1.5 trials."""

    reward = 1.5 * 2.0 ** (-np.arange(12) / 1.5)
    choice = np.append(-0.8, np.zeros(11))

    def begin(self, n_sessions):
        return {"reward": np.zeros((n_sessions, 12)), "choice": np.zeros((n_sessions, 12))}


def test_half_life_is_recovered(play_baited):
    recording = play_baited(Exponential(), left_probabilities(300), 100, seed=3)
    found = fit_reward_history(recording).squeeze()
    assert found["reward_half_life_lower"] < 1.5 < found["reward_half_life_upper"]
    assert found["reward_half_life_upper"] - found["reward_half_life_lower"] < 0.6


def test_switching_pays_where_arms_are_baited(play_baited):
    found = fit_reward_history(play_baited(BaitingObserver(), left_probabilities(300), 100, seed=4))
    assert found["lag"].values.tolist() == list(range(1, 16))
    assert found["reward_weight_lower"].sel(lag=1).item() > 0
    assert found["choice_weight_upper"].sel(lag=1).item() < 0
    assert np.isfinite(found["reward_weight_standard_error"]).all()


def test_trials_that_are_not_predicted(play_baited):
    recording = play_baited(KnownWeights(), left_probabilities(10), 50, seed=5)
    assert fit_reward_history(recording, 4)["n_trials"].item() == 500
    assert fit_reward_history(recording, 4, early_trials="drop")["n_trials"].item() == 460
    rng = np.random.default_rng(0)
    for name in ("forced", "stimulated", "invalid"):
        recording[name] = ("trial", (rng.random(500) < 0.1).astype(int))
    recording["automatic_reward"] = (("trial", "arm"), (rng.random((500, 2)) < 0.1).astype(int))
    automatic = recording["automatic_reward"].any("arm")
    counted = (recording["forced"] + recording["invalid"] == 0) & ~automatic
    found = fit_reward_history(recording, 4)
    assert found["n_trials"].item() == counted.sum()
    assert found.attrs["n_trials_automatic_reward"] == automatic.sum()
    found = fit_reward_history(recording, 4, leave_out=["stimulated"])
    assert found["n_trials"].item() == (counted & (recording["stimulated"] == 0)).sum()


def test_amounts_scale_the_weights(play_baited):
    recording = play_baited(KnownWeights(), left_probabilities(40), 50, seed=6)
    one = fit_reward_history(recording, 3, 0.0)
    half = fit_reward_history(recording.assign(reward=recording["reward"] / 2), 3, 0.0)
    np.testing.assert_allclose(half["reward_weight"], 2 * one["reward_weight"], rtol=1e-6)
    np.testing.assert_allclose(half["choice_weight"], one["choice_weight"], rtol=1e-6)


def test_separation_needs_the_ridge(make_recording):
    alternating = make_recording([0, 1] * 20, [0, 1, 1, 0] * 10, [1] * 40)
    with pytest.raises(SeparationError, match="subject 'one': no finite maximum-likelihood"):
        fit_reward_history(alternating, 1, 0.0, early_trials="drop")
    found = fit_reward_history(alternating, 1)
    assert found["choice_weight"].item() < -5
    with pytest.raises(SeparationError, match=r"all 3 response\(s\) are 1"):
        fit_reward_history(make_recording([1] * 3, [1] * 3, [1] * 3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_lags": 0}, "n_lags: found 0, expected a whole number of at least 1"),
        ({"ridge": -1.0}, "ridge: found -1.0, expected a finite number"),
        ({"early_trials": "pad"}, "early_trials: found 'pad', expected 'zero'"),
        ({"covariance": "white"}, "covariance: found 'white'"),
        ({"forced_trials": "no"}, "forced_trials: found 'no'"),
        ({"automatic_trials": "no"}, "automatic_trials: found 'no', expected 'history'"),
    ],
)
def test_settings_out_of_range(make_recording, settings, message):
    with pytest.raises(AnalysisError, match=message):
        fit_reward_history(make_recording([1, 0, 1], [1, 0, 1], [1] * 3), **settings)


def test_sessions_shorter_than_the_lags(make_recording):
    recording = make_recording([1, 0, 1], [1, 0, 1], [1] * 3)
    with pytest.raises(EmptySelectionError, match=r"no trial is left to predict from 15 lag\(s\)"):
        fit_reward_history(recording, early_trials="drop")


def test_subjects_in_turn_are_fitted_as_alone(play_baited):
    parts = [
        play_baited(BaitingObserver(), left_probabilities(20), 40, seed=seed, subject=name)
        for seed, name in ((1, "a"), (2, "b"))
    ]
    turns = [
        part.isel(trial=slice(start, start + 40)) for start in range(0, 800, 40) for part in parts
    ]
    both = fit_reward_history(xr.concat(turns, "trial"), 3)
    for part in parts:
        alone = fit_reward_history(part, 3)
        own = both.sel(subject=alone["subject"])
        for name in ("reward_weight", "choice_weight_upper", "log_likelihood", "n_trials"):
            np.testing.assert_allclose(own[name], alone[name], rtol=1e-10)


def test_the_design_of_one_subject_is_held_at_a_time(make_recording, monkeypatch):
    sizes = []

    def build(arms, *settings):
        sizes.append(arms.trials.choice.size)
        return build_reward_design(arms, *settings)

    monkeypatch.setattr(reward_history, "build_reward_design", build)
    choice = np.random.default_rng(0).integers(0, 2, 60)
    recording = make_recording(choice, choice, [1] * 60)
    names = np.repeat(["a", "b"], [20, 40])
    fit_reward_history(recording.assign_coords(subject=("trial", names)), 2)
    assert sizes == [20, 40]
