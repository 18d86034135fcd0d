"""Read recipes from TOML files, check them, and write them as text."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pfc_analysis.toml_files import TomlError, format_toml, parse_toml, read_toml
from pfc_analysis.training.predictive.predictive_weights import check_architecture
from pfc_analysis.training.recipes.habit_settings import check_habit
from pfc_analysis.training.recipes.memory_settings import check_memory
from pfc_analysis.training.recipes.network_recipe import NetworkRecipe
from pfc_analysis.training.recipes.optimisation_recipe import OptimisationRecipe
from pfc_analysis.training.recipes.recipe import Recipe, RecordingRecipe, adapt
from pfc_analysis.training.recipes.recipe_faults import RecipeError, list_faults
from pfc_analysis.training.run.shipped_experiments import RECIPE
from pfc_analysis.training.vision.conv_weights import check_convolutions


def read_recipe(path: str | Path) -> Recipe:
    """Read and check a recipe file.

    Parameters
    ----------
    path : str or Path
        A TOML file, or the folder of an agent that holds `recipe.toml`.

    Returns
    -------
    Recipe
        The recipe, immutable.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecipeError
        If the file is not TOML, or a key is unknown, missing or wrong; the message names every
        fault.
    """
    path = Path(path)
    if path.is_dir():
        path = path / RECIPE
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such recipe. Name an experiment, or a file of TOML.")
    try:
        content = read_toml(path)
    except TomlError as error:
        raise RecipeError(str(error)) from error
    return _check_recipe(content, str(path))


def parse_recipe(text: str, source: str = "recipe") -> Recipe:
    """Read and check a recipe from TOML text; error messages begin with `source`."""
    try:
        content = parse_toml(text, source)
    except TomlError as error:
        raise RecipeError(str(error)) from error
    return _check_recipe(content, source)


def _check_recipe(content: dict[str, Any], source: str) -> Recipe:
    try:
        recipe: Recipe = adapt(Recipe).validate_python(content)
        recipe.task_class()
    except ValidationError as error:
        raise RecipeError(list_faults(source, error, known=_list_keys())) from error
    except ValueError as error:
        key = "plays" if recipe.plays else "experiment"
        raise RecipeError(
            f"{source}: {key}: {error} For a task of your own, name the folder that holds its "
            "task.py as the experiment."
        ) from error
    for key, check in (("task", recipe.training_task), ("test_task", recipe.testing_task)):
        try:
            check()
        except ValidationError as error:
            names = [setting.name for setting in fields(recipe.task_class())]
            raise RecipeError(list_faults(source, error, key, known=names)) from error
    try:
        check_convolutions(recipe.training_task(), recipe.network)
        check_architecture(recipe.training_task(), recipe.network)
        _check_actor_critic_rate(recipe)
        _check_onset(recipe)
        check_memory(recipe.training_task(), recipe.network)
        check_habit(recipe.training_task(), recipe.network)
    except ValueError as error:
        raise RecipeError(f"{source}: network: {str(error).rstrip('.')}.") from error
    return recipe


def _check_actor_critic_rate(recipe: Recipe) -> None:
    """Refuse a rate of the actor-critic where prediction errors train all weights."""
    rate = recipe.optimisation.actor_critic_rate
    if rate != 1.0 and recipe.network.architecture is None:
        raise ValueError(
            f"optimisation.actor_critic_rate = {rate}: in this network prediction errors train all "
            "weights. Change learning_rate, or set architecture = 'predictive' in [network]"
        )


def _check_onset(recipe: Recipe) -> None:
    """Refuse prediction errors that would set in after the training has ended."""
    after, updates = recipe.optimisation.rpe_after, recipe.optimisation.updates
    if after > updates:
        raise ValueError(
            f"optimisation.rpe_after = {after}: expected at most updates = {updates}, after which "
            "training ends. Lower it, or raise updates"
        )


def format_recipe(recipe: Recipe) -> str:
    """Return a recipe as TOML text that reads back to the same recipe."""
    content = asdict(recipe)
    for name, table in list(content.items()):
        if isinstance(table, dict):
            # A missing value is not written.
            content[name] = {k: v for k, v in table.items() if v is not None and v != ()}
    return format_toml({name: value for name, value in content.items() if value != {}})


def _list_keys() -> list[str]:
    """Return the keys of a recipe and of its tables."""
    parts = (Recipe, NetworkRecipe, OptimisationRecipe, RecordingRecipe)
    return [item.name for part in parts for item in fields(part)]
