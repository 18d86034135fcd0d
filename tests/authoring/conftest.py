"""An experiment of one's own, as `pfc new` writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pfc_analysis.authoring.new import new_experiment
from pfc_analysis.tasks.contract import task_files


@pytest.fixture(autouse=True)
def new_process(monkeypatch) -> None:
    """As if each test ran in a process of its own: no task file has been loaded yet."""
    monkeypatch.setattr(task_files, "_LOADED", {})


@pytest.fixture
def experiment(tmp_path) -> Path:
    return new_experiment("my_task", tmp_path)


@pytest.fixture
def changed(experiment) -> Callable[..., Path]:
    """Change the task file, text by text, and return the folder of the experiment."""

    def change(*pairs: tuple[str, str], file: str = "task.py") -> Path:
        path = experiment / file
        text = path.read_text()
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path.write_text(text)
        return experiment

    return change
