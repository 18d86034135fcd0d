"""Begin an experiment of one's own."""

from __future__ import annotations

import pytest

from pfc_analysis import list_experiments, verify
from pfc_analysis.authoring.new import new_experiment


def test_a_new_experiment_passes_every_check(experiment):
    table = verify(experiment)
    assert table["status"].eq("passed").all(), table
    assert table["problem"].eq("").all()


def test_files_and_what_they_are_called(experiment):
    assert sorted(path.name for path in experiment.iterdir()) == [
        "README.md", "recipe.toml", "task.py"]  # fmt: skip
    assert "class MyTask(Task):" in (experiment / "task.py").read_text()
    assert 'experiment = "my_task"' in (experiment / "recipe.toml").read_text()
    assert f"pfc verify {experiment}" in (experiment / "README.md").read_text()


def test_listing_runs_nothing(experiment):
    (experiment / "task.py").write_text("raise SystemExit('this ran')")
    assert list_experiments(experiment.parent) == {str(experiment): "My task"}
    assert list_experiments(experiment) == {str(experiment): "My task"}


def test_a_folder_without_experiments_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"found no recipe.toml, expected .* pfc new NAME --out"):
        list_experiments(tmp_path)


def test_nothing_is_overwritten(experiment):
    with pytest.raises(FileExistsError, match=r"my_task already exists. Choose another name"):
        new_experiment("my_task", experiment.parent)


@pytest.mark.parametrize("name", ["My task", "1st", "class", "", "../up", "two_step", "harlow"])
def test_names_that_cannot_be_used(name, tmp_path):
    with pytest.raises(ValueError, match=r"^name: .*(expected a name of lower-case|is a shipped)"):
        new_experiment(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
