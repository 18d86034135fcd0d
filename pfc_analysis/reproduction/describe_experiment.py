"""Describe an experiment: task, settings, recipe, agents, figures and data sets."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pfc_analysis.recording.catalogue.catalogue_entries import list_datasets
from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.task_settings import TaskSetting, read_task_settings
from pfc_analysis.toml_files import read_toml
from pfc_analysis.training.run.shipped_experiments import (
    RECIPE,
    count_replicas,
    is_shipped,
    list_experiments,
    say_unknown,
    shipped_agent,
)

_AGENTS_OF_FIGURES = re.compile(
    r"from (pfc_analysis\.reproduction\.agents\.(?!agent_recording)\w+) import"
)
_FIGURE_IN_TITLE = re.compile(r"(Supplementary )?Figure (P?\d+)")
_TABLES = ("task", "test_task", "network", "optimisation", "recording")
_WIDTH, _INDENT = 80, 4  # characters


@dataclass(frozen=True, repr=False)
class ExperimentInfo:
    """What is known of an experiment; `print` and a prompt show it as text.

    Attributes
    ----------
    name, title : str
        Its name or folder, and what it is.
    folder : Path
        Folder of the recipe and of the trained replicas.
    task, about : str
        Name of the task, and what the agent does in it.
    settings : tuple of TaskSetting
        Settings of the task, with defaults and meaning.
    recipe : dict
        The recipe: tables `task` and `test_task` (settings that differ from the defaults),
        `network`, `optimisation` and `recording`, and the numbers of `replicas` and `seed`.
    replicas : int
        Trained replicas in the folder.
    figures : tuple of str
        Figures of the paper that use it.
    datasets : tuple of str
        Data sets of animals and people that it can be compared with.
    """

    name: str
    title: str
    folder: Path
    task: str
    about: str
    settings: tuple[TaskSetting, ...]
    recipe: dict[str, Any]
    replicas: int
    figures: tuple[str, ...]
    datasets: tuple[str, ...]

    def __str__(self) -> str:
        return self.format()

    def __repr__(self) -> str:
        return self.format()

    def format(self, width: int = _WIDTH) -> str:
        """Format as text.

        Parameters
        ----------
        width : int
            Characters per line.

        Returns
        -------
        str
        """
        agents = f"{self.replicas} trained replicas" if self.replicas else "no trained replicas"
        lines = [
            *_wrap(f"{self.name}: {self.title}", width),
            "",
            *_wrap(f"task         {self.task}. {self.about}", width, 13),
            *_wrap(f"agents       {agents}", width, 13),
            *_wrap(f"figures      {', '.join(self.figures) or 'none'}", width, 13),
            *_wrap(f"data sets    {', '.join(self.datasets) or 'none'}", width, 13),
            "",
            *_wrap("Settings of the task (change one by --task NAME=VALUE)", width),
        ]
        for setting in self.settings:
            lines += _wrap(f"  {setting.name} = {self._value(setting)}", width, _INDENT)
            lines += (
                _wrap(" " * _INDENT + setting.meaning, width, _INDENT) if setting.meaning else []
            )
        lines += [] if self.settings else ["  none"]
        for table in _TABLES[2:]:
            if self.recipe.get(table):
                pairs = ", ".join(f"{key}={value}" for key, value in self.recipe[table].items())
                lines += ["", f"Recipe: {table}", *_wrap(f"  {pairs}", width, 2)]
        return "\n".join(lines)

    def _value(self, setting: TaskSetting) -> str:
        """Return the value of a setting in training, and where testing or the default differ."""
        default = setting.default or "no default"
        trained = self.recipe.get("task", {}).get(setting.name, default)
        tested = self.recipe.get("test_task", {}).get(setting.name, trained)
        notes = [] if _same(tested, trained) else [f"{tested} when tested"]
        notes += [] if _same(trained, default) else [f"default: {default}"]
        return f"{trained}" + (f" ({'; '.join(notes)})" if notes else "")


def describe_experiment(experiment: str | Path) -> ExperimentInfo:
    """Describe an experiment: task settings, recipe, agents, figures and data sets.

    Parameters
    ----------
    experiment : str or Path
        Name of a shipped experiment, or the folder of your own. No task file is run.

    Returns
    -------
    ExperimentInfo
        Prints as text; its attributes are for programs.

    Raises
    ------
    ValueError
        If there is no such experiment, or its recipe or task file cannot be read.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> info = pfc.describe_experiment("two_step")
    >>> info.replicas
    8
    >>> [setting.name for setting in info.settings][:2]
    ['common_probability', 'reward_probability']
    >>> "rat_two_step" in info.datasets
    True
    """
    folder = shipped_agent(str(experiment)) if is_shipped(experiment) else Path(experiment)
    if not (folder / RECIPE).is_file():
        if folder.is_dir():
            inside = list(list_experiments(folder))  # or its error says what the folder lacks
            raise ValueError(f"{folder}: holds experiments, but is none. Name one of {inside}.")
        raise ValueError(say_unknown(str(experiment)))
    recipe = read_toml(folder / RECIPE)
    name, title = str(recipe.get("experiment", folder.name)), str(recipe.get("title", ""))
    task = str(recipe.get("plays") or name)
    about, settings = _read_task(folder, task)
    shipped = folder.name if is_shipped(experiment) else ""
    return ExperimentInfo(
        name=shipped or str(experiment),
        title=title,
        folder=folder,
        task=task,
        about=about,
        settings=tuple(settings),
        recipe=recipe,
        replicas=count_replicas(folder),
        figures=tuple(_find_figures(shipped, title)) if shipped else (),
        datasets=tuple(e.name for e in list_datasets() if {name, task} & set(e.experiments)),
    )


def _read_task(folder: Path, task: str) -> tuple[str, list[TaskSetting]]:
    """Read a task from the file beside the recipe, or from the tasks of this package."""
    own = folder / "task.py"
    shipped = _package_file(f"pfc_analysis.tasks.{task}") if task.isidentifier() else None
    path = own if own.is_file() else shipped
    return ("", []) if path is None else read_task_settings(path, task)


def _find_figures(experiment: str, title: str) -> list[str]:
    """Return the figures whose scripts name an experiment, or that its title names."""
    named = {
        ("s" if supplement else "") + number.lower()
        for supplement, number in _FIGURE_IN_TITLE.findall(title)
    }
    found = []
    for name, script in list_figures().items():
        text = script.read_text(encoding="utf-8")
        paths = [_package_file(module) for module in _AGENTS_OF_FIGURES.findall(text)]
        texts = [text, *(path.read_text(encoding="utf-8") for path in paths if path is not None)]
        if name in named or any(f'"{experiment}"' in one for one in texts):
            found.append(name)
    return found


def _package_file(module: str) -> Path | None:
    """Return the file of a module of this package, which is not imported."""
    parent, _, name = module.rpartition(".")
    spec = find_spec(parent)
    places = [] if spec is None else spec.submodule_search_locations or []
    paths = [Path(place) / f"{name}.py" for place in places]
    return next((path for path in paths if path.is_file()), None)


def _same(one: object, other: object) -> bool:
    """Compare values of TOML and of Python by what they are written as."""
    return str(one).strip("'\"") == str(other).strip("'\"")


def _wrap(text: str, width: int, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=" " * indent, break_on_hyphens=False)
