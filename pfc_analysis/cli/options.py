"""Options that several commands share, and the function that reads task settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pfc_analysis.cli.completion import complete_experiment

_LARGEST_SEED = 2**63 - 1
"""Seeds are kept as whole numbers of 64 bits."""


def _read_seed(given: str | int) -> int:
    """Read a seed; the help would show the range of such numbers digit by digit."""
    try:
        seed = int(str(given))
    except ValueError:
        seed = -1
    if not 0 <= seed <= _LARGEST_SEED:
        raise typer.BadParameter(f"found {given!r}, expected a whole number from 0 to 2**63 - 1.")
    return seed


def seed_option(what: str) -> Any:
    """Return an option that takes a seed."""
    return typer.Option(parser=_read_seed, metavar="<int, 0 or more>", help=what)


Experiment = Annotated[
    str,
    typer.Argument(
        help="Name of an experiment (`pfc list`), the folder of your own experiment, whose "
        "task.py is then run, the folder of an agent, or a recipe file.",
        autocompletion=complete_experiment,
    ),
]
Recipe = Annotated[
    str,
    typer.Argument(
        help="Name of an experiment (`pfc list`), the folder of your own experiment, whose task.py "
        "is then run, or a recipe file.",
        autocompletion=complete_experiment,
    ),
]
Agents = Annotated[
    Path | None,
    typer.Option(help="Folder with one trained agent per experiment; default: the shipped ones."),
]
Agent = Annotated[
    Path | None,
    typer.Option(
        help="Folder of a trained agent; default: the shipped agent, the folder of your own "
        "experiment, or where a recipe file is trained."
    ),
]
FirstSeed = Annotated[
    int | None,
    seed_option("First seed; default: the recipe's."),
]
SessionSeed = Annotated[
    int | None,
    seed_option("Seed of the sessions; default: the recipe's."),
]
Sessions = Annotated[
    int | None, typer.Option(min=1, help="Sessions per replica; default: the recipe's.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Number of processes; default: one per processor.")
]
TaskSettings = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Change a setting of the task (`pfc show` lists them); can be repeated.",
    ),
]
Images = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Pictures for tasks that show them; short for --task images=DIR."
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(help="What the columns mean: a TOML file, or the name of a preset."),
]
Subject = Annotated[
    str | None,
    typer.Option(
        help="Name of the animal, if no column gives it; '{stem}' is the name of the file, "
        "'{folder}' that of its folder, '{folder.parent}' of the folder above."
    ),
]
Table = Annotated[str | None, typer.Option(help="Name of the table, if a file has several.")]
PageFolder = Annotated[Path, typer.Option(help="Folder for page, figure, table and dataset.")]
Open = Annotated[bool, typer.Option("--open", help="Open what was written in the browser.")]


def read_task(settings: list[str] | None, images: Path | None) -> dict[str, Any]:
    """Return the settings of the task that differ from the recipe's."""
    from pfc_analysis.training.recipes.settings_text import parse_settings

    shown = {} if images is None else {"images": str(images.absolute())}
    return parse_settings(settings or []) | shown
