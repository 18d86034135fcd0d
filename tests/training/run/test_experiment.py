"""Experiments are found by name, in folders of the user's own, or by their recipe."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from pfc_analysis.authoring.new import new_experiment
from pfc_analysis.recording.record import record
from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import task_files
from pfc_analysis.tasks.contract.task_files import TaskFileError
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.run.checkpoint import CheckpointError
from pfc_analysis.training.run.experiment import (
    default_folder,
    find_agent,
    find_experiment,
)
from pfc_analysis.training.run.shipped_experiments import list_experiments, shipped_agent
from pfc_analysis.training.run.sweep import name_agents
from pfc_analysis.training.run.trainer import train


@pytest.fixture(autouse=True)
def new_process(monkeypatch) -> None:
    """As if each test ran in a process of its own: no task file has been loaded yet."""
    monkeypatch.setattr(task_files, "_LOADED", {})


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


def test_an_agent_of_a_recipe_of_its_own_is_recorded(small_text, tmp_path, monkeypatch):
    """By its folder, by its recipe, and as the error says that names the folder."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(
        small_text.replace('experiment = "two_step"', 'experiment = "mine"\nplays = "two_step"')
    )
    with pytest.raises(
        FileNotFoundError, match=r"found no agent of this recipe in \. or trained/m"
    ):
        record("mine.toml", sessions=2)
    train("mine.toml", "X", replicas=1, workers=1)
    with pytest.raises(ValueError, match=r"expected 'two_step'. Record it by: pfc record X$"):
        record("two_step", agent="X", sessions=2)
    with pytest.raises(ValueError, match=r"'mine'.*; expected .* a recipe file, or the folder of"):
        record("mine", agent="X", sessions=2)
    by_folder = record("X", sessions=2)
    assert record("mine.toml", agent="X", sessions=2).drop_attrs().identical(by_folder.drop_attrs())
    assert record("X/recipe.toml", sessions=2).drop_attrs().identical(by_folder.drop_attrs())
    Path("trained").mkdir()
    Path("X").rename(default_folder("mine.toml", {}))
    assert record("mine.toml", sessions=2).drop_attrs().identical(by_folder.drop_attrs())


def test_an_agent_of_an_own_task_is_recorded_with_the_folder_of_the_task(own, tmp_path):
    agent = tmp_path / "agent"
    agent.mkdir()
    (agent / "recipe.toml").write_text((own / "recipe.toml").read_text())
    find_experiment(own)
    with pytest.raises(ValueError, match=rf"pfc record {own} --agent {agent}$"):
        find_agent("two_step", agent)


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


def test_two_experiments_of_one_name_are_used_in_one_process(own, tmp_path):
    """Each call plays the task of the folder that it names, as in a process of its own."""
    other = new_experiment("own_task", tmp_path / "elsewhere")
    for folder, reward in ((own, "0.25"), (other, "0.75")):
        recipe = folder / "recipe.toml"
        recipe.write_text(recipe.read_text().replace("= 800", "= 2").replace("= 4 ", "= 1 "))
        task_file = folder / "task.py"
        text = task_file.read_text().replace("return 0, reward", f"return 0, {reward}")
        task_file.write_text(text)
        train(folder, folder, workers=1)
    for folder, reward in ((own, 0.25), (other, 0.75), (own, 0.25)):
        paid = record(folder, sessions=2)["reward"]
        assert set(paid.values.tolist()) <= {0.0, reward} >= {reward}
    first = find_experiment(own).recipe.training_task()
    find_experiment(other)
    assert type(first).__module__ in sys.modules
    assert inspect.getfile(type(first)) == str((own / "task.py").resolve())
    # A recipe alone brings the file that its task came from, for the workers.
    assert find_experiment(find_experiment(own).recipe).task_file == (own / "task.py").resolve()


def test_a_sweep_over_two_experiments_of_one_name_is_refused(own, tmp_path):
    """Both would be trained into one folder."""
    other = new_experiment("own_task", tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"both would be trained into the folder 'own_"):
        name_agents([own, other])


def test_a_folder_that_plays_another_task_than_its_own_is_refused(own):
    path = own / "recipe.toml"
    path.write_text('plays = "two_step"\n' + path.read_text())
    with pytest.raises(RecipeError, match=r"found plays = 'two_step', but the folder has a task"):
        find_experiment(own)


def test_a_folder_of_experiments_offers_them(own):
    with pytest.raises(ValueError, match=r"holds experiments, but is none. Name one of \['.*own"):
        find_experiment(own.parent)


def test_a_task_file_that_ends_python_is_refused(own):
    (own / "task.py").write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(TaskFileError, match=r"task.py:2: SystemExit: 0"):
        find_experiment(own)


@pytest.mark.parametrize("name", ["lambda", "Mouse", "2mice", "my-task"])
def test_folder_names_that_no_task_can_have(own, name):
    with pytest.raises(TaskFileError, match=r"found '.*', expected a name of lower-case letters"):
        find_experiment(own.rename(own.with_name(name)))


def test_weights_know_their_recipe_and_their_task_file(own, tmp_path):
    small = (own / "recipe.toml").read_text().replace("= 800", "= 2").replace("= 4 ", "= 1 ")
    (own / "recipe.toml").write_text(small)
    train(own, own, workers=1)
    record(own, sessions=2)
    task_file = own / "task.py"
    task_file.write_text(task_file.read_text() + "# a comment\n")
    with pytest.warns(UserWarning, match=r"trained with another version of the task file"):
        record(own, sessions=2)
    (own / "recipe.toml").write_text(small.replace("= 0.012", "= 0.02"))
    with pytest.raises(CheckpointError, match=r"trained with other settings than those of the rec"):
        record(own, sessions=2)


def test_training_stops_at_a_loss_that_is_not_finite(own, tmp_path):
    task_file = own / "task.py"
    task_file.write_text(task_file.read_text().replace("return 0, reward", "return 0, np.nan"))
    with pytest.raises(ValueError, match=r"seed 1, update 1: the loss is nan, expected a finite"):
        train(own, tmp_path / "out", replicas=1, workers=1)
