"""Commands for experiments: list, make and verify them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app
from pfc_analysis.cli.compiling import says_when_compiling
from pfc_analysis.cli.options import Experiment
from pfc_analysis.cli.output import print_hint, print_paths, print_table


@app.command("list")
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
    from pfc_analysis.reproduction.missing_figures import MISSING

    rows = [("experiment", name, title) for name, title in pfc.list_experiments(folder).items()]
    if folder is None:
        rows += [("figure", name, path.stem) for name, path in pfc.list_figures().items()]
        rows += [("figure", name, f"not drawn: {why}") for name, why in MISSING.items()]
        rows += [("data", entry.name, entry.title) for entry in pfc.list_datasets()]
    print_table(["kind", "name", "what"], rows)


@app.command()
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


@app.command()
@says_when_compiling
def verify(experiment: Experiment) -> None:
    """Check an experiment in seconds, before training; exit 1 if a check fails."""
    from pfc_analysis.authoring.verify import format_verified

    table = pfc.verify(experiment, progress=True)
    for line in format_verified(table):
        typer.echo(line)
    if table["status"].isin(["failed", "not run"]).any():
        raise typer.Exit(1)
