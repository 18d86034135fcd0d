"""How a shipped fit is made: its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pfc_analysis.paths import content_folder
from pfc_analysis.toml_files import read_toml


@dataclass(frozen=True)
class FitRecipe:
    """How a shipped fit is made.

    Attributes
    ----------
    experiment : str
        Which task it is.
    data : str
        Name of a public data set; "" if an agent is fitted.
    agent : str
        A shipped agent, which is recorded with frozen weights.
    sessions : int
        Sessions of each replica of the agent.
    networks : tuple of int
        Numbers of units.
    learners : tuple of str
        Names of learners; all that suit the task if there is none.
    folds, starts, seed : int
        As of `pfc_analysis.fit`.
    repeats : int
        As of `pfc_analysis.fit`; 0 for the default.
    """

    experiment: str
    data: str = ""
    agent: str = ""
    sessions: int = 0
    networks: tuple[int, ...] = ()
    learners: tuple[str, ...] = ()
    folds: int = 5
    starts: int = 5
    seed: int = 1
    repeats: int = 0


def fit_folder(name: str) -> Path:
    """Return the folder of a shipped fit."""
    return content_folder("datasets") / "fits" / name


def read_fit_recipe(name: str) -> FitRecipe:
    """Read the recipe of a shipped fit.

    Raises
    ------
    FileNotFoundError
        If there is none of that name.
    """
    found = read_toml(fit_folder(name) / "fit.toml")
    lists = {key: tuple(value) for key, value in found.items() if isinstance(value, list)}
    return FitRecipe(**(found | lists))
