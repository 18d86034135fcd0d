"""Numbers of Figure E1: what memory adds to rewards, lesions, and how they change."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as an
from pfc_analysis.analysis.memory.memory_indices import INDICES
from pfc_analysis.plot.memory_pictures import join_indices
from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.recording.published import read_published
from pfc_analysis.recording.record import record
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables import memory_numbers as tables
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep


def play(weight, n=3, sessions=10):
    learner = an.EpisodicLearner(incremental_model_based=1.0, episodic_model_based=weight)
    task = EpisodicTwoStep()
    return join_recordings(
        [simulate(learner, task, sessions=sessions, seed=s, subject=f"s{s}") for s in range(n)]
    )


@pytest.fixture(scope="module")
def groups():
    return {
        "agents with memory": tables.measure_memory(play(4.0), 1, 1.0),
        "agents without memory": tables.measure_memory(play(0.0), 1, 1.0),
    }


def test_gains_are_rewards_less_the_mean_of_the_others(groups):
    numbers = Numbers(read_published("ritter_2018"), figure="e1")
    gain = tables.add_choices(numbers, groups)
    own, others = (found.reward for found in groups.values())
    expected = own["reward"] - others["reward"].mean("subject")
    np.testing.assert_allclose(gain["reward_gain"], expected)
    mean = an.summarise_subjects(others, "reward")
    above = (own["reward_upper"] - own["reward"]) ** 2 + (mean["mean"] - mean["lower"]) ** 2
    np.testing.assert_allclose(gain["reward_gain_upper"] - expected, np.sqrt(above))
    table = numbers.table()
    published = table[(table["subject"] == "mean") & table["published"].notna()]
    assert len(published) == 12  # 4 bars of 3 panels
    assert set(published["quantity"]) == {"stay_probability"}


def test_rewards_are_those_of_cued_and_uncued_trials(groups):
    recording = play(4.0)
    told = recording["cued_trial"] >= 0
    for cue, rows in (("cued", told), ("uncued", ~told)):
        each = recording["reward"].isel(trial=rows.values).groupby("subject").mean()
        found = groups["agents with memory"].reward["reward"].sel(cue=cue)
        np.testing.assert_allclose(found, each)


def test_indices_stand_side_by_side():
    fitted = an.fit_memory_indices(play(1.0))
    joined = join_indices(fitted)
    for name in INDICES:
        np.testing.assert_array_equal(joined["index"].sel(name=name), fitted[name])
        np.testing.assert_array_equal(joined["index_lower"].sel(name=name), fitted[f"{name}_lower"])


def test_lesions_are_rules_that_the_agents_take():
    rules = tables.write_lesions(15, 0.2, 3)
    assert rules["intact"] == []
    assert json.loads(rules["few memories"][0])["capacity"] == 15
    for name, own in rules.items():
        played = record("episodic_two_step", sessions=1, units=False, interventions=own)
        assert played.sizes["trial"] == 800, name


@pytest.fixture(scope="module")
def changed():
    rules = tables.write_lesions(15, 0.2, 3)
    return {
        name: record("episodic_two_step", sessions=2, units=False, interventions=rules[name])
        for name in ("intact", "gate closed", "gate closed at cue", "one step late")
    }


def test_a_closed_gate_reads_nothing_and_a_late_one_not_at_the_choice(changed):
    share = {name: tables.count_memory(one)["memory_share"] for name, one in changed.items()}
    assert (share["intact"] > 0.01).all()
    assert (share["gate closed"] == 0).all()
    for name in ("gate closed at cue", "one step late"):
        assert (share[name].sel(step="stage_1") == 0).all(), name
        assert (share[name].sel(step="second_state") > 0).all(), name


def test_a_gate_closed_at_the_cue_changes_trials_with_a_cue_alone(changed):
    intact, closed = changed["intact"], changed["gate closed at cue"]
    same = intact["choice"].values == closed["choice"].values
    told = intact["cued_trial"].values >= 0
    assert same[~told].all()
    assert same[told].mean() < 0.9


def test_changes_are_differences_from_intact_agents():
    def play_rules(rules):
        return play(0.0 if rules else 4.0)

    lesions = {"intact": [], "gate closed": ["rule"]}
    found = tables.measure_lesions(play_rules, lesions)
    numbers = Numbers(read_published("ritter_2018"), figure="e1")
    tables.add_lesions(numbers, "agents with memory", found)
    table = numbers.table().set_index(["quantity", "condition", "subject"])["value"]
    for name in ("cue_effect", "cued_reward"):
        intact, closed = (table[f"lesion_{name}", of, "s1"] for of in lesions)
        changed = table[f"{name}_change", "gate closed", "s1"]
        assert changed == pytest.approx(closed - intact)
    assert isinstance(found, xr.Dataset)
    assert table["cue_effect_change", "gate closed", "mean"] < -0.2
