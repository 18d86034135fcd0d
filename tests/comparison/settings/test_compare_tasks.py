"""Settings of tasks, read from recordings of random players whose task is known."""

from dataclasses import replace

import numpy as np
import pytest

from pfc_analysis import compare_tasks, simulate
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.three_rewards_observer import ThreeRewardsObserver
from pfc_analysis.comparison.settings.compare_tasks import list_readers, read_stated
from pfc_analysis.comparison.settings.reward_schedule import find_exchanges
from pfc_analysis.reporting.matched_settings import RULES
from pfc_analysis.reporting.solved_task import RandomChoice
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.tasks.two_step_three_rewards import TwoStepThreeRewards
from pfc_analysis.tasks.volatility import VolatileBandit
from pfc_analysis.tasks.what_where import WhatWhere

TASKS = {
    "two_step": TwoStep(),
    "bandit": Bandit(arms="easy"),
    "matching": Matching(range="whole"),
    "volatility": VolatileBandit(),
    "serial_reversal": SerialReversal(),
    "risky_choice": RiskyChoice(),
    "what_where": WhatWhere(),
    "episodic_two_step": EpisodicTwoStep(),
    "two_step_three_rewards": TwoStepThreeRewards(),
}


def play(task, seed=1, sessions=60):
    several = task.name == "two_step_three_rewards"
    player = ThreeRewardsObserver() if several else RandomChoice()
    return simulate(player, task, sessions=sessions, seed=seed, subject="random")


def value(tasks, setting, group="animals", what="value"):
    return tasks[f"setting_{what}"].sel(setting=setting, group=group).item()


def holds(tasks, setting, truth, group="animals"):
    ends = value(tasks, setting, group, "lower"), value(tasks, setting, group, "upper")
    return ends[0] - 1e-9 <= truth <= ends[1] + 1e-9


def test_every_rule_for_training_has_a_reader_of_settings():
    assert set(RULES) == set(list_readers()) == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_does_not_differ_from_itself(name):
    one, other = play(TASKS[name], 1), play(TASKS[name], 2)
    tasks = compare_tasks(name, {"agents": one, "animals": other})
    assert not (tasks["setting_differs"] == 1).any(), tasks.attrs["tasks"]
    assert "do not differ" in tasks.attrs["tasks"]
    for variable in tasks.data_vars.values():
        assert variable.attrs["long_name"]


def test_two_step_without_probabilities_is_estimated_and_told_apart():
    drop = ["reward_probability", "better_state"]
    task = TwoStep(common_probability=0.7, reward_probability=0.8, reversal_probability=0.05)
    groups = {"agents": play(TwoStep(), sessions=200), "animals": play(task, sessions=200)}
    groups["animals"] = groups["animals"].drop_vars([*drop, "second_state"])
    tasks = compare_tasks("two_step", groups)
    for setting, truth in (
        ("common_probability", 0.7),
        ("reward_probability", 0.8),
        ("reward_probability_worse", 0.2),
        ("reversal_probability", 0.05),
    ):
        assert holds(tasks, setting, truth)
        assert value(tasks, setting, what="differs") == 1
    assert value(tasks, "trials", what="differs") == 0
    # Of the agents, whose probabilities are recorded, they are estimated alike.
    assert value(tasks, "reward_probability", "agents", "basis") == "estimated from outcomes"
    assert holds(tasks, "reward_probability", 0.9, "agents")


def test_recorded_probabilities_are_taken_as_they_are():
    tasks = compare_tasks("two_step", {"animals": play(TwoStep(reward_probability=0.8))})
    assert value(tasks, "reward_probability") == pytest.approx(0.8)
    assert value(tasks, "reward_probability", what="upper") == pytest.approx(0.8)
    assert value(tasks, "reward_probability", what="basis") == "recorded"


