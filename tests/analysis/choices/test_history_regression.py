import numpy as np
import pytest
import statsmodels.api as sm

from pfc_analysis.analysis.choices.history_regression import (
    build_history_design,
    fit_choice_history,
)
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
    SeparationError,
)
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.trials.choice_trials import (
    classify_trials,
    read_common_transition,
    read_trials,
)
from pfc_analysis.learners import ModelBased, ModelFreeDirect, RewardAsCue

CR, CU, UR, UU = range(4)


def _design(recording, n_lags):
    trials = read_trials(recording)
    return build_history_design(
        trials, classify_trials(trials, read_common_transition(recording)), n_lags
    )


def test_design_by_hand(make_recording):
    recording = make_recording([1, 0, -1, 1, 0], [1, 0, 0, 1, 1], [1, 0, -1, 1, 1],
                               session=[0, 0, 0, 0, 1])  # fmt: skip
    expected = np.zeros((5, 2, 4))
    expected[1, 0, CR] = 1  # right, common rewarded, one trial before
    expected[2, 0, UU] = -1  # left, uncommon unrewarded, one trial before
    expected[2, 1, CR] = 1
    expected[3, 1, UU] = -1  # the invalid trial between is 0 at lag 1
    design = _design(recording, 2)
    np.testing.assert_array_equal(design[:, 0], 1)
    np.testing.assert_array_equal(design[:, 1:].reshape(5, 2, 4), expected)


def test_same_as_statsmodels(play):
    recording = play(ModelBased(0.4, 3.0), 40, 80, seed=1)
    design = _design(recording, 5)
    choice = recording["choice"].values
    for covariance, settings in (
        ("nonrobust", {}),
        ("cluster", {"cov_kwds": {"groups": recording["session"].values}}),
    ):
        expected = sm.Logit(choice, design).fit(disp=0, tol=1e-12, cov_type=covariance, **settings)
        result = fit_choice_history(recording, covariance=covariance).sel(subject="one")
        np.testing.assert_allclose(result["coefficient"].values.ravel(), expected.params[1:],
                                   rtol=1e-8, atol=1e-10)  # fmt: skip
        np.testing.assert_allclose(
            result["standard_error"].values.ravel(), expected.bse[1:], rtol=1e-8
        )
        np.testing.assert_allclose(result["intercept"], expected.params[0], rtol=1e-8)
        np.testing.assert_allclose(result["intercept_standard_error"], expected.bse[0], rtol=1e-8)
        np.testing.assert_allclose(result["log_likelihood"], expected.llf, rtol=1e-12)
        weights = np.append(0.0, np.tile([1.0, -1.0, -1.0, 1.0], 5))
        test = expected.t_test(weights)
        np.testing.assert_allclose(result["planning_index"], test.effect[0], rtol=1e-8)
        np.testing.assert_allclose(
            result["planning_index_standard_error"], test.sd.item(), rtol=1e-8
        )


def test_interval_uses_the_normal_quantile(play):
    result = fit_choice_history(play(ModelBased(0.4, 3.0), 20, 80, seed=1), n_lags=2)
    reach = (result["upper"] - result["coefficient"]) / result["standard_error"]
    np.testing.assert_allclose(reach, 1.959963985, rtol=1e-8)
    np.testing.assert_allclose(
        result["coefficient"] - result["lower"], result["upper"] - result["coefficient"]
    )


def test_indices_are_sums_of_coefficients(play):
    result = fit_choice_history(play(ModelBased(0.4, 3.0), 20, 80, seed=2), n_lags=3)
    total = result["coefficient"].sum("lag").values[0]
    np.testing.assert_allclose(
        result["planning_index"], total[CR] - total[CU] - total[UR] + total[UU]
    )
    np.testing.assert_allclose(
        result["model_free_index"], total[CR] - total[CU] + total[UR] - total[UU]
    )
    np.testing.assert_allclose(result["perseveration_index"], total.sum())


class KnownHistory:
    """Chooses by the regression's own model, with weights on lags 1 and 2."""

    weights = np.array([[1.2, -0.4, -0.6, 0.8], [0.5, 0.0, -0.3, 0.4]])
    bias = 0.25

    def begin(self, n_sessions):
        return {"past": np.zeros((n_sessions, 2, 4))}

    def choice_probability(self, state):
        odds = self.bias + np.sum(state["past"] * self.weights, axis=(1, 2))
        right = 1 / (1 + np.exp(-odds))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state, choice, second_state, reward):
        past = state["past"]
        past[:, 1] = past[:, 0]
        past[:, 0] = 0
        kind = 2 * (choice != second_state) + (reward == 0)
        past[np.arange(choice.size), 0, kind] = 2 * choice - 1
        none = np.zeros(choice.size)
        return {"second_state": none, "outcome": none}


def test_known_weights_are_recovered(play):
    result = fit_choice_history(play(KnownHistory(), 300, 100, seed=5), n_lags=3)
    truth = np.concatenate([KnownHistory.weights, np.zeros((1, 4))])
    z = (result["coefficient"].values[0] - truth) / result["standard_error"].values[0]
    assert np.abs(z).max() < 3.5
    assert 0.4 < np.std(z) < 1.7
    assert result["standard_error"].max() < 0.1
    assert abs(result["intercept"].item() - 0.25) < 3.5 * result["intercept_standard_error"].item()


def test_early_trials(play):
    recording = play(ModelBased(0.4, 3.0), 10, 50, seed=3)
    assert fit_choice_history(recording)["n_trials"].item() == 500
    dropped = fit_choice_history(recording, early_trials="drop")
    assert dropped["n_trials"].item() == 10 * 45
    late = recording["trial_in_session"].values >= 5
    expected = sm.Logit(recording["choice"].values[late], _design(recording, 5)[late]).fit(disp=0)
    np.testing.assert_allclose(
        dropped["coefficient"].values.ravel(), expected.params[1:], rtol=1e-6, atol=1e-8
    )


