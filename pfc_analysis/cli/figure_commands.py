"""Commands that draw figures and check their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app, examples
from pfc_analysis.cli.compiling import says_when_compiling
from pfc_analysis.cli.completion import complete_figure
from pfc_analysis.cli.options import Agents, Open, Workers
from pfc_analysis.cli.output import (
    open_written,
    print_hint,
    print_paths,
    print_table,
    shows_progress,
)
from pfc_analysis.cli.waiting import says_while_waiting


@app.command(epilog=examples("pfc figure 5 --open", "pfc figure s6 --out my_figures --slide"))
@says_when_compiling
@says_while_waiting("recording agents and drawing; this takes up to a minute")
def figure(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of the figure in the paper: 5, s6, ...", autocompletion=complete_figure
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the picture and its numbers.")] = Path(
        "out"
    ),
    agents: Agents = None,
    slide: Annotated[
        bool, typer.Option("--slide", help="A slide (16:9) for each row of panels, larger text.")
    ] = False,
    show: Open = False,
) -> None:
    """Draw one figure of the paper: picture (SVG, PNG, PDF), caption and numbers."""
    written = pfc.draw_figure(name, out, agents, slide=slide)
    print_paths(written)
    if show:
        open_written(next(path for path in written if path.suffix == ".svg"))


@app.command(epilog=examples("pfc reproduce --out out --open"))
@says_when_compiling
@says_while_waiting("preparing")
def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for pictures, numbers and page.")] = Path("out"),
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train every agent again first.")
    ] = False,
    workers: Workers = None,
    show: Open = False,
) -> None:
    """Draw every figure from the shipped agents; the last file named is a page with all of them."""
    written = pfc.reproduce(
        out, from_scratch=from_scratch, workers=workers, progress=shows_progress()
    )
    print_paths(written)
    if show:
        open_written(written[-1])


@app.command(epilog=examples("pfc check", "pfc check --measured out"))
@says_when_compiling
@says_while_waiting("preparing")
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

    shown = shows_progress() and not json and measured is None
    table = pfc.check(agents, out, progress=shown, measured=measured, workers=workers)
    if json:
        typer.echo(table.to_json(orient="records", indent=2))
    else:
        print_table(TEXT_COLUMNS, format_check(table))
    print_hint(summarise_check(table))
    if table["holds"].eq(False).any():  # empty if a number has no claim
        raise typer.Exit(1)
