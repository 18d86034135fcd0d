"""Commands that train, record and film agents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app, examples
from pfc_analysis.cli.compiling import say_if_training_compiles, says_when_compiling
from pfc_analysis.cli.completion import complete_experiment
from pfc_analysis.cli.options import (
    Agent,
    Experiment,
    FirstSeed,
    Images,
    Open,
    Recipe,
    Sessions,
    SessionSeed,
    TaskSettings,
    Workers,
    read_task,
    seed_option,
)
from pfc_analysis.cli.output import (
    open_written,
    print_hint,
    print_paths,
    print_table,
    shows_progress,
)
from pfc_analysis.cli.waiting import says_while_waiting
from pfc_analysis.paths import user_path


@app.command(
    epilog=examples(
        "pfc train two_step --out my_agent",
        "pfc train two_step --task trials=50 --replicas 2 --out short_sessions",
        "pfc train two_step --out my_agent --resume",
    )
)
@says_while_waiting("preparing the training")
def train(
    experiment: Recipe,
    replicas: Annotated[
        int | None, typer.Option(min=1, help="Number of random seeds; default: the recipe's.")
    ] = None,
    seed: FirstSeed = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the agent; default: trained/EXPERIMENT, or the folder of your own "
            "experiment."
        ),
    ] = None,
    task: TaskSettings = None,
    images: Images = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted training.")
    ] = False,
    workers: Workers = None,
) -> None:
    """Train the replicas of an experiment."""
    from pfc_analysis.training.run.experiment import default_folder

    settings = read_task(task, images)
    say_if_training_compiles()
    folder = pfc.train(
        experiment,
        out or default_folder(experiment, settings),
        replicas=replicas,
        seed=seed,
        task=settings,
        resume=resume,
        workers=workers,
        progress=shows_progress(),
    )
    print_paths([folder])
    if shows_progress():
        from pfc_analysis.reporting.training_result import say_trained

        for line in say_trained(experiment, folder, settings):
            print_hint(line)


@app.command(
    epilog=examples(
        "pfc sweep two_step volatility --out trained",
        "pfc sweep recipes/*.toml --analysis compute_stay_probability",
    )
)
@says_while_waiting("preparing the training")
def sweep(
    recipes: Annotated[
        list[str],
        typer.Argument(
            help="Names of experiments, recipe files, or folders of agents.",
            autocompletion=complete_experiment,
        ),
    ],
    replicas: Annotated[
        int | None, typer.Option(min=1, help="Random seeds per recipe; default: the recipe's.")
    ] = None,
    seed: FirstSeed = None,
    out: Annotated[
        Path, typer.Option(help="Folder for one agent per recipe, and sweep.csv.")
    ] = Path("trained"),
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a dask scheduler; default: processes on this machine."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes on this machine; default: one per processor."),
    ] = None,
    analysis: Annotated[
        list[str] | None,
        typer.Option(
            help="An analysis of each replica's recording, such as compute_stay_probability, whose "
            "numbers are added to sweep.csv; can be repeated."
        ),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep each replica's recording in its folder.")
    ] = False,
) -> None:
    """Train many recipes on a dask cluster, except finished replicas; exit 1 if a replica fails."""
    from pfc_analysis.training.run.sweep import TEXT_COLUMNS, format_sweep

    measure = None
    if analysis or record:
        measure = pfc.MeasureReplicas(tuple(analysis or ()), record=record)
    if scheduler is None:  # the workers of a cluster have caches of their own
        say_if_training_compiles()
    table = pfc.sweep(
        recipes,
        out,
        replicas=replicas,
        seed=seed,
        scheduler=scheduler,
        workers=workers,
        progress=shows_progress(),
        measure=measure,
    )
    print_table(TEXT_COLUMNS, format_sweep(table))
    if table["status"].eq("failed").any():
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "pfc record two_step --out agents.nc",
        "pfc record two_step --agent my_agent --sessions 100 --out mine.nc",
        "pfc record risky_choice --intervention block_risky_reward --out b.nc",
    )
)
@says_when_compiling
@says_while_waiting("loading the agent")
def record(
    experiment: Experiment,
    out: Annotated[Path, typer.Option(help="File to write: .nc (netCDF-4) or .zarr.")],
    agent: Agent = None,
    sessions: Sessions = None,
    seed: SessionSeed = None,
    task: TaskSettings = None,
    images: Images = None,
    units: Annotated[
        bool, typer.Option(help="Record the hidden and cell states of all units.")
    ] = True,
    intervention: Annotated[
        list[str] | None,
        typer.Option(
            help="A rule that changes a signal of the network: block_risky_reward, "
            "block_safe_reward, block_risky_loss, a TOML file or JSON; can be repeated."
        ),
    ] = None,
    plasticity: Annotated[
        float | None,
        typer.Option(
            help="Switch learning on, at this multiple of the learning rate of late training; "
            "default: weights frozen."
        ),
    ] = None,
) -> None:
    """Record trained agents while they play, with their weights frozen or with learning on."""
    path = user_path(out)
    pfc.record(
        experiment,
        agent=agent,
        sessions=sessions,
        seed=seed,
        task=read_task(task, images),
        interventions=intervention or [],
        plasticity=plasticity,
        units=units,
        out=path,
        progress=shows_progress(),
    ).close()
    print_paths([path])


@app.command(
    epilog=examples(
        "pfc film harlow --open",
        "pfc film harlow --sessions 2 --out harlow.gif",
    )
)
@says_when_compiling
@says_while_waiting("loading the agent")
def film(
    experiment: Annotated[
        str,
        typer.Argument(
            help="Name of an experiment whose task shows pictures: harlow.",
            autocompletion=complete_experiment,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write: .html, a page with a slider, or .gif; default: EXPERIMENT.html."
        ),
    ] = None,
    agent: Agent = None,
    replica: Annotated[
        int | None,
        seed_option("Seed of the replica; default: the first."),
    ] = None,
    sessions: Annotated[
        int, typer.Option(min=1, help="Number of sessions, shown one after the other.")
    ] = 1,
    seed: SessionSeed = None,
    task: TaskSettings = None,
    images: Images = None,
    seconds: Annotated[float, typer.Option(help="Seconds that each step is shown.")] = 0.15,
    show: Open = False,
) -> None:
    """Film what a trained agent sees, expects, does and remembers while it plays."""
    path = pfc.film(
        experiment,
        out or Path(f"{Path(experiment).name}.html"),
        agent=agent,
        replica=replica,
        sessions=sessions,
        seed=seed,
        task=read_task(task, images),
        seconds=seconds,
        progress=shows_progress(),
    )
    print_paths([path])
    if show:
        open_written(path)
