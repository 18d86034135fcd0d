"""The folder of an agent is checked before its training."""

from __future__ import annotations

import dataclasses

import pytest

from pfc_analysis.paths import OutputPathError
from pfc_analysis.training.recipes.recipe_files import format_recipe, read_recipe
from pfc_analysis.training.run import agent_folder
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.shipped_experiments import RECIPE
from pfc_analysis.training.run.tensor_files import CheckpointError
from pfc_analysis.training.run.trainer import train


def test_folder_with_other_files_is_refused(tmp_path, small_recipe):
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(FileExistsError, match=r"holds other files \(thesis.docx, ...\), but no"):
        train(small_recipe, tmp_path, replicas=1, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_file_in_place_of_a_folder_is_refused(tmp_path, small_recipe):
    path = tmp_path / "agent"
    path.write_text("mine")
    with pytest.raises(OutputPathError, match=r"agent: found a file, expected a folder"):
        train(small_recipe, path, replicas=1, workers=1)
    assert path.read_text() == "mine"


def test_full_disk_is_told_before_the_training(tmp_path, small_recipe, monkeypatch):
    monkeypatch.setattr(
        agent_folder.shutil, "disk_usage", lambda _: dataclasses.make_dataclass("U", ["free"])(9)
    )
    with pytest.raises(OSError, match=r"2 replicas need .* MB, but the disk has 0 MB left"):
        train(small_recipe, tmp_path / "agent", workers=1)
    assert not (tmp_path / "agent").exists()


def test_recipe_of_trained_replicas_is_not_overwritten(tmp_path, small_recipe):
    agent = train(small_recipe, tmp_path / "agent", replicas=1, workers=1)
    other = dataclasses.replace(small_recipe, task={"trials": 7})
    with pytest.raises(CheckpointError, match=r"would be overwritten \(seed_3 was trained"):
        train(other, agent, replicas=1, seed=9, workers=1)
    assert read_recipe(agent) == small_recipe
    assert len(list_replicas(agent)) == 1


def test_recipe_of_another_experiment_is_not_overwritten(tmp_path, small_recipe):
    other = dataclasses.replace(small_recipe, experiment="bandit", plays="two_step")
    (tmp_path / RECIPE).write_text(format_recipe(other))
    with pytest.raises(CheckpointError, match=r"recipe.toml: differs from the recipe to train now"):
        train(small_recipe, tmp_path, replicas=1, workers=1)
    assert read_recipe(tmp_path) == other


def test_recipe_of_a_training_that_left_nothing_is_replaced(tmp_path, small_recipe):
    """As after a training that diverged: its recipe is corrected, and it is trained again."""
    other = dataclasses.replace(small_recipe, task={"trials": 7})
    (tmp_path / RECIPE).write_text(format_recipe(other))
    train(small_recipe, tmp_path, replicas=1, workers=1)
    assert read_recipe(tmp_path) == small_recipe
