"""Conditions of rules are read from two trials; what would need more is refused."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.recording.record import record
from pfc_analysis.tasks.contract import Trials
from pfc_analysis.tasks.contract.step_log import find_sources
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.training.interventions.current_trial import check_conditions
from pfc_analysis.training.interventions.intervention import Intervention, InterventionError
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.replica import find_engine, first_weights, make_engine, single_thread
from pfc_analysis.training.run.shipped_experiments import list_experiments


class CountingTask(TwoStep):
    """A task whose table also has the rewards so far, and the number of the column."""

    def tabulate(self, trials):
        table = super().tabulate(trials)
        so_far = np.cumsum(np.nan_to_num(table["reward"][1]), axis=1)
        column = np.broadcast_to(np.arange(so_far.shape[1]), so_far.shape)
        return table | {"so_far": (("trial",), so_far, {}), "column": (("trial",), column, {})}


def play(recipe, task):
    with single_thread(find_engine(task)):
        engine = make_engine(recipe, first_weights(recipe, 1), task, 8)
        return engine.play(np.random.default_rng(1)).log


@pytest.mark.parametrize("name", [name for name in list_experiments() if "harlow" not in name])
def test_every_entry_of_the_tasks_can_be_a_condition(name):
    recipe = find_experiment(name).recipe
    task = recipe.testing_task()
    log = play(recipe, task)
    table = task.tabulate(Trials(task.steps, task.n_trials, log))
    check_conditions(task, log, [key for key, entry in table.items() if entry[0] == ("trial",)])


@pytest.mark.parametrize("name", ["so_far", "column"])
def test_what_depends_on_more_than_two_trials_is_refused(name):
    task = CountingTask()
    log = play(find_experiment("two_step").recipe, task)
    check_conditions(task, log, ["reward", "trial_in_session"])
    with pytest.raises(InterventionError, match=f"{name}.*more than this trial"):
        check_conditions(task, log, [name])


def test_trials_outside_the_table_are_left_out():
    """Sessions that are over may be many trials before the two that a rule looks at."""
    memory = np.full((2, 2, 1), -9)  # the table is the first half
    trial, step = np.array([[0], [1], [2], [1], [-1]]), np.array([[0], [0], [0], [1], [0]])
    find_sources(trial, step, np.ones((5, 1), np.bool_), memory[:1])
    assert memory.ravel().tolist() == [0, 1, -9, -9]


@pytest.mark.parametrize(
    ("rule", "later"),
    [
        (Intervention("value", "stage_1", {"choice": 1}, shift=1.0), r"step: \['second_state'\]"),
        (Intervention("reward", "stage_1", {"choice": 1}), r"event: \['second_state', 'outcome'\]"),
        (Intervention("value", "second_state", {"reward": 1}), "use another variable"),
    ],
)
def test_a_condition_that_is_not_known_yet_is_refused(rule, later):
    """As the choice at the step at which it is made: the rule would never act."""
    name = next(iter(rule.when))
    with pytest.raises(
        InterventionError, match=rf"{name}' has no such value yet .* never act; .*{later}"
    ):
        record("two_step", sessions=5, interventions=[rule])


@pytest.mark.parametrize(
    "rule",
    [
        Intervention("value", "second_state", {"choice": 1}, shift=1.0),
        Intervention("value", ("stage_1", "second_state"), {"choice": 1}, shift=1.0),
        Intervention("reward", "outcome", {"choice": 1, "reward": 0}, shift=1.0),
        Intervention("value", "stage_1", {"better_state": 1}, shift=1.0),
    ],
)
def test_a_condition_that_is_known_acts(rule):
    recording = record("two_step", sessions=5, units=False, interventions=[rule])
    assert 0 < recording["stimulated"].mean() < 1


def test_a_condition_that_no_trial_fulfils_is_no_fault():
    rule = Intervention("value", "stage_1", {"reward": 7}, shift=1.0)
    assert not record("two_step", sessions=5, interventions=[rule])["stimulated"].any()
