"""Features of trials, learners and networks: against values worked out by hand or by a loop."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sklearn.decomposition import PCA

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.features.feature_set import (
    FeatureSet,
    join_features,
    select_features,
)
from pfc_analysis.analysis.neurons.features.learner_features import build_learner_features
from pfc_analysis.analysis.neurons.features.replay_features import build_replay_features
from pfc_analysis.analysis.neurons.features.state_features import build_state_features
from pfc_analysis.analysis.neurons.features.trial_features import (
    build_event_features,
    build_lag_features,
)


@pytest.fixture
def recording():
    """Two sessions of four trials; the second trial of the first was missed."""
    coords = {
        "subject": ("trial", ["m"] * 8),
        "session": ("trial", [0] * 4 + [1] * 4),
        "trial_in_session": ("trial", [0, 1, 2, 3] * 2),
    }
    return xr.Dataset(
        {
            "choice": ("trial", np.array([0, -1, 1, 1, 0, 1, 0, 1])),
            "reward": ("trial", np.array([1.0, 0, 0, 1, 1, 0, 0, 0])),
            "picture": ("trial", np.array([0, -1, 1, 2, 0, 1, 2, 2])),
        },
        coords=coords,
    )


def test_events_of_the_last_trial(recording):
    found = build_event_features(recording, products=1)
    assert found.features == ("last choice", "last reward")
    valid = np.array([1, 0, 1, 1, 1, 1, 1, 1], bool)
    choice = np.where(valid, recording["choice"].values, np.nan)
    scaled = np.nan_to_num((choice - np.nanmean(choice)) / np.nanstd(choice))
    # The first trial of a session has none before it.
    expected = np.array([0, *scaled[:3], 0, *scaled[4:7]])
    np.testing.assert_allclose(found.values[0, :, 0], expected)
    assert expected[2] == 0  # after the trial that was missed


def test_after_the_outcome_this_trials_events_come_first(recording):
    found = build_event_features(recording, "after_outcome")
    assert found.features[:3] == ("choice", "reward", "choice x reward")
    assert found.features[3:] == ("last choice", "last reward", "last choice x reward")
    product = found.values[0, :, 0] * found.values[0, :, 1]
    np.testing.assert_allclose(found.values[0, :, 2], product)


def test_products_of_three_variables_tell_all_combinations(recording):
    data = recording.assign(side=("trial", np.array([1, -1, 1, 0, 0, 1, 1, 0])))
    names = ["choice", "reward", "side"]
    found = build_event_features(data, "after_outcome", variables=names, products=3)
    this = found.values[0][:, :7]
    assert found.features[6] == "choice x reward x side"
    np.testing.assert_allclose(this[:, 6], this[:, 0] * this[:, 1] * this[:, 2])


def test_codes_of_three_values_have_a_feature_for_each_but_the_first(recording):
    found = build_event_features(recording, "after_outcome", variables=["picture"], products=1)
    assert found.features == ("picture 1", "picture 2", "last picture 1", "last picture 2")
    is_one = np.array([0, np.nan, 1, 0, 0, 1, 0, 0])
    expected = np.nan_to_num((is_one - np.nanmean(is_one)) / np.nanstd(is_one))
    np.testing.assert_allclose(found.values[0, :, 0], expected)


def test_lags_are_events_shifted_within_the_session(recording):
    found = build_lag_features(recording, 3)
    events = build_event_features(recording, "after_outcome").values[0]
    assert found.n_features == 9
    for lag in (1, 2, 3):
        column = found.features.index(f"reward, {lag} back")
        expected = np.zeros(8)
        for start in (0, 4):
            expected[start + lag : start + 4] = events[start : start + 4 - lag, 1]
        np.testing.assert_allclose(found.values[0, :, column], expected)
    assert build_lag_features(recording, 3, "after_outcome").features[0] == "choice, 0 back"


def test_values_and_errors_of_a_learner_are_those_of_a_loop(recording):
    learner = pfc.learners.QLearning(alpha=0.4)
    found = build_learner_features(learner, recording, "after_outcome")
    assert found.features == ("value_0", "value_1", "error", "last error")
    rows = []
    for i, (choice, reward) in enumerate(
        zip(recording["choice"].values, recording["reward"].values, strict=True)
    ):
        if i in (0, 4):
            value, last = np.zeros(2), 0.0
        error = reward - value[choice] if choice >= 0 else 0.0
        rows.append([*value, error, last])
        last = error
        if choice >= 0:
            value = value.copy()
            value[choice] += 0.4 * error
    np.testing.assert_allclose(found.values[0], rows)


def test_a_learner_of_other_options_that_begins_anew(recording):
    block = ("trial", np.array([0, 0, 1, 1, 1, 1, 1, 1]))
    data = recording.assign(block=block)
    learner = pfc.learners.QLearning(alpha=0.5)
    found = build_learner_features(learner, data, choice="picture", session="block")
    assert found.features == ("value_0", "value_1", "value_2", "last error")
    assert (found.values[0, [0, 2, 4], :3] == 0).all()  # a block or a session begins
    np.testing.assert_allclose(found.values[0, 3, :3], [0, 0, 0])  # picture 1 paid nothing
    np.testing.assert_allclose(found.values[0, 5, :3], [0.5, 0, 0])
    with pytest.raises(AnalysisError, match="reward: found values of type float64, expected whole"):
        build_learner_features(learner, data, choice="reward")


def test_a_learner_of_the_two_step_task_is_run_as_elsewhere():
    played = pfc.record("two_step", sessions=2, units=False)
    one = played.isel(trial=played["subject"].values == "seed_1")
    learner = pfc.learners.ModelBased()
    found = build_learner_features(learner, one, "after_outcome")
    expected = pfc.analysis.run_learner(learner, one)
    np.testing.assert_allclose(found.values[0, :, :2], expected["action_value"])
    np.testing.assert_allclose(found.values[0, :, 2:4], expected["prediction_error"])
    assert found.features[4:] == ("last error_second_state", "last error_outcome")
    np.testing.assert_allclose(found.values[0, 1:100, 5], found.values[0, :99, 3])
    assert found.values[0, 100, 5] == 0


@pytest.fixture(scope="module")
def agents():
    return pfc.record("two_step", sessions=2)


@pytest.fixture(scope="module")
def lived(agents):
    """Two replicas that live through the trials of one animal, in another order, but one trial."""
    two = agents.isel(trial=np.isin(agents["subject"].values, ["seed_1", "seed_2"]))
    rows = np.delete(np.arange(400), 7)[::-1]
    named = {
        f"replayed_{name}": ("trial", values[rows])
        for name, values in (
            ("subject", np.array(["animal"] * 400)),
            ("session", two["session"].values),
            ("trial_in_session", two["trial_in_session"].values),
        )
    }
    return two.isel(trial=rows).assign_coords(named)


@pytest.fixture(scope="module")
def animal(agents):
    one = agents.isel(trial=agents["subject"].values == "seed_3").drop_vars("hidden")
    return one.assign_coords(subject=("trial", ["animal"] * 200))


def test_states_are_principal_components_on_the_animals_trials(lived, animal, agents):
    found = build_state_features(lived, animal, 4, step="fixation")
    assert found.replicas == ("seed_2", "seed_1")
    states = agents["hidden"].sel(step="fixation").values[:200]
    expected = PCA(4).fit_transform(np.delete(states, 7, axis=0).astype(np.float64))
    own = found.values[found.replicas.index("seed_1")]
    assert np.isnan(own[7]).all()
    own = np.delete(own, 7, axis=0)
    np.testing.assert_allclose(np.abs(own), np.abs(expected), atol=1e-6)


def test_states_after_an_event_are_those_of_the_next_trial(agents):
    one = agents.isel(trial=agents["subject"].values == "seed_1")
    after = build_state_features(one, one, 3, event="outcome").values[0]
    assert np.isnan(after[[99, 199]]).all()
    states = one["hidden"].sel(step="fixation").values.astype(np.float64)
    following = np.delete(np.arange(1, 200), 99)  # trial 100 begins the second session
    expected = PCA(3).fit_transform(states[following])
    np.testing.assert_allclose(np.abs(np.delete(after, [99, 199], 0)), np.abs(expected), atol=1e-5)


def test_errors_of_agents_lie_on_the_animals_trials(lived, animal, agents):
    found = build_replay_features(lived, animal, {"rpe": "outcome", "reward": None}, name="rpe")
    assert found.features == ("rpe at outcome", "reward")
    expected = agents["rpe"].sel(event="outcome").values[200:400]
    np.testing.assert_array_equal(found.values[found.replicas.index("seed_2"), :, 0], expected)
    assert np.isnan(found.values[found.replicas.index("seed_1"), 7]).all()
    with pytest.raises(AnalysisError, match="rpe: found no event 'end', expected one of 'stage_1'"):
        build_replay_features(lived, animal, {"rpe": "end"})
    with pytest.raises(AnalysisError, match="rpe: found dimensions 'trial', 'event' and None"):
        build_replay_features(lived, animal, {"rpe": None})


def test_states_that_cannot_be_laid_on_trials_are_refused(lived, animal):
    with pytest.raises(AnalysisError, match="n_components: found 49 for 48 units of 'seed_2'"):
        build_state_features(lived, animal, 49, step="fixation")
    with pytest.raises(AnalysisError, match="step: found none, expected one of 'fixation'"):
        build_state_features(lived, animal, 4)
    with pytest.raises(AnalysisError, match="step, event: found 'fixation' and 'outcome'"):
        build_state_features(lived, animal, 4, step="fixation", event="outcome")
    other = animal.assign_coords(subject=("trial", ["other"] * 200))
    with pytest.raises(AnalysisError, match="replay: found no trial of the recording among those"):
        build_state_features(lived, other, 4, step="fixation")
    twice = animal.assign_coords(session=("trial", np.zeros(200, int)))
    with pytest.raises(AnalysisError, match="found 200 trials, of which 100 differ in 'subject'"):
        build_state_features(lived, twice, 4, step="fixation")
    with pytest.raises(MissingVariableError, match="hidden: found no such variable"):
        build_state_features(lived.drop_vars("hidden"), animal, 4, step="fixation")


def test_sets_are_joined_with_replicas(recording):
    many = FeatureSet("a", np.arange(16.0).reshape(2, 8, 1), ("x",), ("s1", "s2"))
    one = select_features(recording, ["reward"], "b")
    joined = join_features("both", one, many)
    assert joined.replicas == ("s1", "s2")
    assert joined.features == ("b: reward", "a: x")
    np.testing.assert_array_equal(joined.values[1, :, 1], np.arange(8.0, 16))
    np.testing.assert_array_equal(joined.values[0, :, 0], recording["reward"])
    assert many.select_replicas(["s2"]).values[0, 0, 0] == 8


def test_variables_on_two_dimensions_become_several_features(recording):
    data = recording.assign(value=(("arm", "trial"), np.arange(16.0).reshape(2, 8)))
    found = select_features(data.assign_coords(arm=["left", "right"]), ["value"], "values")
    assert found.features == ("value_left", "value_right")
    np.testing.assert_array_equal(found.values[0, :, 1], np.arange(8.0, 16))


def test_what_is_no_feature_is_refused(recording):
    with pytest.raises(MissingVariableError, match="belief: found no such variable"):
        select_features(recording, ["belief"], "observer")
    with pytest.raises(AnalysisError, match="subject: found <U1 on 'trial', expected numbers"):
        select_features(recording, ["subject"], "who")
    with pytest.raises(AnalysisError, match=r"products: found 0, expected a whole number from 1"):
        build_event_features(recording, products=0)
    with pytest.raises(AnalysisError, match="n_lags: found 0"):
        build_lag_features(recording, 0)
    with pytest.raises(AnalysisError, match="moment: found 'late', expected 'before_choice'"):
        build_event_features(recording, "late")
    with pytest.raises(AnalysisError, match=r"values of 'a': found shape \(1, 8, 1\), expected 1"):
        FeatureSet("a", np.zeros((1, 8, 1)), ("x", "y"))
    with pytest.raises(AnalysisError, match="values of 'a': found infinite ones"):
        FeatureSet("a", np.full((1, 8, 1), np.inf), ("x",))
    with pytest.raises(AnalysisError, match="replicas of 'a': found no 's9', expected some of"):
        FeatureSet("a", np.zeros((1, 8, 1)), ("x",)).select_replicas(["s9"])
    short = FeatureSet("b", np.zeros((1, 7, 1)), ("x",))
    with pytest.raises(AnalysisError, match=r"found numbers of trials {'a': 8, 'b': 7}"):
        join_features("both", FeatureSet("a", np.zeros((1, 8, 1)), ("x",)), short)


def test_features_are_selected_by_name(recording):
    lags = build_lag_features(recording, n_lags=2)
    one = lags.select_features(["reward, 2 back", "choice, 1 back"])
    assert one.features == ("reward, 2 back", "choice, 1 back")
    at = [lags.features.index(name) for name in one.features]
    assert np.array_equal(one.values, lags.values[:, :, at], equal_nan=True)
    with pytest.raises(AnalysisError, match=r"features of 'lags': found no 'value', expected some"):
        lags.select_features(["value"])
    assert repr(one).startswith("<FeatureSet 'lags': ")
    assert "2 features ('reward, 2 back', 'choice, 1 back')>" in repr(one)
    with pytest.raises(
        AnalysisError, match=r"found the text 'value', expected a list: \['value'\]"
    ):
        lags.select_features("value")
    with pytest.raises(AnalysisError, match="features of 'lags': found none named, expected some"):
        lags.select_features([])
    with pytest.raises(AnalysisError, match="values of 'x': found list, expected a numpy array"):
        FeatureSet("x", [[1.0, 2.0]], ("a",))
