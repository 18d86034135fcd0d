"""List the experiments that are shipped, and find the folders of their agents.

This module imports little, so that `pfc list` answers at once.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from pfc_analysis.paths import content_folder
from pfc_analysis.toml_files import TomlError, read_toml

RECIPE = "recipe.toml"
"""Name of the recipe in the folder of an experiment or an agent."""


def list_experiments(folder: str | Path | None = None) -> dict[str, str]:
    """Return the titles of experiments, by name.

    Parameters
    ----------
    folder : str or Path, optional
        Folder of your own experiment, or of several, which are listed by their paths. No task file
        is run. Default: the shipped experiments.

    Raises
    ------
    ValueError
        If the folder contains no experiment.
    RecipeError
        If a recipe has no title.
    """
    if folder is None:
        recipes = sorted(content_folder("agents").glob(f"*/{RECIPE}"))
        return {path.parent.name: _read_title(path) for path in recipes}
    recipes = sorted({*Path(folder).glob(RECIPE), *Path(folder).glob(f"*/{RECIPE}")})
    if not recipes:
        raise ValueError(
            f"{folder}: found no {RECIPE}, expected the folder of an experiment, or a folder of "
            "such folders. Make one by: pfc new NAME --out DIR"
        )
    return {str(path.parent): _read_title(path) for path in recipes}


def is_shipped(given: str | Path) -> bool:
    """Return whether this is the name of a shipped experiment."""
    name = str(given)
    agents = content_folder("agents")
    return Path(name).name == name and (agents / name / RECIPE).is_file()


def shipped_agent(experiment: str) -> Path:
    """Return the folder of the shipped agent of an experiment.

    Raises
    ------
    ValueError
        If there is no such experiment; the message lists the known ones.
    """
    if not is_shipped(experiment):
        raise ValueError(say_unknown(experiment))
    return content_folder("agents") / experiment


def say_unknown(name: str) -> str:
    """Say that there is no such experiment, and which there are."""
    known = sorted(path.parent.name for path in content_folder("agents").glob(f"*/{RECIPE}"))
    meant = get_close_matches(name, known, n=1)
    offer = f" (did you mean {meant[0]!r}?)" if meant else ""
    return (
        f"Unknown experiment {name!r}{offer}; expected one of {known}, or the folder of an "
        "experiment of your own (pfc new)."
    )


def _read_title(path: Path) -> str:
    try:
        return str(read_toml(path)["title"])
    except (KeyError, TomlError) as error:
        from pfc_analysis.training.run.recipe import RecipeError

        raise RecipeError(f'{path}: found no title ({error}), expected title = "...".') from error