def test_a_session_starts_where_its_record_starts(play):
    recording = play(ModelBased(0.4, 3.0), 10, 50, seed=3)
    late = recording.isel(trial=recording["trial_in_session"].values >= 10)
    dropped = fit_choice_history(late, n_lags=3, early_trials="drop")
    assert dropped["n_trials"].item() == 10 * 37


def test_forced_and_invalid_trials_are_not_predicted(play):
    recording = play(ModelBased(0.4, 3.0), 10, 50, seed=3)
    rng = np.random.default_rng(0)
    forced, invalid = rng.random((2, 500)) < [[0.2], [0.05]]
    recording["forced"] = ("trial", forced.astype(int))
    recording["invalid"] = ("trial", invalid.astype(int))
    result = fit_choice_history(recording, n_lags=2)
    assert result["n_trials"].item() == np.sum(~forced & ~invalid)
    assert result.attrs["n_trials_forced"] == np.sum(forced & ~invalid)
    assert result.attrs["n_trials_invalid"] == np.sum(invalid)
    dropped = fit_choice_history(recording, n_lags=2, forced_trials="drop")
    assert dropped["n_trials"].item() == result["n_trials"].item()
    assert not np.allclose(dropped["coefficient"], result["coefficient"], atol=1e-3)


def test_planner_and_repeater_have_their_signatures(play):
    planner = fit_choice_history(play(ModelBased(0.5, 5.0), 1200, 100, seed=6))
    # An independent simulation of the same learner, lags 1 to 3.
    expected = [[0.87, -0.53, -0.75, 0.89], [0.65, -0.34, -0.54, 0.76], [0.52, -0.19, -0.43, 0.57]]
    np.testing.assert_allclose(planner["coefficient"].values[0, :3], expected, atol=0.11)
    assert planner["planning_index_lower"].item() > 5
    repeater = fit_choice_history(play(ModelFreeDirect(0.5, 5.0), 300, 100, seed=7))
    assert repeater["model_free_index_lower"].item() > 5
    z = repeater["planning_index"] / repeater["planning_index_standard_error"]
    assert repeater["planning_index"].item() < 0.1 * repeater["model_free_index"].item()
    assert np.isfinite(z).all()


def test_reward_as_cue_loads_on_the_last_trial_alone(play):
    recording = play(RewardAsCue(0.01, 4.46), 10, 8000, seed=8)
    recording = recording.isel(trial=recording["trial_in_session"].values > 2000)
    size = np.abs(fit_choice_history(recording)["coefficient"].values[0]).max(axis=1)
    assert size[0] > 0.5
    assert size[1:].max() < 0.2 * size[0]
    planner = fit_choice_history(play(ModelBased(0.5, 5.0), 300, 100, seed=6))
    assert np.abs(planner["coefficient"].values[0, 1]).max() > 0.5


def test_deterministic_choices_need_a_ridge(play):
    recording = play(IdealObserver(), 30, 100, seed=9)
    short = recording.isel(trial=slice(0, 300))
    with pytest.raises(
        SeparationError, match=r"subject 'one': no finite maximum-likelihood .* and \d+ more\)"
    ):
        fit_choice_history(short)
    result = fit_choice_history(short, ridge=1.0)
    assert result["ridge"].item() == 1.0
    assert np.isfinite(result["standard_error"]).all()
    assert result["planning_index"].item() > 0


def test_edge_cases(make_recording):
    with pytest.raises(SeparationError, match=r"subject 'one': all 1 response\(s\) are 0"):
        fit_choice_history(make_recording([0], [1], [1]))
    with pytest.raises(SeparationError, match=r"all 5 response\(s\) are 1"):
        fit_choice_history(make_recording([1] * 5, [1] * 5, [1] * 5), ridge=1.0)
    with pytest.raises(EmptySelectionError, match=r"no trial is left to predict from 3 lag\(s\)"):
        fit_choice_history(make_recording([1, 0], [1, 0], [1, 1]), 3, early_trials="drop")
    never = make_recording([1, 0, 0, 1, 1, 0, 1, 0], [0] * 8, [1, 0, 1, 1, 0, 0, 1, 1])
    with pytest.raises(AnalysisError, match="zero in all 8 trials: 'common_rewarded at lag 1'"):
        fit_choice_history(never, 1)
    coefficient = fit_choice_history(never, 1, ridge=1.0)["coefficient"]
    assert coefficient.sel(trial_type="common_rewarded").item() == 0.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_lags": 0}, "n_lags: found 0, expected a whole number of at least 1"),
        ({"n_lags": 1.5}, "n_lags: found 1.5"),
        ({"ridge": -1.0}, "ridge: found -1.0, expected a finite number of at least 0"),
        ({"early_trials": "pad"}, "early_trials: found 'pad', expected 'zero'"),
        ({"covariance": "white"}, "covariance: found 'white'"),
        ({"forced_trials": "no"}, "forced_trials: found 'no'"),
    ],
)
def test_settings_out_of_range(make_recording, settings, message):
    recording = make_recording([1, 0, 1], [1, 0, 1], [1, 1, 0])
    with pytest.raises(AnalysisError, match=message):
        fit_choice_history(recording, **settings)


def test_missing_transition(make_recording):
    recording = make_recording([0, 1], [1, 1], [1, 1]).drop_vars("common_transition")
    with pytest.raises(MissingVariableError, match="common_transition: the recording has no such"):
        fit_choice_history(recording)
