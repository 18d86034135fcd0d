"""Descriptions of experiments, shipped and one's own."""

from __future__ import annotations

from dataclasses import fields

import pytest

import pfc_analysis as pfc
from pfc_analysis.reproduction.task_settings import read_task_settings
from pfc_analysis.tasks import find_task


@pytest.mark.parametrize("name", list(pfc.list_experiments()))
def test_every_setting_is_there_with_its_meaning(name):
    info = pfc.describe_experiment(name)
    assert [setting.name for setting in info.settings] == [
        field.name for field in fields(find_task(info.task))
    ]
    assert all(setting.meaning for setting in info.settings)
    assert max(map(len, info.format(50).splitlines())) <= 50


def test_what_is_said_of_the_two_step_task():
    info = pfc.describe_experiment("two_step")
    assert (info.replicas, info.task) == (8, "two_step")
    assert {"5", "s6"} <= set(info.figures)
    assert not {"1", "2", "6"} & set(info.figures)
    assert "rat_two_step" in info.datasets
    assert "common_probability = 0.8" in str(info)
    assert "stable_first when tested" in str(pfc.describe_experiment("volatility"))


def test_ones_own_task_is_read_and_not_run(tmp_path):
    folder = pfc.new_experiment("my_task", tmp_path)
    task = folder / "task.py"
    task.write_text(task.read_text() + "\nraise RuntimeError('this was run')\n")
    info = pfc.describe_experiment(folder)
    assert (info.replicas, info.figures) == (0, ())
    assert info.settings
    task.write_text("def broken(")
    with pytest.raises(ValueError, match=r"task\.py: this task file cannot be read"):
        pfc.describe_experiment(folder)
    with pytest.raises(ValueError, match="holds experiments, but is none"):
        pfc.describe_experiment(tmp_path)
    with pytest.raises(ValueError, match="did you mean 'two_step'"):
        pfc.describe_experiment("two_stp")


def test_a_file_without_the_task(tmp_path):
    path = tmp_path / "task.py"
    path.write_text("x = 1\n")
    assert read_task_settings(path, "my_task") == ("", [])
