"""List the experiments that are shipped, and find the folders of their agents.

This module imports little, so that `pfc list` answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pfc_analysis.list_table import TableDict
from pfc_analysis.near_names import did_you_mean
from pfc_analysis.paths import content_folder
from pfc_analysis.toml_files import TomlError, read_toml

RECIPE = "recipe.toml"
"""Name of the recipe in the folder of an experiment or an agent."""

WEIGHTS = "weights.safetensors"
"""Name of the file of weights in the folder of a replica."""


COLUMNS = ("experiment", "replicas", "what it is")
"""Headings of the table of experiments."""


def list_experiments(folder: str | Path | None = None) -> TableDict[str, str]:
    """Return the titles of experiments, by name.

    Parameters
    ----------
    folder : str or Path, optional
        Folder of your own experiment, or of several, which are listed by their paths. No task file
        is run. Default: the shipped experiments.

    Returns
    -------
    TableDict
        A dict of titles by name, which prints and displays as a table. The table also counts the
        trained replicas in the folder of each experiment.

    Raises
    ------
    ValueError
        If the folder contains no experiment.
    RecipeError
        If a recipe has no title.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> experiments = pfc.list_experiments()
    >>> experiments["two_step"]
    'Two-step task: model-based behaviour and prediction errors (Figure 5)'
    """
    if folder is None:
        recipes = sorted(content_folder("agents").glob(f"*/{RECIPE}"))
        return _tabulate({path.parent.name: path for path in recipes})
    recipes = sorted({*Path(folder).glob(RECIPE), *Path(folder).glob(f"*/{RECIPE}")})
    if not recipes:
        raise ValueError(
            f"{folder}: found no {RECIPE}, expected the folder of an experiment, or a folder of "
            "such folders. Make one by: pfc new NAME --out DIR"
        )
    return _tabulate({str(path.parent): path for path in recipes})


def count_replicas(folder: Path) -> int:
    """Count the trained replicas in a folder, without reading them."""
    return len(list(folder.glob(f"seed_*/{WEIGHTS}")))


def _tabulate(recipes: dict[str, Path]) -> TableDict[str, str]:
    """Return the titles of recipes by name, with the table that they display as."""
    titles = {name: _read_title(path) for name, path in recipes.items()}
    counts = {name: str(count_replicas(path.parent)) for name, path in recipes.items()}
    return TableDict(titles, COLUMNS, partial(_make_row, counts))


def _make_row(counts: dict[str, str], name: str, title: str) -> tuple[str, str, str]:
    """Return the cells of an experiment."""
    return name, counts.get(name, "-"), title


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


def say_unknown(name: str, sets: Sequence[str] = ()) -> str:
    """Say that there is no such experiment, and which there are.

    Parameters
    ----------
    name : str
        What was given.
    sets : sequence of str
        Sets of questions, where these may be given too.
    """
    known = sorted(path.parent.name for path in content_folder("agents").glob(f"*/{RECIPE}"))
    others = f"a set of questions ({', '.join(sets)}), " if sets else ""
    return (
        f"Unknown experiment {name!r}{did_you_mean(name, [*known, *sets])}; expected one of "
        f"{known}, {others}a recipe file, or the folder of an agent or of your own experiment "
        "(pfc new)."
    )


def _read_title(path: Path) -> str:
    try:
        return str(read_toml(path)["title"])
    except (KeyError, TomlError) as error:
        from pfc_analysis.training.recipes.recipe_faults import RecipeError

        raise RecipeError(f'{path}: found no title ({error}), expected title = "...".') from error
