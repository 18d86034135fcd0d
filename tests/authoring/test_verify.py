"""What is wrong with an experiment is named before training: check, line, problem and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfc_analysis import verify
from pfc_analysis.authoring.check_recording import shorten
from pfc_analysis.authoring.check_replay import check_replay
from pfc_analysis.authoring.fault import NotApplicableError, Subject
from pfc_analysis.authoring.verify import format_verified
from pfc_analysis.tasks.contract import ScriptError
from pfc_analysis.training.run.experiment import find_experiment

REVERSAL = "        session.better_arm = 1 - session.better_arm\n"
DESCRIPTION = ', long_name="arm that pays more often in this trial"'
NAMES, SESSIONS = "names that the task defines", "random sessions, compiled and plain"
FILES, RECORDING = "task file and recipe", "recording schema"
REPLAY = "living through given trials"

FAULTS = {
    "not Python": (("def step(", "def step"), FILES, "not valid Python", "def step"),
    "an import that fails": (("import numpy as np", "import numpyy as np"), FILES,
                             "ModuleNotFoundError: No module named 'numpyy'", "import numpyy"),
    "another name": (('name = "my_task"', 'name = "your_task"'), FILES,
                     "found name = 'your_task', expected 'my_task', the name of the folder",
                     "name ="),
    "no task class": (("class MyTask(Task):", "class MyTask:"), FILES,
                      "found 0 task classes, expected one class derived from", ""),
    "nothing stated": (('    actions = ("left", "right")\n', ""), FILES,
                       "the task class MyTask does not define actions", "class MyTask"),
    "not compiled": (("@njit(cache=True)\ndef step", "def step"), FILES,
                     "step is not compiled, expected @njit(cache=True) above it", "class MyTask"),
    "no function step": (("def step(", "def stepp("), FILES, "found no function 'step'",
                         "class MyTask"),
    "one action": (('actions = ("left", "right")', 'actions = ("left",)'), NAMES,
                   "actions is ('left',), expected at least two", "actions ="),
    "one name without a comma": (('steps = ("choice",)', 'steps = ("choice")'), NAMES,
                                 "steps is 'choice', expected a tuple", "steps ="),
    "events too few": (('steps = ("choice",)', 'steps = ("choice", "wait")\n    events = ("a",)'),
                       NAMES, "found 1 events for 2 steps", "events ="),
    "cues without show": (('actions = ("left", "right")',
                           'actions = ("left", "right")\n    cues = ("light",)'),
                          NAMES, "the task has cues but not a function show", "cues ="),
    "a context that is no cue": (('actions = ("left", "right")',
                                  'actions = ("left", "right")\n    context = ("light",)'),
                                 NAMES, "context is ('light',), expected the last of cues",
                                 "context ="),
    "unknown questions": (('questions = "bandit"', 'questions = "bandits"'), NAMES,
                          "questions is 'bandits', expected one of ['bandit',", "questions ="),
    "no questions and no reason": (('    questions = "bandit"\n', ""), NAMES,
                                   "neither questions nor why_no_questions is defined", "name ="),
    "a field that is not declared": ((REVERSAL, REVERSAL + "        session.reversals += 1\n"),
                                     SESSIONS, "session.reversals is used, but a session has no",
                                     "session.reversals"),
    "Python that numba cannot compile": (("reward = 1.0 if", 'label = f"{action:.2f}" + open\n'
                                          "    reward = 1.0 if"), SESSIONS, "numba cannot", ""),
    "an undefined name": (("reward = 1.0 if", "reward = undefined if"), SESSIONS,
                          "NameError: name 'undefined' is not defined", "undefined"),
    "the reward alone": (("return 0, reward", "return reward"), SESSIONS,
                         "step returns float64, expected two numbers", "def step"),
    "an argument too few": (("def step(session, action, uniform)", "def step(session, action)"),
                            SESSIONS, "step has 2 arguments, expected 3", "def step"),
    "a property that fails": (('steps = ("choice",)', 'steps = ("choice",)\n\n    @property\n'
                               "    def cues(self):\n        raise RuntimeError('no cues')"),
                              NAMES, "RuntimeError: no cues", "raise RuntimeError"),
    "sessions without end": (("    session.trial += 1\n", ""), SESSIONS,
                             "60 of 60 sessions are not over after 100 steps", "def step"),
    "two trials at once": (("session.trial += 1", "session.trial += 2"), SESSIONS,
                           "session.trial changes in a step by something other", "def step"),
    "an observation without name": (("return 0, reward", "return 1, reward"), SESSIONS,
                                    "the observation is 1, expected a number from 0 to 0",
                                    "def step"),
    "a step never reached": (('steps = ("choice",)', 'steps = ("choice", "wait")'), SESSIONS,
                             "the step 'wait' was reached in none of 60 sessions", "def step"),
    "a reward that is not finite": (("return 0, reward", "return 0, reward / 0.0 - 1.0"), SESSIONS,
                                    "", ""),
    "no description": ((DESCRIPTION, ""), RECORDING,
                       "the variable 'better_arm' has no long_name", '"better_arm"'),
    "a value outside the schema": (('trials.action("choice"), LEFT_RIGHT',
                                    'trials.action("choice") + 5, LEFT_RIGHT'), RECORDING,
                                   "choice: found", "def tabulate"),
    "no reward": (('            "reward": number(trials.reward),\n', ""), RECORDING, "reward", ""),
    "a script with another observation": (("observation=0", "observation=1"), REPLAY,
                                          "observation: found the code 1, expected 0 to 0 (arms)",
                                          "def script"),
    "a script with the other action": (("action=choice", "action=1 - choice"), REPLAY,
                                       "observation, action: trial 0 shows", "def script"),
    "a script that pays nothing": (("reward=earned", "reward=0.0"), REPLAY,
                                   "pays 0, but its reward is 1", "def script"),
    "a script of other steps": (('{"choice": ScriptStep(', '{"chose": ScriptStep('), REPLAY,
                                "choice: found 'choice', expected one of ['chose']", ""),
    "a script that reads what is not there": (('trials.code("choice"', 'trials.code("side"'),
                                              REPLAY, "side: there is no such variable", ""),
    "questions that need more": (('questions = "bandit"', 'questions = "two_step"'), "comparison",
                                 "compare fails with the questions 'two_step'", "questions ="),
}  # fmt: skip
"""What is changed in the task file; the check that notices, what it says, and the line it names."""


def test_where_no_questions_fit_the_way_out_is_named(changed):
    faults = verify(changed(('questions = "bandit"', 'questions = "two_step"')))
    cure = str(faults.loc[faults["check"] == "comparison", "cure"].item())
    assert "choose other questions (bandit, episodic_two_step, harlow," in cure
    assert 'questions = "" and why_no_questions = "the reason"' in cure


@pytest.mark.parametrize("case", FAULTS)
def test_faults_are_named_with_their_line(case, changed):
    (old, new), check, problem, at = FAULTS[case]
    folder = changed((old, new))
    table = verify(folder)
    failed = table[table["status"] == "failed"]
    assert failed["check"].tolist()[:1] == [check], table.to_string()
    first = failed.iloc[0]
    assert problem in first["problem"]
    assert first["cure"]
    path, _, number = first["where"].rpartition(":") if at else (first["where"], "", "1")
    if at:
        assert Path(path) == (folder / "task.py").resolve()
        assert at in (folder / "task.py").read_text().splitlines()[int(number) - 1]
    assert any(f"Cure: {first['cure']}" in line for line in format_verified(table))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("units = 48", "unitss = 48"), "network.unitss: unknown key"),
        (('experiment = "my_task"', 'experiment = "two_step"'), "expected 'my_task', the name of"),
        (("[task] ", "[task]\nreward_probability = 2.0 #"), "expected a probability"),
    ],
)
def test_faults_of_the_recipe(change, problem, changed):
    table = verify(changed(change, file="recipe.toml"))
    assert table["status"].tolist() == ["failed"] + ["not run"] * (len(table) - 1)
    assert problem in table["problem"][0]


def test_after_a_change_the_file_is_read_anew(changed):
    folder = changed(('actions = ("left", "right")', 'actions = ("left",)'))
    assert "expected at least two" in verify(folder)["problem"][1]
    changed(('actions = ("left",)', "actions = ()"))
    assert "actions is (), expected at least two" in verify(folder)["problem"][1]


def test_an_unknown_experiment_is_refused_by_name():
    table = verify("no_such_experiment")
    assert "Unknown experiment 'no_such_experiment'; expected one of [" in table["problem"][0]


def test_a_task_without_script_is_told_so_with_the_way_out(changed):
    text = (changed() / "task.py").read_text()
    folder = changed((text[text.index("\n    def script") :], ""))
    row = verify(folder).set_index("check").loc[REPLAY]
    assert row["status"] == "not applicable"
    assert "no method script" in row["problem"]
    assert "pfc new" in row["problem"]
    task = find_experiment(folder).recipe.testing_task()
    with pytest.raises(ScriptError, match=r"no method `script`\. In a task of your own, write one"):
        task.script(None)


def open_shipped(name):
    experiment = find_experiment(name)
    return Subject(shorten(experiment.recipe), experiment.recipe.training_task())


@pytest.mark.parametrize("name", ["episodic_two_step", "risky_choice", "what_where"])
def test_scripts_of_shipped_tasks_are_the_reverse_of_their_tables(name):
    """Among them one whose script makes barcodes anew."""
    assert list(check_replay(open_shipped(name))) == []


def test_pictures_are_not_in_a_table():
    with pytest.raises(NotApplicableError, match="trials that show pictures are not held by a tab"):
        list(check_replay(open_shipped("harlow")))


@pytest.mark.parametrize("name", ["two_step", "inferred_value", "harlow_symbolic"])
def test_shipped_experiments_keep_the_same_contract(name):
    """With questions, without questions, with cues; other tests hold all tasks to each part."""
    table = verify(name)
    other = table[table["status"] != "passed"]
    assert other["check"].tolist() == (["comparison"] if name == "inferred_value" else [])
    assert other["status"].eq("not applicable").all(), table.to_string()
