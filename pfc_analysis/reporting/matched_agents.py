"""Train agents for the animals' task: settings from the data, eight replicas, kept and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.comparison.settings.compare_tasks import compare_tasks
from pfc_analysis.paths import cache_folder
from pfc_analysis.reporting.matched_settings import RULES, Animals
from pfc_analysis.reporting.solved_task import measure_solved, say_solved
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.trainer import train

FOLDER = "matched_agents"
"""Folder in the cache that holds the agents, one folder for each recipe."""


@dataclass(frozen=True)
class MatchedAgents:
    """Agents that were trained for the animals' task.

    Attributes
    ----------
    folder : Path
        Where they are kept.
    recipe : Recipe
        What they were trained with.
    solved : xarray.Dataset
        Share of the ideal observer's reward by replica (`measure_solved`).
    said : tuple of str
        Where each setting comes from, whether the task was solved, and where the agents are.
    """

    folder: Path
    recipe: Recipe
    solved: xr.Dataset
    said: tuple[str, ...]


def train_matched(
    experiment: str | Path,
    animals: xr.Dataset,
    name: str,
    *,
    task: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
    progress: bool | None = None,
) -> MatchedAgents:
    """Train agents for the animals' task, or find those that an earlier call trained.

    Parameters
    ----------
    experiment : str or Path
        Name of an experiment, or the folder of your own experiment.
    animals : xarray.Dataset
        Recording of the animals.
    name : str
        What they are called.
    task : mapping, optional
        Settings that are given, and not read from the data.
    folder : str or Path, optional
        Folder for agents; default: `matched_agents` in the cache (`PFC_ANALYSIS_CACHE`). Each
        recipe has a folder of its own in it, so that the same settings find the same agents. An
        interrupted training goes on where it stopped.
    progress : bool, optional
        Show progress bars; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    MatchedAgents

    Raises
    ------
    AnalysisError
        If settings of such an experiment cannot be read from data.
    ValueError
        As for `pfc_analysis.train`.
    """
    recipe, said = match_recipe(experiment, animals, name, task or {})
    place = cache_folder() / FOLDER if folder is None else Path(folder)
    own = place / f"{recipe.experiment}_{_digest(recipe)}"
    train(recipe, own, resume=True, progress=progress)
    solved = measure_solved(experiment, own, recipe)
    kept = f"They are kept in {own} and are found there again."
    return MatchedAgents(own, recipe, solved, (*said, say_solved(solved), kept))


def match_recipe(
    experiment: str | Path, animals: xr.Dataset, name: str, given: Mapping[str, Any]
) -> tuple[Recipe, list[str]]:
    """Write the recipe for the animals' task: the shipped one with settings from the data.

    Parameters
    ----------
    experiment, animals, name
        As for `train_matched`.
    given : mapping
        Settings that are not read from the data.

    Returns
    -------
    recipe : Recipe
    said : list of str
        Where each setting comes from.
    """
    shipped = find_experiment(experiment).recipe
    questions = shipped.task_class().questions
    if questions not in RULES:
        raise AnalysisError(
            f"agents: found 'matched' for {str(experiment)!r}, whose settings cannot be read from "
            f"data; expected an experiment that asks the questions of {listed(RULES)}"
        )
    training: Any = shipped.training_task()
    ours = asdict(training)
    read = Animals(compare_tasks(questions, {name: animals}), name, ours, given)
    found = {key: value for key, value in RULES[questions](read).items() if key in ours}
    recipe = shipped.with_task(found | dict(given))
    recipe = replace(recipe, title=f"{shipped.title}: at the settings of {name}")
    read.say_given()
    return recipe, [f"{text}." for text in read.said]


def _digest(recipe: Recipe) -> str:
    """Name a recipe by what decides its weights and its test sessions."""
    deciding = f"{recipe.training_digest()} {recipe.testing_task()!r} {recipe.recording!r}"
    return hashlib.sha256(deciding.encode()).hexdigest()[:12]
