"""The command that fits learners and small networks to choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app, examples
from pfc_analysis.cli.compiling import says_when_compiling
from pfc_analysis.cli.completion import complete_dataset, complete_learner
from pfc_analysis.cli.options import (
    Columns,
    Experiment,
    Open,
    PageFolder,
    Subject,
    Table,
    Workers,
    seed_option,
)
from pfc_analysis.cli.output import open_written, print_hint, print_paths, shows_progress
from pfc_analysis.cli.waiting import says_while_waiting

_NONE = "none"
"""As the value of an option that takes a list: an empty one."""


def _split(given: str | None) -> list[str] | None:
    """Split a list at its commas; "none" is an empty list."""
    if given is None:
        return None
    words = [word.strip() for word in given.split(",")]
    return [] if words == [_NONE] else [word for word in words if word]


def _read_units(given: str) -> list[int]:
    """Read numbers of units."""
    try:
        return [int(word) for word in _split(given) or []]
    except ValueError:
        raise typer.BadParameter(
            f"found {given!r}, expected whole numbers with commas between them, such as 1,2,4, or "
            "'none'."
        ) from None


@app.command(
    epilog=examples(
        "pfc fit two_step rat_two_step --open",
        "pfc fit bandit mice.csv --columns map.toml --learners q_learning --networks none",
        "pfc fit two_step agents.nc --networks 1,2",
    )
)
@says_when_compiling
@says_while_waiting("reading the trials")
def fit(
    experiment: Experiment,
    files: Annotated[
        list[str],
        typer.Argument(
            help="Trials of animals, agents or simulated learners: files, folders, recordings, or "
            "a data set (`pfc data list`).",
            autocompletion=complete_dataset,
        ),
    ],
    learners: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="Learners to fit; 'none' for none; default: all that suit the task.",
            autocompletion=complete_learner,
        ),
    ] = None,
    networks: Annotated[
        str,
        typer.Option(
            metavar="N,N", help="Numbers of units of recurrent networks; 'none' for none."
        ),
    ] = "1,2,4",
    out: PageFolder = Path("fit"),
    columns: Columns = None,
    subject: Subject = None,
    table: Table = None,
    cell: Annotated[
        str, typer.Option(metavar="gru|lstm|vanilla", help="Kind of the networks.")
    ] = "gru",
    folds: Annotated[
        int, typer.Option(min=2, help="Parts of the sessions; each is predicted from the others.")
    ] = 5,
    starts: Annotated[int, typer.Option(min=1, help="Starting points of a learner's search.")] = 5,
    method: Annotated[
        str,
        typer.Option(
            metavar="likelihood|posterior|hierarchical",
            help="How learners are fitted: by maximum likelihood; maximum a posteriori; or to all "
            "subjects together.",
        ),
    ] = "likelihood",
    checks: Annotated[
        bool,
        typer.Option(
            help="Simulate which parameters and models these trials can tell apart, and whether "
            "the fitted models behave as the subjects do."
        ),
    ] = True,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Data sets of each learner and subject that show which learners can be told "
            "apart; default: as many as take about a minute.",
        ),
    ] = None,
    seed: Annotated[int, seed_option("Seed of searches, networks and simulations.")] = 1,
    workers: Workers = None,
    show: Open = False,
) -> None:
    """Fit learners and small networks to choices: which one explains them, and how well?"""
    from pfc_analysis.reporting.fits.fit_files import list_fit_files

    result = pfc.fit(
        files,
        experiment,
        columns,
        learners=_split(learners),
        networks=_read_units(networks),
        cell=cell,
        folds=folds,
        starts=starts,
        method=method,
        checks=checks,
        repeats=repeats,
        out=out,
        subject=subject,
        table=table,
        seed=seed,
        workers=workers,
        progress=shows_progress(),
    )
    for sentence in result["summary"].values:
        print_hint(str(sentence))
    written = list_fit_files(out)
    print_paths(written)
    if show:
        open_written(written[0])
