"""The share of correct choices in the log of training, against rewards counted step by step."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.checkpoint import load_progress, save_progress
from pfc_analysis.training.run.replica import Replica, single_thread
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.run.training_log import LOG, LOG_COLUMNS, save_log

SYMBOLIC = """
experiment = "harlow_symbolic"
title = "small, without pixels"
[task]
features = 3
trials = 4
[network]
units = 5
[optimisation]
updates = 7
sessions_per_update = 70
learning_rate = 0.003
final_learning_rate = 0.003
"""
WIDTH = len(LOG_COLUMNS)


def count_by_hand(activity: Activity, n_trials: int) -> np.ndarray:
    """Of each trial, in how many sessions it paid 1, the reward of the correct choice."""
    paid = (activity.log.reward == 1.0) & activity.log.active
    return np.bincount(activity.log.before["trial"][paid], minlength=n_trials)


@pytest.fixture(params=["compiled", "torch"])
def engine(request) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["codes", "pictures"])
def recipe_and_engine(request, engine, pixel_text) -> tuple[Recipe, str]:
    text = pixel_text if request.param == "pictures" else SYMBOLIC
    text = text.replace("sessions_per_update = 4", "sessions_per_update = 70")
    return parse_recipe(text), engine


def test_log_tells_the_share_of_all_sessions_whatever_the_engine(recipe_and_engine):
    """Seventy sessions, which engines play in several blocks: watched by the caller as well."""
    recipe, engine = recipe_and_engine
    seen: list[np.ndarray] = []
    sessions = []
    with single_thread(engine):
        replica = Replica(recipe, seed=2, engine=engine)
        n_trials = replica.task.n_trials

        def watch(activity: Activity) -> None:
            seen.append(count_by_hand(activity, n_trials))
            sessions.append(activity.value.shape[1])

        for _ in range(2):
            seen.clear()
            replica.learn(watch)
            assert replica.log[-1][WIDTH:] == pytest.approx(np.sum(seen, axis=0) / 70)
    assert sum(sessions) == 140
    assert 0.0 < sum(replica.log[-1][WIDTH:]) < 0.9 * n_trials


def test_watching_changes_no_weight(recipe_and_engine, monkeypatch):
    recipe, engine = recipe_and_engine
    with single_thread(engine):
        watched, alone = (Replica(recipe, seed=2, engine=engine) for _ in range(2))
        watched.learn()
        monkeypatch.setattr(type(alone.task), "is_learning_set", False)
        alone.learn()
    assert alone.log == [row[:WIDTH] for row in watched.log]
    for name, weight in watched.weights.items():
        assert np.array_equal(weight, alone.weights[name])


def test_checkpoints_and_tables_carry_the_shares(tmp_path):
    recipe = parse_recipe(SYMBOLIC)
    replica = Replica(recipe, seed=1)
    for _ in range(3):
        replica.learn()
    save_progress(tmp_path / "c.safetensors", replica.progress(), "me")
    saved = load_progress(tmp_path / "c.safetensors", "me")
    assert saved.log == replica.log
    resumed = Replica(recipe, seed=1, saved=saved)
    for _ in range(4):
        resumed.learn()
    agent = train(recipe, tmp_path / "agent", replicas=1, workers=1)
    log = pd.read_csv(agent / "seed_1" / LOG)
    assert log.columns.tolist() == [*LOG_COLUMNS, *(f"correct_{k}" for k in range(1, 5))]
    assert log.to_numpy() == pytest.approx(np.array(resumed.log), rel=1e-5)


def test_rows_that_are_merged_hold_the_mean_share(tmp_path):
    rows = [(k + 1, k + 1, k + 1, *[0.0] * 7, k % 2, 0.25) for k in range(1000)]
    save_log(tmp_path / LOG, rows)
    log = pd.read_csv(tmp_path / LOG)
    assert log["correct_1"].tolist() == [0.5] * 500
    assert log["correct_2"].tolist() == [0.25] * 500


def test_logs_of_other_tasks_are_as_they_were(tmp_path, small_recipe):
    agent = train(small_recipe, tmp_path / "agent", replicas=1, workers=1)
    log = pd.read_csv(agent / "seed_3" / LOG)
    assert log.columns.tolist() == list(LOG_COLUMNS)
    learning_sets = {name for name in list_tasks() if find_task(name)().is_learning_set}
    assert learning_sets == {"harlow", "harlow_symbolic"}
