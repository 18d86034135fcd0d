"""Commands for experiments: list, show, make and verify them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app, examples
from pfc_analysis.cli.compiling import says_when_compiling
from pfc_analysis.cli.completion import complete_experiment
from pfc_analysis.cli.options import Experiment
from pfc_analysis.cli.output import (
    print_hint,
    print_list,
    print_paths,
    screen_width,
    shows_progress,
)
from pfc_analysis.cli.waiting import says_while_waiting
from pfc_analysis.screen_text import visible_text

_TEXT_WIDTH = 100
"""Characters: longer lines of text are hard to read."""


@app.command("list", epilog=examples("pfc list", "pfc list my_experiments"))
def list_all(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of your own experiment, or of several; no code in it is run. Default: "
            "what is shipped.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """List experiments, figures and data sets."""
    experiments = pfc.list_experiments(folder)
    rows = [(name, title) for name, title in experiments.items()]
    print_list("Experiments (more: pfc show EXPERIMENT)", ("name", "what it is"), rows)
    if folder is not None:
        return
    from pfc_analysis.reproduction.missing_figures import MISSING

    figures = pfc.list_figures()
    typer.echo()
    missing = [(name, f"not drawn: {why}") for name, why in MISSING.items()]
    print_list(
        "Figures (draw one: pfc figure NAME)", ("name", "what it asks"), [*figures.rows, *missing]
    )
    typer.echo()
    rows = [(entry.name, entry.title) for entry in pfc.list_datasets()]
    print_list("Data sets (more: pfc data info NAME)", ("name", "what it is"), rows)


@app.command(epilog=examples("pfc show two_step", "pfc show my_task"))
def show(
    experiment: Annotated[
        str,
        typer.Argument(
            help="Name of an experiment (`pfc list`), or the folder of your own; no code in it is "
            "run.",
            autocompletion=complete_experiment,
        ),
    ],
) -> None:
    """Show an experiment: task settings, recipe, agents, figures and data sets."""
    described = pfc.describe_experiment(experiment)
    typer.echo(visible_text(described.format(min(screen_width(), _TEXT_WIDTH)), keep="\n"))


@app.command(
    epilog=examples("pfc new mouse_foraging", "pfc new mouse_foraging --out my_experiments")
)
def new(
    name: Annotated[str, typer.Argument(help="Name of the experiment, such as mouse_foraging.")],
    out: Annotated[
        Path, typer.Option(help="Folder in which to make the experiment's folder.")
    ] = Path(),
) -> None:
    """Make an experiment of your own: a folder with a task that runs, a recipe and a README."""
    folder = pfc.new_experiment(name, out)
    print_paths([folder])
    print_hint(f"Next: change {folder / 'task.py'}, then check it with: pfc verify {folder}")


@app.command(epilog=examples("pfc verify mouse_foraging"))
@says_when_compiling
@says_while_waiting("preparing the checks")
def verify(experiment: Experiment) -> None:
    """Check an experiment in seconds, before training; exit 1 if a check fails."""
    from pfc_analysis.authoring.verify import format_verified

    table = pfc.verify(experiment, progress=shows_progress())
    for line in format_verified(table):
        typer.echo(line)
    if table["status"].isin(["failed", "not run"]).any():
        raise typer.Exit(1)
