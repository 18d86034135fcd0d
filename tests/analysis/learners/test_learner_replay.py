import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.learners.learner_replay import run_learner
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.learners import (
    LatentState,
    MixtureOfAgents,
    ModelBased,
    ModelFreeChained,
    ModelFreeDirect,
    QLearning,
    RewardAsCue,
)
from pfc_analysis.learners.definition.learner_error import LearnerError

ALL = [
    ModelBased(0.4, 3.0),
    ModelFreeChained(0.4, 3.0),
    ModelFreeChained(0.4, 3.0, eligibility=0.7),
    ModelFreeDirect(0.4, 3.0),
    RewardAsCue(0.2, 3.0),
    LatentState(0.05, 4.0, 0.2),
    IdealObserver(),
]


@pytest.mark.parametrize("learner", ALL, ids=lambda learner: type(learner).__name__)
def test_a_learner_recognises_its_own_play(play, learner):
    recording = play(learner, 20, 40, seed=1)
    result = run_learner(learner, recording)
    # What the learner held while it played is what it holds along its own choices.
    np.testing.assert_allclose(result["choice_probability"], recording["chance"], rtol=1e-12)
    np.testing.assert_allclose(
        result["prediction_error"], recording["rpe"].sel(event=["second_state", "outcome"])
    )
    np.testing.assert_allclose(result["log_likelihood"], np.log(recording["chance"]).sum())
    assert result["n_trials"].item() == 800


def test_sessions_of_unequal_length_and_two_subjects(play):
    learner = ModelBased(0.4, 3.0)
    parts = [
        play(learner, 3, 20, seed=2, subject="a"),
        play(learner, 2, 35, seed=3, subject="b"),
        play(learner, 1, 1, seed=4, subject="c"),
    ]
    result = run_learner(learner, xr.concat(parts, "trial"))
    alone = [run_learner(learner, part) for part in parts]
    for name in ("choice_probability", "prediction_error", "action_value"):
        expected = np.concatenate([part[name].values for part in alone])
        np.testing.assert_array_equal(result[name].values, expected)
    np.testing.assert_allclose(
        result["log_likelihood"], [part["log_likelihood"].item() for part in alone]
    )
    assert result["subject_name"].values.tolist() == ["a", "b", "c"]
    assert result["n_trials"].values.tolist() == [60, 70, 1]


def test_every_session_begins_anew(play):
    recording = play(ModelFreeDirect(0.4, 3.0), 5, 10, seed=5)
    result = run_learner(ModelFreeDirect(0.4, 3.0), recording)
    first = recording["trial_in_session"].values == 0
    np.testing.assert_array_equal(result["probability"].values[first], 0.5)
    assert (result["probability"].values[~first] != 0.5).any()


def test_an_invalid_trial_in_the_middle_is_as_if_it_had_not_been(play):
    learner = ModelBased(0.4, 3.0)
    recording = play(learner, 1, 21, seed=6)
    broken = recording.copy(deep=True)
    broken["invalid"] = ("trial", (np.arange(21) == 10).astype(int))
    result = run_learner(learner, broken)
    without = run_learner(learner, recording.isel(trial=np.arange(21) != 10))
    assert np.isnan(result["choice_probability"].values[10])
    assert np.isnan(result["prediction_error"].values[10]).all()
    rest = np.delete(result["choice_probability"].values, 10)
    np.testing.assert_array_equal(rest, without["choice_probability"])
    np.testing.assert_allclose(result["log_likelihood"], without["log_likelihood"])
    assert result.attrs["n_trials_invalid"] == 1


def test_forced_trials_teach_but_do_not_count(play):
    learner = ModelBased(0.4, 3.0)
    recording = play(learner, 2, 20, seed=7)
    forced = np.random.default_rng(0).random(40) < 0.3
    recording["forced"] = ("trial", forced.astype(int))
    result = run_learner(learner, recording)
    np.testing.assert_allclose(result["choice_probability"], recording["chance"])
    np.testing.assert_allclose(
        result["log_likelihood"], np.log(recording["chance"].values[~forced]).sum()
    )
    assert result["n_trials"].item() == np.sum(~forced)


def test_mirrored_ports_make_no_difference(play):
    learner = LatentState(0.05, 4.0, 0.2)
    recording = play(learner, 5, 20, seed=8)
    mirrored = recording.copy()
    mirrored["second_state"] = 1 - recording["second_state"]
    xr.testing.assert_equal(run_learner(learner, mirrored), run_learner(learner, recording))


def test_a_map_that_changes_within_a_session(play):
    recording = play(ModelBased(), 3, 20, seed=9, subject="A")
    state = recording["second_state"].values.copy()
    state[30:40] = 1 - state[30:40]
    recording["second_state"] = ("trial", state)
    with pytest.raises(
        AnalysisError, match="in subject 'A', in the session that begins at trial 2"
    ):
        run_learner(ModelBased(), recording)


def test_impossible_choices_have_no_likelihood(play):
    result = run_learner(IdealObserver(), play(ModelFreeDirect(0.3, 1.0), 5, 40, seed=10))
    # The observer's probability of a worse choice is below 1e-290; logarithms stay finite.
    assert -np.inf < result["log_likelihood"].item() < np.log(1e-290)


def test_learners_without_values_or_errors(play):
    recording = play(ModelBased(), 2, 20, seed=11)
    result = run_learner(MixtureOfAgents(), recording)
    assert "choice_probability" in result
    assert not {"action_value", "prediction_error"} & set(result)


def test_learners_of_other_tasks():
    with pytest.raises(LearnerError, match=r"learner QLearning suits bandit, .*, not two_step"):
        run_learner(QLearning(), xr.Dataset())


@pytest.mark.parametrize("name", ["second_state", "common_transition", "reward"])
def test_missing_variables(play, name):
    with pytest.raises(MissingVariableError, match=f"^{name}: the recording has no such variable"):
        run_learner(ModelBased(), play(ModelBased(), 1, 5).drop_vars(name))


def test_one_trial(make_recording):
    result = run_learner(ModelBased(), make_recording([1], [1], [1]))
    assert result["choice_probability"].item() == 0.5
    np.testing.assert_array_equal(result["prediction_error"], [[0.0, 0.5]])
