"""Commands that draw figures and check their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app
from pfc_analysis.cli.compiling import says_when_compiling
from pfc_analysis.cli.options import Agents, Workers
from pfc_analysis.cli.output import print_hint, print_paths, print_table


@app.command()
@says_when_compiling
def figure(
    name: Annotated[str, typer.Argument(help="Name of the figure in the paper: 5, s6, ...")],
    out: Annotated[Path, typer.Option(help="Folder for the picture and its numbers.")] = Path(
        "out"
    ),
    agents: Agents = None,
    slide: Annotated[
        bool, typer.Option("--slide", help="A slide (16:9) for each row of panels, larger text.")
    ] = False,
) -> None:
    """Draw one figure of the paper: picture (SVG, PNG, PDF), caption and numbers."""
    print_paths(pfc.draw_figure(name, out, agents, slide=slide))


@app.command()
@says_when_compiling
def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for pictures, numbers and page.")] = Path("out"),
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train every agent again first.")
    ] = False,
    workers: Workers = None,
) -> None:
    """Draw every figure from the shipped agents; the last file named is a page with all of them."""
    print_paths(pfc.reproduce(out, from_scratch=from_scratch, workers=workers, progress=True))


@app.command()
@says_when_compiling
def check(
    agents: Agents = None,
    out: Annotated[Path | None, typer.Option(help="Keep the figures in this folder.")] = None,
    measured: Annotated[
        Path | None,
        typer.Option(help="Folder that `pfc reproduce` wrote: check its numbers without drawing."),
    ] = None,
    workers: Workers = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare every measured number with the paper; exit 1 if a claim does not hold."""
    from pfc_analysis.reproduction.claim_summary import summarise_check
    from pfc_analysis.reproduction.claims import TEXT_COLUMNS, format_check

    shown = not json and measured is None
    table = pfc.check(agents, out, progress=shown, measured=measured, workers=workers)
    if json:
        typer.echo(table.to_json(orient="records", indent=2))
    else:
        print_table(TEXT_COLUMNS, format_check(table))
    print_hint(summarise_check(table))
    if table["holds"].eq(False).any():  # empty if a number has no claim
        raise typer.Exit(1)