def test_the_sum_of_base_probabilities_follows_from_repeated_choices():
    recording = play(replace(TASKS["matching"], total=0.4), sessions=1000)
    tasks = compare_tasks("matching", {"animals": recording.drop_vars("base_probability")})
    assert value(tasks, "total") == pytest.approx(0.4, abs=0.015)
    assert value(tasks, "total", what="basis") == "estimated from outcomes"


def test_reversals_of_volatile_phases_are_read_apart():
    tasks = compare_tasks("volatility", {"animals": play(VolatileBandit(reversal_hazard=0.1))})
    assert value(tasks, "reversals_volatile") > 0.07
    assert value(tasks, "reversals_stable") < 0.01


def test_risky_rewards_are_read():
    tasks = compare_tasks("risky_choice", {"animals": play(RiskyChoice(risky_reward=3.0))})
    assert value(tasks, "risky_reward") == 3.0
    assert value(tasks, "safe_reward") == 1.0
    assert holds(tasks, "forced_share", 1 / 3)


def test_blocks_and_forced_choices_of_the_monkeys_tasks_are_read():
    task = WhatWhere(reward_probability=0.8, earliest=5, latest=5, trials=20)
    tasks = compare_tasks("what_where", {"animals": play(task, sessions=300)})
    assert value(tasks, "reward_probability") == pytest.approx(0.8, abs=0.03)
    assert value(tasks, "reward_probability_worse") == pytest.approx(0.2, abs=0.03)
    assert value(tasks, "reversal_trial") == 5
    assert value(tasks, "trials") == 20
    task = TwoStepThreeRewards(first_forced_probability=0.2, second_forced_probability=0.3)
    tasks = compare_tasks("two_step_three_rewards", {"animals": play(task)})
    assert holds(tasks, "first_forced_probability", 0.2)
    assert holds(tasks, "second_forced_probability", 0.3)
    assert value(tasks, "level_changes") == pytest.approx(2 / 21, abs=0.005)


def test_cues_are_read_and_rewards_are_those_of_trials_without_one():
    task = EpisodicTwoStep(common_probability=0.8, reversal_probability=0.1)
    recording = play(task, sessions=200).drop_vars(["reward_probability", "better_state"])
    tasks = compare_tasks("episodic_two_step", {"animals": recording})
    assert value(tasks, "cued_share") == 0.5
    # Trials 0 to 24 are cued in trials 50 to 74, and 25 to 49 in 75 to 99.
    assert value(tasks, "cue_age") == 50.0
    assert value(tasks, "trials") == 100
    for setting, truth in (
        ("common_probability", 0.8),
        ("reward_probability", 0.9),
        ("reversal_probability", 0.1),
    ):
        assert holds(tasks, setting, truth), setting


def test_changes_are_a_row_of_their_own_where_not_all_are_reversals():
    steady = play(TASKS["bandit"])
    assert "change_probability" not in compare_tasks("bandit", {"animals": steady})["setting"]
    moved = steady.copy(deep=True)
    moved["reward_probability"][10] = moved["reward_probability"][10] / 2
    tasks = compare_tasks("bandit", {"agents": steady, "animals": moved})
    assert value(tasks, "change_probability") > value(tasks, "change_probability", "agents") == 0


def test_exchanges_are_found_across_equal_options_but_not_across_sessions():
    probability = np.array([[0.8, 0.2], [0.5, 0.5], [0.2, 0.8], [0.8, 0.2], [0.2, 0.8]])
    begun = np.array([False, True, True, False, True])
    assert find_exchanges(probability, begun).tolist() == [False, False, True, False, True]


def test_settings_that_agents_state_are_exact():
    recording = play(TwoStep()).assign_attrs(kind="agent")
    assert read_stated(recording)["common_probability"] == 0.8
    tasks = compare_tasks("two_step", {"agents": recording})
    assert value(tasks, "common_probability", "agents", "upper") == 0.8
    assert read_stated(recording.assign_attrs(task="two-step task")) == {}


def test_no_group_is_an_error():
    with pytest.raises(AnalysisError, match="found none, expected recordings by name"):
        compare_tasks("two_step", {})
