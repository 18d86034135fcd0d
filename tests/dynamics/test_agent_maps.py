"""Maps of shipped agents, against what their networks did in recordings."""

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError


def record_one(experiment, sessions=2, **settings):
    played = pfc.record(experiment, sessions=sessions, **settings)
    return played.isel(trial=(played["subject"] == "seed_2").values)


def states_of(recording):
    first = [recording[name].values[:, 0] for name in ("hidden", "cell")]
    return np.concatenate(first, axis=1)


# Tasks of one step and of several, with graded cues and without, of one LSTM and of two.
AGENTS = ("two_step", "two_step_rpe_input", "volatility", "bandit_correlated", "inferred_value",
          "risky_choice", "serial_reversal")  # fmt: skip


@pytest.mark.parametrize("experiment", AGENTS)
def test_each_trial_moves_the_state_as_the_network_did(experiment):
    recording = record_one(experiment, 1)
    kinds = ("choice", "reward") if "reward" in recording else None
    maps = pfc.state_maps(experiment, recording, kinds=kinds)
    states = maps.trials["state"].values
    assert np.array_equal(states, states_of(recording))
    follows = np.flatnonzero(np.diff(recording["session"].values) == 0)
    sequence = maps.trials["sequence"].values
    for t in follows[::7]:
        after = maps.events["seed_2"][sequence[t]].trial.move(states[t : t + 1])
        assert after[0] == pytest.approx(states[t + 1], abs=2e-4), t


def test_the_choice_is_read_where_it_is_made():
    recording = record_one("two_step")
    maps = pfc.state_maps("two_step", recording)
    stage = recording["hidden"].sel(step="stage_1").values.astype(float)
    states, sequence = maps.trials["state"].values, maps.trials["sequence"].values
    for t in np.flatnonzero(recording["choice"].values >= 0)[:40:5]:
        one = maps.events["seed_2"][sequence[t]]
        assert one.to_choice.move(states[t : t + 1])[0, :48] == pytest.approx(stage[t], abs=1e-5)


def test_a_reward_makes_the_same_choice_likelier_after_a_common_transition():
    recording = record_one("two_step")
    maps = pfc.state_maps("two_step", recording, kinds=("common_transition",))
    response = pfc.analysis.compute_outcome_response(maps, n_lags=3)["response"]
    uncommon, common = response.isel(subject=0, lag=0).values
    assert uncommon < 0 < common


def test_kinds_are_named_by_labels_and_stand_for_most_trials():
    recording = record_one("two_step")
    maps = pfc.state_maps("two_step", recording)
    assert len(maps.kinds) == 8
    assert maps.kinds[0] == "choice left, second_state left, reward 0"
    kind = maps.trials["kind"].values
    one = (recording["choice"] == 1) & (recording["second_state"] == 0) & (recording["reward"] == 1)
    assert set(kind[one.values]) == {maps.kinds.index("choice right, second_state left, reward 1")}
    assert (kind[recording["choice"].values < 0] == -1).all()
    rows = np.flatnonzero(kind == 3)
    states = maps.trials["state"].values[rows]
    exact = [
        maps.events["seed_2"][k].trial.move(state[None])[0]
        for k, state in zip(maps.trials["sequence"].values[rows], states, strict=True)
    ]
    typical = maps.maps["seed_2"][maps.kinds[3]].move(states)
    assert (np.abs(typical - exact).max(axis=1) < 1e-12).mean() > 0.5


def test_an_input_that_is_held_is_one_step():
    recording = record_one("two_step")
    maps = pfc.state_maps("two_step", recording, held="stage_1")
    assert maps.kinds == ["stage_1, after centre, reward 0"]
    once = maps.maps["seed_2"][maps.kinds[0]].move(maps.trials["state"].values)
    stage = recording.sel(step="stage_1")["hidden"].values
    reached = recording["observation"].sel(step="stage_1").values == 1
    assert once[reached, :48] == pytest.approx(stage[reached], abs=1e-5)
    outcome = pfc.state_maps("two_step", recording, held="fixation")
    assert "fixation, after left, reward 1" in outcome.kinds


def test_untrained_networks_live_through_the_same_trials():
    recording = record_one("two_step")
    trained, untrained = (
        pfc.state_maps("two_step", recording, untrained=flag) for flag in (False, True)
    )
    assert np.array_equal(trained.trials["choice"], untrained.trials["choice"])
    assert not np.allclose(trained.trials["state"], untrained.trials["state"], atol=0.1)
    one = pfc.analysis.compute_time_constants(trained, "better_state", n_states=20)
    other = pfc.analysis.compute_time_constants(untrained, "better_state", n_states=20)
    assert (one["decay_rate"] < other["decay_rate"]).sel(mode=1).all()


def test_agents_in_the_place_of_a_learner():
    learner = pfc.learners.QLearning()
    from pfc_analysis.tasks.volatility import VolatileBandit

    task = VolatileBandit(schedule="stable_first", trials=40)
    animal = pfc.simulate(learner, task, sessions=2, seed=1, subject="learner")
    with pytest.raises(AnalysisError, match="subject: found 'learner', which is no replica"):
        pfc.state_maps("volatility", animal)
    lived = pfc.replay("volatility", animal)
    maps = pfc.state_maps("volatility", lived)
    assert maps.subjects == [f"seed_{k}" for k in range(1, 9)]
    assert np.array_equal(maps.trials["state"].values, states_of(lived))


def test_subjects_in_any_order_keep_their_states():
    recording = pfc.record("two_step", sessions=1)
    subject = recording["subject"].values
    order = np.concatenate([np.flatnonzero(subject == f"seed_{k}") for k in (3, 1)])
    mixed = recording.isel(trial=order)
    maps = pfc.state_maps("two_step", mixed)
    assert maps.subjects == ["seed_3", "seed_1"]
    assert np.array_equal(maps.trials["state"].values, states_of(mixed))


def test_wrong_names_are_answered():
    recording = record_one("two_step", 1)
    with pytest.raises(AnalysisError, match=r"held: found 'stage' \(did you mean 'stage_1'\?\)"):
        pfc.state_maps("two_step", recording, held="stage")
    with pytest.raises(AnalysisError, match=r"kinds: found \['rewrd'\] \(did you mean 'reward'"):
        pfc.state_maps("two_step", recording, kinds=("rewrd",))
    many = recording.assign(number=("trial", np.arange(100), {"long_name": "a number"}))
    with pytest.raises(AnalysisError, match="number: found 100 different values, expected 1 to 64"):
        pfc.state_maps("two_step", many, kinds=("number",))


def test_recordings_without_units_give_the_same_maps():
    with_units, without = (record_one("two_step", 1, units=flag) for flag in (True, False))
    one, other = (pfc.state_maps("two_step", each) for each in (with_units, without))
    xr.testing.assert_identical(one.trials["state"].variable, other.trials["state"].variable)
