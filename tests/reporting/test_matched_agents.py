"""Agents for the animals' task: settings from the data, training, and the check of the task."""

from dataclasses import replace

import numpy as np
import pytest

from pfc_analysis import simulate, train
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.reporting import matched_agents, solved_task
from pfc_analysis.reporting.matched_agents import match_recipe, train_matched
from pfc_analysis.reporting.solved_task import RandomChoice, find_observer, say_solved
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.tasks.volatility import VolatileBandit
from pfc_analysis.tasks.what_where import WhatWhere
from pfc_analysis.training.recipes.recipe_files import parse_recipe, read_recipe
from pfc_analysis.training.run.experiment import find_experiment

RATS = TwoStep(reward_probability=0.8, reversal_probability=0.05, trials=60)


def play(task, sessions=40):
    return simulate(RandomChoice(), task, sessions=sessions, seed=1, subject="random")


def match(experiment, task, given=None, **settings):
    return match_recipe(experiment, play(task, **settings), "rats", given or {})


def test_the_recipe_has_the_settings_of_the_data():
    recipe, said = match("two_step", RATS, sessions=300)
    shipped = find_experiment("two_step").recipe
    assert recipe.task == {
        "common_probability": 0.8,
        "reward_probability": 0.8,
        "reversal_probability": pytest.approx(0.05, abs=0.004),
        "trials": 60,
    }
    assert replace(recipe, task=shipped.task, title=shipped.title) == shipped
    assert said[0] == "common_probability = 0.8, the recipe's, which the data agree with."
    assert said[1] == "reward_probability = 0.8 (of rats: 0.8)."


def test_given_settings_go_before_those_of_the_data():
    recipe, said = match("two_step", RATS, {"reward_probability": 0.7})
    assert recipe.task["reward_probability"] == 0.7
    assert "reward_probability = 0.7 (given; of rats: 0.8)." in said
    assert not any(text.startswith("reward_probability = 0.8") for text in said)


def test_the_longest_session_is_said_with_the_way_to_lift_it():
    mice = TwoStep(trials=150)
    recipe, said = match("two_step", mice, sessions=20)
    assert recipe.task["trials"] == 100
    assert said[-1] == (
        "trials = 100 a session (of rats: 150; agents are trained with at most 100, since training "
        "takes in proportion to it: set another number by --task trials=150)."
    )
    recipe, said = match("two_step", mice, {"trials": 150}, sessions=20)
    assert recipe.task["trials"] == 150
    assert said[-1] == "trials = 150 (given; of rats: 150 a session)."


def test_given_settings_that_the_data_do_not_show_are_said():
    bandit = Bandit(arms="hard", trials=50)
    recipe, said = match("bandit_correlated", bandit, {"arms": "easy"}, sessions=50)
    assert recipe.task["arms"] == "easy"
    assert any(text.startswith("arms = easy (given; of rats: pay 0.6 and 0.4") for text in said)
    _, said = match("matching", Matching(), {"range": "gaps", "longest": 200}, sessions=20)
    assert said[-1] == "range = gaps (given)."
    assert any(text.startswith("longest = 200 (given; of rats:") for text in said)


def test_a_setting_beyond_what_the_task_can_have_is_quoted_and_doubted():
    """Arms without baiting, of which both pay well: the sum of base probabilities is above 1."""
    arms = play(Bandit(arms="fixed", left=0.8, right=0.6, trials=60), sessions=60)
    recipe, said = match_recipe("matching", arms.drop_vars("reward_probability"), "rats", {})
    assert recipe.task["total"] == 1.0
    total = next(text for text in said if text.startswith("total = 1 (of rats: 1.4"))
    assert "], beyond the 0.1 to 1 that the agents' task can have)." in total
    assert any(text.startswith("check that the arms of rats are baited") for text in said)


@pytest.mark.parametrize(
    ("experiment", "task", "expected"),
    [
        ("bandit_correlated", Bandit(arms="hard", trials=50), {"arms": "hard", "trials": 50}),
        ("matching", Matching(total=0.8, shortest=40, longest=40), {"total": 0.8, "longest": 40}),
        (
            "volatility",
            VolatileBandit(low_probability=0.9, high_probability=0.9, reversal_hazard=0.1),
            {"low_probability": 0.9, "high_probability": 0.9, "trials": 200},
        ),
        ("serial_reversal", SerialReversal(reward_probability=0.9), {"reward_probability": 0.9}),
        ("risky_choice", RiskyChoice(safe_reward=2.0, risky_reward=6.0), {"risky_reward": 3.0}),
        (
            "episodic_two_step",
            EpisodicTwoStep(common_probability=0.7, reward_probability=0.8),
            {"common_probability": 0.7, "reward_probability": 0.8, "uncued_trials": 50},
        ),
        ("what_where", WhatWhere(reward_probability=0.85), {"reward_probability": 0.85}),
    ],
)
def test_every_experiment_is_matched(experiment, task, expected):
    recipe, _ = match(experiment, task, sessions=300)
    found = {name: recipe.task[name] for name in expected}
    assert found == pytest.approx(expected) if "arms" not in expected else found == expected


def test_changes_within_a_session_are_said_where_the_task_has_none():
    _, said = match("matching", Matching(), sessions=20)
    assert not any("not matched" in text for text in said)
    blocks = play(Matching(shortest=100))
    blocks["base_probability"][50:60] = [0.9, 0.1]
    _, said = match_recipe("matching", blocks, "mice", {})
    assert any(text.startswith("not matched: reward probabilities of mice change") for text in said)


def test_reversals_count_as_changes():
    _, said = match("bandit_correlated", VolatileBandit(probabilities="by_regime"))
    assert said[0].startswith("not matched: reward probabilities of rats change within a session")


