"""Recordings of agents with a habit beside the network, and recipes of such agents."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.dynamics.agent_maps import state_maps
from pfc_analysis.recording.record import record
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.recipes.recipe_files import format_recipe, parse_recipe, read_recipe
from pfc_analysis.training.run.experiment import shipped_agent

PREFERENCES = ("network_preference", "habit_preference")


@pytest.fixture(scope="module")
def played() -> xr.Dataset:
    return record("two_step_habit", sessions=20, units=False)


def test_the_policy_is_the_softmax_of_both(played):
    """Responses are as frequent as the sum of both preferences says, at each step."""
    both = sum(played[name] for name in PREFERENCES)
    assert both.dims == ("trial", "step", "response")
    assert played["response"].values.tolist() == ["centre", "left", "right"]
    policy = np.exp(both) / np.exp(both).sum("response")
    made = xr.where(played["action"] >= 0, played["action"], np.nan)
    for step in played["step"].values:
        reached = made.sel(step=step).notnull()
        expected = policy.sel(step=step)[reached.values].mean("trial")
        found = [float((made.sel(step=step)[reached.values] == k).mean()) for k in range(3)]
        np.testing.assert_allclose(found, expected, atol=0.015)


def test_preferences_are_centred_and_missing_where_a_step_was_not_reached(played):
    for name in PREFERENCES:
        values = played[name]
        reached = played["action"] >= 0
        assert (values.notnull().all("response") == reached).all()
        assert abs(values.mean("response")).max() < 1e-4


def test_replicas_fixate_by_habit_and_have_no_habit_of_a_side(played):
    habit = played["habit_preference"].groupby("subject").mean("trial")
    fixating = habit.sel(step="fixation", response="centre")
    assert (fixating > 2.0).all()
    side = habit.sel(step="stage_1", response="right") - habit.sel(step="stage_1", response="left")
    assert (abs(side) < 0.5).all()


def test_a_recording_is_read_back_as_it_was_written(played, tmp_path):
    path = save_recording(played, tmp_path / "habit.nc")
    xr.testing.assert_identical(open_recording(path).load(), played)


def test_what_a_habit_cannot_do_is_refused(played):
    with pytest.raises(ValueError, match=r"found habit = 'model_free', expected a network that"):
        replay("two_step_habit", played)
    with pytest.raises(
        ValueError, match="with a habit learner beside them, play with their weights"
    ):
        record("two_step_habit", sessions=1, plasticity=1.0)
    with pytest.raises(AnalysisError, match=r"found habit = 'model_free', expected a network that"):
        state_maps("two_step_habit", played)


RECIPE = """
experiment = "{task}"
title = "a test"
[network]
{network}
[optimisation]
updates = 1
sessions_per_update = 2
learning_rate = 0.001
final_learning_rate = 0.001
"""
HABIT = 'habit = "model_free"\n'


@pytest.mark.parametrize(
    ("task", "network", "message"),
    [
        ("two_step", "habit_rate = 0.1", r"habit_rate = 0\.1: expected only with habit"),
        ("two_step", "habit_weight = 2.0", r"habit_weight = 2: expected only with habit"),
        ("two_step", HABIT + "habit_rate = 1.5", r"network\.habit_rate"),
        ("two_step", 'habit = "slow"', r"network\.habit"),
        ("two_step", HABIT + 'feedback = "rpe"', r"expected no memory, and 'reward'"),
        ("two_step", HABIT + 'architecture = "predictive"', r"remove one of the two"),
        ("episodic_two_step", HABIT + 'memory = "episodic"', r"expected no memory"),
    ],
)
def test_habits_that_do_not_fit_are_refused(task, network, message):
    with pytest.raises(RecipeError, match=message):
        parse_recipe(RECIPE.format(task=task, network=network))


def test_settings_of_the_habit_have_defaults_and_belong_to_the_digest():
    plain, slow, same = (
        parse_recipe(RECIPE.format(task="two_step", network=network))
        for network in ("", HABIT + "habit_rate = 0.02", HABIT + "habit_rate = 0.03")
    )
    assert plain.network.habit_settings is None
    assert slow.network.habit_settings == (0.02, 5.0)
    assert len({one.training_digest() for one in (plain, slow, same)}) == 3
    assert parse_recipe(format_recipe(slow)) == slow
    assert "habit" not in format_recipe(read_recipe(shipped_agent("two_step")))
