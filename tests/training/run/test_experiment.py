"""Experiments are found by name, in folders of the user's own, or by their recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfc_analysis.authoring.new import new_experiment
from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract.task_files import TaskFileError
from pfc_analysis.training.run.experiment import (
    default_folder,
    find_agent,
    find_experiment,
    list_experiments,
    shipped_agent,
)
from pfc_analysis.training.run.recipe import RecipeError


@pytest.fixture
def own(tmp_path) -> Path:
    return new_experiment("own_task", tmp_path)


def test_a_name_is_that_of_a_shipped_experiment():
    found = find_experiment("bandit_correlated")
    assert found.folder == shipped_agent("bandit_correlated")
    assert (found.recipe.experiment, found.task_file) == ("bandit_correlated", None)


def test_a_folder_brings_its_task_under_its_name(own):
    found = find_experiment(own)
    assert (found.folder, found.task_file) == (own, (own / "task.py").resolve())
    task = found.recipe.training_task()
    assert type(task) is find_task("own_task")
    assert repr(task) == "OwnTask(reward_probability=0.8, reversal_probability=0.05, trials=100)"
    assert find_agent(own) == (own, found.recipe)


def test_a_recipe_and_its_file(small_recipe, tmp_path, small_text):
    assert find_experiment(small_recipe).recipe is small_recipe
    path = tmp_path / "small.toml"
    path.write_text(small_text)
    assert find_experiment(path).recipe == small_recipe


def test_a_task_file_runs_only_where_its_folder_is_the_experiment(own, tmp_path):
    """Neither as a recipe file nor as the folder of an agent."""
    (own / "task.py").write_text("raise RuntimeError('this ran')")
    with pytest.raises(TaskFileError, match=r"task.py:1: RuntimeError: this ran"):
        find_experiment(own)
    stranger = new_experiment("stranger_task", tmp_path)
    (stranger / "task.py").write_text("raise RuntimeError('this ran')")
    with pytest.raises(RecipeError, match=r"Unknown task 'stranger_task'"):
        find_experiment(stranger / "recipe.toml")
    with pytest.raises(RecipeError, match=r"Unknown task 'stranger_task'"):
        find_agent("two_step", stranger)


def test_an_agent_of_another_experiment_is_refused():
    with pytest.raises(ValueError, match=r"trained on 'matching', expected 'two_step'. Record it"):
        find_agent("two_step", shipped_agent("matching"))


def test_a_name_that_is_also_a_folder_here_is_refused(tmp_path, monkeypatch, small_text):
    (tmp_path / "two_step").mkdir()
    (tmp_path / "two_step" / "recipe.toml").write_text(small_text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"'two_step' is the name of a shipped .* ./two_step for"):
        find_experiment("two_step")
    assert find_experiment("./two_step").recipe.title == "small"


def test_a_folder_with_the_name_of_a_shipped_task_is_refused(own):
    folder = own.rename(own.with_name("matching"))
    with pytest.raises(TaskFileError, match=r"'matching' is the name of a task of this package"):
        find_experiment(folder)


def test_unknown_experiments_are_named():
    with pytest.raises(ValueError, match=r"Unknown experiment 'nothing'.*; expected one of \['ban"):
        find_experiment("nothing")


def test_where_agents_go(own):
    assert default_folder("two_step", {"trials": 3}) == Path("trained/two_step")
    assert default_folder("recipes/mine.toml", {}) == Path("trained/mine")
    assert default_folder(own, {}) == own
    with pytest.raises(
        ValueError, match=r"the settings trials differ from the recipe .* Train into another folder"
    ):
        default_folder(own, {"trials": 3})


def test_shipped_experiments_have_titles():
    titles = list_experiments()
    assert titles["two_step"]
    assert all(titles.values())