def test_a_rate_of_reversals_that_is_not_known_is_the_recipes():
    """Sessions of one trial: no trial follows another, so that none can begin with a reversal."""
    recording = play(VolatileBandit(), 10)
    recording = recording.isel(trial=(recording["trial_in_session"] == 0).values)
    recipe, said = match_recipe("volatility", recording.drop_vars("regime"), "mice", {})
    shipped = find_experiment("volatility").recipe
    assert recipe.training_task().reversal_hazard == shipped.training_task().reversal_hazard
    assert any("reversal_hazard" in text and "not known of mice" in text for text in said)


def test_an_experiment_without_readable_settings_is_an_error(tmp_path):
    with pytest.raises(AnalysisError, match=r"found 'matched' for 'harlow', whose settings cannot"):
        match_recipe("harlow", play(RATS, 2), "monkeys", {})


OBSERVED = {
    "two_step": 0.9,
    "bandit_independent": 0.9,
    "bandit_correlated": 0.9,
    "matching": 0.8,
    "volatility": 0.85,
    "serial_reversal": 0.85,
    "episodic_two_step": 0.95,
    "risky_choice": 0.6,
    "what_where": 0.85,
    "two_step_three_rewards": 0.9,
}


@pytest.mark.parametrize("experiment", OBSERVED)
def test_shipped_agents_earn_nearly_what_the_observer_earns(experiment, monkeypatch):
    monkeypatch.setattr(solved_task, "OBSERVER_SESSIONS", 500)
    found = find_experiment(experiment)
    share = solved_task.measure_solved(experiment, found.folder, found.recipe, sessions=100)
    assert share["reward_share"].mean() > OBSERVED[experiment]
    assert (share["lower"] < 1.0).all()
    no_observer = experiment == "serial_reversal"
    played_out = no_observer or experiment == "episodic_two_step"
    assert (find_observer(found.recipe) is None) == played_out
    assert ("there is no ideal observer" in say_solved(share)) == no_observer


def test_the_best_reward_of_the_episodic_task_is_that_of_an_observer_who_remembers(monkeypatch):
    """Played out: the observer in uncued trials, and what the session stored in cued ones."""
    monkeypatch.setattr(solved_task, "OBSERVER_SESSIONS", 3000)
    task = EpisodicTwoStep(chance_probability=0.2, common_probability=0.8)
    reversal = task.reversal_probability
    observer = IdealObserver(reversal, better_pays=0.9, worse_pays=0.1, common_probability=0.8)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 3000))
    state, earned = observer.begin(3000), 0.0
    for trial in range(100):
        past = batch.sessions
        cue = np.maximum(past.cued_trial, 0)
        reached, paid = (past[name] >> cue & 1 for name in ("states", "rewards"))
        recalled = np.where(paid == 1, reached, 1 - reached)
        believed = observer.choice_probability(state)[:, 1] > 0.5
        choice = np.where(past.cued_trial >= 0, recalled, believed)
        for action in (choice, choice, choice):
            batch.step(action)
            earned += batch.reward.mean() / 100
            if trial < 50 and past.step[0] == 2:
                observer.learn(state, choice, past.second_state.copy(), batch.reward.copy())
    assert batch.done.all()
    assert solved_task.find_best_reward(task) == pytest.approx(earned, abs=0.004)


def test_the_observer_of_the_two_step_task_knows_its_settings():
    recipe = find_experiment("two_step_rats").recipe
    assert find_observer(recipe) == IdealObserver(0.015, better_pays=0.8, worse_pays=1.0 - 0.8)


@pytest.fixture
def small(monkeypatch):
    """Train two replicas for two updates, and check them on few sessions."""
    found = find_experiment("two_step")
    optimisation = replace(found.recipe.optimisation, updates=2, sessions_per_update=4)
    recipe = replace(found.recipe, replicas=2, optimisation=optimisation)
    small = replace(found, recipe=recipe)
    monkeypatch.setattr(matched_agents, "find_experiment", lambda _: small)
    monkeypatch.setattr(solved_task, "OBSERVER_SESSIONS", 400)
    return recipe


def test_agents_are_trained_once_and_found_again(small, tmp_path, monkeypatch):
    rats = play(RATS)
    one = train_matched("two_step", rats, "rats", folder=tmp_path)
    assert sorted(path.name for path in one.folder.glob("seed_*")) == ["seed_1", "seed_2"]
    assert read_recipe(one.folder).task["reward_probability"] == 0.8
    assert "2 of 2 replicas did not solve the task" in one.said[-2]
    assert str(one.folder) in one.said[-1]
    weights = (one.folder / "seed_1" / "weights.safetensors").stat().st_mtime_ns
    again = train_matched("two_step", rats, "rats", folder=tmp_path)
    assert (again.folder, again.said) == (one.folder, one.said)
    assert (one.folder / "seed_1" / "weights.safetensors").stat().st_mtime_ns == weights
    np.testing.assert_array_equal(again.solved["reward_share"], one.solved["reward_share"])


def test_other_settings_have_another_folder(small, tmp_path, monkeypatch):
    calls = []

    def note(recipe, out, **options):
        calls.append((out, options))
        return train(recipe, out, **options)

    monkeypatch.setattr(matched_agents, "train", note)
    for given in ({}, {"trials": 20}):
        train_matched("two_step", play(RATS), "rats", task=given, folder=tmp_path)
    assert len({out for out, _ in calls}) == 2
    assert all(options["resume"] for _, options in calls)


def test_matched_recipes_are_read_back(small, tmp_path):
    found = train_matched("two_step", play(RATS), "rats", folder=tmp_path)
    text = (found.folder / "recipe.toml").read_text()
    assert parse_recipe(text) == found.recipe
