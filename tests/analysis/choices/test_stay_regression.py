import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from pfc_analysis.analysis.choices.stay_regression import compute_stay_regression
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, SeparationError
from pfc_analysis.learners import ModelBased, ModelFreeDirect


def _table(recording, n_trials):
    """The regression's variables, written as one would in pandas."""
    frame = recording[["choice", "reward", "common_transition", "better_state"]].to_dataframe()
    before = frame.groupby("session").shift(1)
    better = before["choice"] == before["better_state"]  # choice i commonly leads to state i
    table = pd.DataFrame(
        {
            "stay": (frame["choice"] == before["choice"]).astype(float),
            "outcome": before["reward"] - 0.5,
            "transition": before["common_transition"] - 0.5,
            "correct": better - 0.5,
            "session": frame["session"],
        }
    )
    table["both"] = 2 * table["outcome"] * table["transition"]
    return table[frame["trial_in_session"].to_numpy() > 0]


def test_same_as_statsmodels(play):
    recording = play(ModelBased(0.4, 3.0), 60, 80, seed=3)
    result = compute_stay_regression(recording)
    table = _table(recording, 80)
    expected = smf.logit("stay ~ outcome + transition + both + correct", table).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": table["session"]}
    )
    assert result["predictor"].values.tolist() == [
        "stay",
        "outcome",
        "transition",
        "transition_x_outcome",
        "correct",
    ]
    np.testing.assert_allclose(result["coefficient"].values[0], expected.params, rtol=1e-8)
    np.testing.assert_allclose(result["standard_error"].values[0], expected.bse, rtol=1e-8)
    np.testing.assert_allclose(result["log_likelihood"], expected.llf, rtol=1e-12)
    assert result["n_trials"].item() == len(table)


def test_learners_are_told_apart(play):
    planner = compute_stay_regression(play(ModelBased(0.5, 5.0), 300, 100, seed=4))
    assert planner["lower"].sel(predictor="transition_x_outcome").item() > 0.5
    repeater = compute_stay_regression(play(ModelFreeDirect(0.5, 3.0), 300, 100, seed=5))
    assert repeater["lower"].sel(predictor="outcome").item() > 0.5
    interaction = repeater.sel(predictor="transition_x_outcome", subject="one")
    # Without a plan there is no interaction, once having chosen well is accounted for.
    assert abs(interaction["coefficient"]) < 3.5 * interaction["standard_error"]


def test_correct_follows_the_subjects_own_map(play):
    recording = play(ModelBased(0.4, 3.0), 40, 60, seed=6)
    expected = compute_stay_regression(recording)
    mirrored = recording.copy()
    mirrored["second_state"] = 1 - recording["second_state"]
    mirrored["better_state"] = 1 - recording["better_state"]
    np.testing.assert_array_equal(compute_stay_regression(mirrored)["coefficient"],
                                  expected["coefficient"])  # fmt: skip


def test_without_the_control(play):
    recording = play(ModelBased(0.4, 3.0), 20, 60, seed=6).drop_vars("better_state")
    with pytest.raises(MissingVariableError, match=r"better_state: .* or use correct=False"):
        compute_stay_regression(recording)
    result = compute_stay_regression(recording, correct=False)
    assert "correct" not in result["predictor"].values


def test_one_session_gives_no_clustered_interval(play):
    result = compute_stay_regression(play(ModelBased(0.4, 2.0), 1, 400, seed=7))
    assert np.isnan(result["standard_error"]).all()
    assert result["n_sessions"].item() == 1
    hessian = compute_stay_regression(
        play(ModelBased(0.4, 2.0), 1, 400, seed=7), covariance="nonrobust"
    )
    assert (hessian["standard_error"] > 0).all()


def test_always_staying_has_no_estimate(make_recording):
    recording = make_recording([1] * 8, [0, 1] * 4, [1, 1, 0, 0] * 2)
    with pytest.raises(SeparationError, match=r"subject 'one': all 7 response\(s\) are 1"):
        compute_stay_regression(recording, correct=False)


def test_no_reward_ever_needs_a_ridge(make_recording):
    recording = make_recording([1, 1, 0, 0, 0, 1, 1, 0], [0] * 8, [1, 1, 0, 0] * 2)
    with pytest.raises(AnalysisError, match="predictors are collinear over 7 trials"):
        compute_stay_regression(recording, correct=False)
    result = compute_stay_regression(recording, correct=False, ridge=1.0, covariance="nonrobust")
    assert np.isfinite(result["coefficient"]).all()
    assert result["ridge"].item() == 1.0
