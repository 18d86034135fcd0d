"""The script of a task is the reverse of its trial table: it gives the steps that were played."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.contract import (
    GivenTrials,
    Script,
    ScriptError,
    ScriptStep,
    StepLog,
    Task,
    lay_out_script,
)
from pfc_analysis.tasks.harlow import Harlow
from pfc_analysis.tasks.harlow_symbolic import HarlowSymbolic
from pfc_analysis.tasks.inferred_value import InferredValue
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.tasks.volatility import VolatileBandit

TASKS = [
    Bandit(),
    Matching(),
    VolatileBandit(),
    TwoStep(trials=40),
    TwoStep(fixation=False, trials=40),
    InferredValue(trials=40),
    SerialReversal(criterion=3, window=4),
    RiskyChoice(blocks=3, safe_reward=2.0),
    HarlowSymbolic(features=4),
]

FREE = {"two_step": ["second_state"], "inferred_value": ["on_target", "outcome"]}
"""Steps that accept any response, which the trial table does not hold."""


def find_begun(task: Task, log: StepLog) -> np.ndarray:
    """Which trials were begun, (session, trial)."""
    return log.by_trial(log.active, task.n_trials, len(task.steps), False)[:, :, 0]


def read(task: Task, log: StepLog) -> tuple[GivenTrials, Script]:
    """The script of all trials that were begun, session after session."""
    entries, begun = task.trial_table(log), find_begun(task, log)
    table = {
        name: values[begun] for name, (dims, values, _) in entries.items() if dims == ("trial",)
    }
    labels = {name: about["labels"] for name, (_, _, about) in entries.items() if "labels" in about}
    given = GivenTrials(table, labels, np.nonzero(begun)[1], "played")
    return given, task.script(given)


@pytest.mark.parametrize("task", TASKS, ids=repr)
def test_script_equals_the_steps_that_were_played(task, play_out):
    def choose(batch, rng):
        return rng.integers(0, len(task.actions), len(batch.done))

    shown = []

    def choose_and_look(batch, rng):
        shown.append(batch.cues.copy())
        return choose(batch, rng)

    log = play_out(task, choose_and_look, n_sessions=40)
    given, script = read(task, log)
    assert script.steps == task.steps
    valid, begun = given.kept, find_begun(task, log)
    assert valid.sum() > 50

    def by_step(values, missing):
        return log.by_trial(values, task.n_trials, len(task.steps), missing)[begun][valid]

    assert np.array_equal(script.observation[valid], by_step(log.observation, -1))
    assert np.array_equal(script.reward[valid], by_step(log.reward, 0.0))
    fixed = [k for k, name in enumerate(task.steps) if name not in FREE.get(task.name, [])]
    assert np.array_equal(script.action[valid][:, fixed], by_step(log.action, -1)[:, fixed])
    assert (script.action[valid] < len(task.actions)).all()
    if task.cues:
        assert script.cues is not None
        cues = by_step(np.stack(shown), np.nan)
        assert np.array_equal(script.cues[valid], cues)
    else:
        assert script.cues is None
    # The choice is the action at the step that counts.
    name = "choice" if "choice" in task.trial_table(log) else "cue"
    choice = task.trial_table(log)[name][1][begun][valid]
    actions = np.array(script.choice_actions)[choice]
    assert np.array_equal(actions, script.action[valid][:, script.choice_step])


def test_assumed_responses_are_accepted_by_the_task(play_out, valid_at_random):
    """They go to the side of the second state, or of the target."""
    task = TwoStep(trials=40)
    _, script = read(task, play_out(task, valid_at_random, n_sessions=5))
    assert np.array_equal(script.action[:, 2] - 1, script.observation[:, 2] - 2)


def given(**table: object) -> GivenTrials:
    arrays = {name: np.asarray(values) for name, values in table.items()}
    return GivenTrials(arrays, {}, np.arange(len(arrays["choice"])), "rats.csv")


def test_rewards_of_the_task_stay_as_they_are():
    trials = given(choice=[0, 1, 1], reward=[0.0, 1.0, 1.0])
    assert trials.earned(0.0, 1.0, 4.0).tolist() == [0.0, 1.0, 1.0]
    assert trials.reward_unit == 1.0


def test_rewards_in_other_units_are_divided_by_the_largest():
    trials = given(choice=[0, 1, 1, -1], reward=[0.0, 0.3, 1.2, 77.0])
    assert trials.earned(0.0, 1.0, 4.0)[:3].tolist() == [0.0, 1.0, 4.0]
    assert trials.reward_unit == pytest.approx(0.3)


def test_impossible_rewards_are_refused_with_the_reading():
    trials = given(choice=[0, 1, 1], reward=[0.0, 3.0, 4.0])
    with pytest.raises(ScriptError, match=r"rats.csv: reward: found 0, 3, 4.*0, 0.75, 1"):
        trials.earned(0.0, 1.0)


def test_each_trial_is_left_out_for_one_reason():
    trials = given(choice=[0, -1, -1, 1], invalid=[0, 1, 0, 0], cue=[0, -1, -1, -1])
    trials.code("cue", ("a", "b"))
    counts = {reason: int(marked.sum()) for reason, marked in trials.left_out.items()}
    assert counts == {"invalid": 1, "no choice": 1, "no cue": 1}
    assert trials.kept.tolist() == [True, False, False, False]


def test_steps_without_cues_show_none_of_them():
    steps = {"a": ScriptStep(0, 1), "b": ScriptStep(1, np.array([0, 1]), 0.5, np.ones((2, 3)))}
    script = lay_out_script(steps, "b", (0, 1), 2)
    assert script.cues is not None
    assert script.cues[:, 0].tolist() == [[0.0] * 3] * 2
    assert script.reward.tolist() == [[0.0, 0.5]] * 2
    assert (script.choice_step, script.action.tolist()) == (1, [[1, 0], [1, 1]])


def test_tasks_with_pictures_have_no_script():
    with pytest.raises(ScriptError, match=r"'harlow': its trials cannot be told .* show pictures"):
        Harlow().script(given(choice=[0], reward=[0.0]))
