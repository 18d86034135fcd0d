"""Numbers of Figure H1: stages of training, overtrained habits, and the probe of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pfc_analysis.analysis as an
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.reproduction.agents.habit_agents import (
    WITHOUT_REVERSALS,
    HabitAgents,
    find_old_side,
)
from pfc_analysis.reproduction.tables import habit_numbers as tables

NAMES = ("seed_1", "seed_2")


@pytest.fixture(scope="module")
def agents():
    ours = HabitAgents(agent_folder("two_step_habit", None))
    ours.trained = {name: ours.trained[name] for name in NAMES}
    return ours


@pytest.fixture(scope="module")
def overtrained(agents):
    return agents.overtrain(agents.trained, (0, 3), seed=2)


def test_recordings_are_those_of_record(agents):
    mine = agents.record(agents.trained, 3, 7)
    theirs = record("two_step_habit", sessions=3, seed=7, units=False)
    theirs = theirs.isel(trial=np.isin(theirs["subject"].values, NAMES))
    for name in ("choice", "reward", "habit_preference"):
        assert np.array_equal(mine[name].values, theirs[name].values, equal_nan=True), name


def test_training_up_to_a_stage_changes_weights_and_habit_together(agents):
    stages = agents.train_to((1, 2))
    assert list(stages) == [1, 2, agents.recipe.optimisation.updates]
    one, two = (stages[n]["seed_1"] for n in (1, 2))
    for name in ("habit", "recurrent_weight"):
        assert not np.array_equal(one[name], two[name])
    # invalid responses cost reward: the habit's first values at fixation are those of the others
    assert one["habit"][0, 0] > one["habit"][0, 1:].max()


def test_overtraining_teaches_the_habit_the_old_side_and_changes_nothing_else(agents, overtrained):
    for name in NAMES:
        before, after = overtrained[0][name], overtrained[3][name]
        for key, weight in before.items():
            assert np.array_equal(weight, agents.trained[name][key])
            assert key == "habit" or np.array_equal(weight, after[key])
        old = 1 + find_old_side(name)  # actions: 0 centre, 1 left, 2 right
        bias = [own["habit"][1, old] - own["habit"][1, 3 - old] for own in (before, after)]
        assert bias[1] > bias[0] + 0.02
        # the better side's value nears the reward of its choices, .8 * .9 + .2 * .1
        assert after["habit"][1, old] == pytest.approx(0.74, abs=0.05)


def test_the_probe_counts_sessions_in_which_the_other_side_is_better(agents, overtrained):
    played = {n: agents.record(own, 12, 4, task=WITHOUT_REVERSALS)
              for n, own in overtrained.items()}  # fmt: skip
    found = tables.measure_overtraining(played, first=20)
    for name in NAMES:
        own = played[3].isel(trial=played[3]["subject"].values == name)
        other = own.isel(trial=own["better_state"].values == 1 - find_old_side(name))
        early = other.isel(trial=(other["trial_in_session"] < 20).values)
        early = early.isel(trial=(early["choice"] >= 0).values)
        share = float((early["choice"] == early["better_state"]).mean())
        one = found.sel(subject=name)
        assert one["better_share"].sel(overtraining=3).item() == pytest.approx(share)
        assert one["better_share_lower"].sel(overtraining=3) < share
        reward = float(other["reward"].mean())
        assert one["reward"].sel(overtraining=3).item() == pytest.approx(reward)
        lost = one["reward"].sel(overtraining=0).item() - reward
        assert one["reward_lost"].sel(overtraining=3).item() == pytest.approx(lost)
    assert (found["disagreement"].sel(overtraining=3) > 0.3).all()


def test_silencing_names_the_signals_and_measures_what_is_left(agents):
    assert tables.write_rules("both") == []
    (rule,) = map(json.loads, tables.write_rules("habit alone"))
    assert (rule["target"], rule["gain"]) == ("network", 0.0)
    found = tables.measure_silencing(lambda rules: agents.record(agents.trained, 20, 5, rules))
    assert found["left"].values.tolist() == list(tables.RULES)
    played = agents.record(agents.trained, 20, 5, tables.write_rules("habit alone"))
    stay = an.compute_stay_probability(played)["model_based_index"]
    np.testing.assert_allclose(found["model_based_index"].sel(left="habit alone"), stay)
    fit = an.compute_stay_regression(played, ridge=1.0)["coefficient"].sel(predictor="outcome")
    own = found.sel(left="habit alone", predictor="model_free")
    np.testing.assert_allclose(own["coefficient"], fit)
    assert (own["coefficient_lower"] < own["coefficient"]).all()
