"""The typer application that all commands are added to."""

from __future__ import annotations

from typing import Annotated

import typer

import pfc_analysis as pfc

app = typer.Typer(
    name="pfc",
    help="Train agents on the tasks of Wang et al. 2018, record them, compare them with animals, "
    "and reproduce the figures of the paper.",
    epilog="Results (paths and tables) go to the standard output; progress, hints and errors to "
    "the standard error. Exit status: 0; 1 if a check or a replica failed; 2 if the input is wrong "
    "or the machine lacks something; 130 after Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Public animal data.", no_args_is_help=True)
app.add_typer(data_app, name="data")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pfc_analysis {pfc.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass
