"""Find an experiment by its name, or in a folder of the user's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pfc_analysis.tasks import list_tasks
from pfc_analysis.tasks.contract.task_files import (
    TASK_FILE,
    TaskFileError,
    load_task_file,
    loaded_path,
)
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.shipped_experiments import (
    RECIPE,
    count_replicas,
    is_shipped,
    say_unknown,
    shipped_agent,
)


@dataclass(frozen=True)
class Experiment:
    """An experiment: its recipe, its folder and its task file.

    Attributes
    ----------
    recipe : Recipe
        All settings of training and recording.
    folder : Path or None
        Folder of the recipe and of the trained replicas, if there are any. None if only a recipe
        was given.
    task_file : Path or None
        The task file of the user's own experiment; None for the tasks of this package.
    """

    recipe: Recipe
    folder: Path | None = None
    task_file: Path | None = None


def find_experiment(given: str | Path | Recipe, sets: Sequence[str] = ()) -> Experiment:
    """Find an experiment by its name, its folder or its recipe.

    Parameters
    ----------
    given : str, Path or Recipe
        Name of a shipped experiment; the folder of your own experiment (its `task.py` is then run);
        the folder of an agent; a recipe file; or a recipe.
    sets : sequence of str
        Sets of questions that the caller takes besides, for the error.

    Returns
    -------
    Experiment

    Raises
    ------
    ValueError
        If there is no such experiment, or the name is also a folder in the current directory.
    TaskFileError
        If the task file of the folder cannot be used.
    RecipeError
        If the recipe is not valid.
    """
    if isinstance(given, Recipe):
        return Experiment(given, task_file=loaded_path(given.plays or given.experiment))
    path = Path(given)
    if is_shipped(given):
        if (path / RECIPE).is_file():
            raise ValueError(
                f"{given!r} is the name of a shipped experiment and of a folder here. Write "
                f"./{given} for the folder, or run this in another directory for the shipped one."
            )
        folder = shipped_agent(str(given))
        return Experiment(read_recipe(folder), folder)
    if path.suffix == ".toml":
        return Experiment(read_recipe(path), path.parent)
    if path.is_dir():
        return _open_folder(path)
    raise ValueError(say_unknown(str(given), sets))


def find_agent(experiment: str | Path, agent: str | Path | None = None) -> tuple[Path, Recipe]:
    """Find the folder of an agent that was trained on an experiment, and its recipe.

    Parameters
    ----------
    experiment : str or Path
        Name, folder or recipe file of an experiment; the `task.py` of a folder is run.
    agent : str or Path, optional
        Folder of the agent, in which no code is run; default: the folder of the experiment. For a
        recipe file it is the folder that `pfc train` makes from it (`default_folder`).

    Raises
    ------
    ValueError
        If there is no such experiment, or the agent was trained on another.
    FileNotFoundError
        If a recipe file is given without an agent, and no agent is found.
    """
    found = find_experiment(experiment)
    if agent is None:
        if Path(experiment).suffix == ".toml" and not is_shipped(experiment):
            return _find_trained(Path(experiment)), found.recipe
        assert found.folder is not None
        return found.folder, found.recipe
    recipe = read_recipe(agent)
    if recipe.experiment != found.recipe.experiment:
        raise ValueError(
            f"{agent}: this agent was trained on {recipe.experiment!r}, expected "
            f"{str(experiment)!r}. Record it by: pfc record {_how_to_name(recipe, agent)}"
        )
    return Path(agent), recipe


def _find_trained(recipe: Path) -> Path:
    """Find the agent of a recipe file: beside it, or where it is trained by default."""
    folders = (recipe.parent, default_folder(recipe, {}))
    for folder in folders:
        if count_replicas(folder):
            return folder
    raise FileNotFoundError(
        f"{recipe}: found no agent of this recipe in {' or '.join(map(str, folders))}. Name its "
        f"folder (--agent, or agent= in Python), or train one: pfc train {recipe}"
    )


def _how_to_name(recipe: Recipe, agent: str | Path) -> str:
    """Return what `pfc record` takes to record an agent."""
    if is_shipped(recipe.experiment):
        return f"{recipe.experiment} --agent {agent}"
    task_file = loaded_path(recipe.plays or recipe.experiment)
    return str(agent) if task_file is None else f"{task_file.parent} --agent {agent}"


def digest_task_file(recipe: Recipe) -> str:
    """Return the SHA-256 of the task file that a recipe's task was loaded from, or nothing."""
    path = loaded_path(recipe.plays or recipe.experiment)
    return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def default_folder(experiment: str | Path, changed: Mapping[str, Any]) -> Path:
    """Return the folder that an experiment is trained into by default.

    Parameters
    ----------
    experiment : str or Path
        Name, folder or recipe file of an experiment.
    changed : mapping
        Settings of the task that differ from the recipe's.

    Returns
    -------
    Path
        `trained/NAME`, or the folder of the user's own experiment, where `record` looks for agents.

    Raises
    ------
    ValueError
        If settings are changed and the folder is the experiment's own, whose recipe would then no
        longer describe how its replicas were trained.
    """
    path = Path(experiment)
    if is_shipped(experiment) or not path.is_dir():
        return Path("trained") / path.name.removesuffix(".toml")
    if changed:
        raise ValueError(
            f"{path}: the settings {', '.join(changed)} differ from the recipe in this folder. "
            "Train into another folder with --out, or change the recipe."
        )
    return path


def _open_folder(folder: Path) -> Experiment:
    """Run the task file of a folder that the user named, and read its recipe."""
    task_file = folder / TASK_FILE
    if not task_file.is_file():
        inside = sorted(str(path.parent) for path in folder.glob(f"*/{RECIPE}"))
        if inside and not (folder / RECIPE).is_file():
            raise ValueError(f"{folder}: holds experiments, but is none. Name one of {inside}.")
        return Experiment(read_recipe(folder), folder)
    name = folder.resolve().name
    if name in list_tasks():
        raise TaskFileError(
            str(task_file), f"{name!r} is the name of a task of this package. Rename the folder."
        )
    load_task_file(task_file)
    recipe = read_recipe(folder)
    if recipe.plays not in ("", name):
        raise RecipeError(
            f"{folder / RECIPE}: found plays = {recipe.plays!r}, but the folder has a {TASK_FILE}, "
            f"which would never be played. Remove the one or the other."
        )
    if recipe.experiment != name:
        raise RecipeError(
            f"{folder / RECIPE}: found experiment = {recipe.experiment!r}, expected {name!r}, the "
            "name of the folder."
        )
    return Experiment(recipe, folder, task_file.resolve())
