"""The command line: each command is one or two calls of the public API."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import pfc_analysis as pfc

app = typer.Typer(
    name="pfc",
    help="Does a network learn the way a brain does? Train agents, record them, set them beside "
    "animals, and reproduce the figures of Wang et al. 2018.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Public animal data.", no_args_is_help=True)
app.add_typer(data_app, name="data")

Experiment = Annotated[
    str, typer.Argument(help="Name of an experiment (`pfc list`), or a recipe file.")
]
Agents = Annotated[
    Path | None,
    typer.Option(help="Folder with one trained agent an experiment; default: the shipped ones."),
]

Agent = Annotated[
    Path | None, typer.Option(help="Folder of a trained agent; default: the shipped one.")
]
Sessions = Annotated[
    int | None, typer.Option(min=1, help="Sessions a replica; default: the recipe's.")
]
TaskSettings = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="A setting of the task that differs; may be repeated."),
]
Images = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Pictures for tasks that show them; short for --task images=DIR."
    ),
]


def _read_task(settings: list[str] | None, images: Path | None) -> dict[str, Any]:
    """Return settings of the task that differ from the recipe's."""
    from pfc_analysis.training.run.recipe import parse_settings

    shown = {} if images is None else {"images": str(images.absolute())}
    return parse_settings(settings or []) | shown


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


@app.command("list")
def list_all() -> None:
    """List experiments, figures and data sets."""
    rows = [("experiment", name, title) for name, title in pfc.list_experiments().items()]
    rows += [("figure", name, path.stem) for name, path in pfc.list_figures().items()]
    rows += [("data", entry.name, entry.title) for entry in pfc.list_datasets()]
    _print_table(["kind", "name", "what"], rows)


@app.command()
def train(
    experiment: Experiment,
    replicas: Annotated[
        int | None, typer.Option(min=1, help="Random seeds; default: the recipe's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="First seed; default: the recipe's.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; default: trained/EXPERIMENT.")] = None,
    task: TaskSettings = None,
    images: Images = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after an interruption.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; default: all processors.")
    ] = None,
) -> None:
    """Train the replicas of an experiment."""
    folder = pfc.train(
        experiment,
        out or Path("trained") / experiment,
        replicas=replicas,
        seed=seed,
        task=_read_task(task, images),
        resume=resume,
        workers=workers,
        progress=True,
    )
    typer.echo(f"{folder}")


@app.command()
def sweep(
    recipes: Annotated[
        list[str],
        typer.Argument(help="Names of experiments, recipe files, or folders of agents."),
    ],
    replicas: Annotated[
        int | None, typer.Option(min=1, help="Random seeds a recipe; default: the recipe's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="First seed; default: the recipe's.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for one agent a recipe, and sweep.csv.")] = Path(
        "trained"
    ),
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a dask scheduler; default: processes on this machine."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes on this machine; default: all processors.")
    ] = None,
) -> None:
    """Train many recipes on a dask cluster, skipping what is trained; exit 1 if a replica fails."""
    from pfc_analysis.training.run.sweep import TEXT_COLUMNS, format_sweep

    table = pfc.sweep(
        recipes,
        out,
        replicas=replicas,
        seed=seed,
        scheduler=scheduler,
        workers=workers,
        progress=True,
    )
    _print_table(TEXT_COLUMNS, format_sweep(table))
    if table["status"].eq("failed").any():
        raise typer.Exit(1)


@app.command()
def record(
    experiment: Experiment,
    out: Annotated[Path, typer.Option(help="File to write: .nc (netCDF-4) or .zarr.")],
    agent: Agent = None,
    sessions: Sessions = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the sessions; default: the recipe's.")
    ] = None,
    task: TaskSettings = None,
    images: Images = None,
    units: Annotated[
        bool, typer.Option(help="Whether to record hidden and cell states of all units.")
    ] = True,
    intervention: Annotated[
        list[str] | None,
        typer.Option(
            help="A rule that changes a signal of the network: block_risky_reward, "
            "block_safe_reward, block_risky_loss, a TOML file or JSON; may be repeated."
        ),
    ] = None,
) -> None:
    """Record trained agents while they play, their weights frozen."""
    from pfc_analysis.recording.storage import recording_path

    path = recording_path(out)  # a wrong ending is told before the work, not after
    recording = pfc.record(
        experiment,
        agent=agent,
        sessions=sessions,
        seed=seed,
        task=_read_task(task, images),
        interventions=intervention or [],
        units=units,
        progress=True,
    )
    typer.echo(f"{pfc.save_recording(recording, path)}")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A recording: .nc or .zarr.")],
    out: Annotated[
        Path,
        typer.Option(
            help="File to write: .csv or .tsv (one row a trial), .nwb (one session), or a folder "
            "for one NWB file a session."
        ),
    ],
    subject: Annotated[
        list[str] | None, typer.Option(help="A subject to write; may be repeated; default: all.")
    ] = None,
    session: Annotated[
        list[int] | None,
        typer.Option(help="A session to write, by number; may be repeated; default: all."),
    ] = None,
) -> None:
    """Write a recording for other tools."""
    with pfc.open_recording(file) as recording:
        typer.echo(
            pfc.export_recording(recording, out, subjects=subject, sessions=session, progress=True)
        )


@app.command()
def film(
    experiment: Annotated[
        str, typer.Argument(help="Name of an experiment whose task shows pictures: harlow.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="File to write, .gif; default: EXPERIMENT.gif.")
    ] = None,
    agent: Agent = None,
    replica: Annotated[
        int | None, typer.Option(min=0, help="Seed of the replica; default: the first.")
    ] = None,
    sessions: Annotated[int, typer.Option(min=1, help="Sessions, one after the other.")] = 1,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the sessions; default: the recipe's.")
    ] = None,
    task: TaskSettings = None,
    images: Images = None,
    seconds: Annotated[float, typer.Option(help="Time that a step is shown.")] = 0.15,
) -> None:
    """Film what a trained agent sees while it plays."""
    path = pfc.film(
        experiment,
        out or Path(f"{experiment}.gif"),
        agent=agent,
        replica=replica,
        sessions=sessions,
        seed=seed,
        task=_read_task(task, images),
        seconds=seconds,
        progress=True,
    )
    typer.echo(f"{path}")


@app.command()
def compare(
    experiment: Annotated[str, typer.Argument(help="Whose agents to compare with (`pfc list`).")],
    files: Annotated[
        list[str],
        typer.Argument(help="Trials of animals: files, folders, or a data set (`pfc data list`)."),
    ],
    columns: Annotated[
        str | None,
        typer.Option(help="What the columns mean: a TOML file, or the name of a preset."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for page, picture, table and dataset.")] = Path(
        "comparison"
    ),
    name: Annotated[str, typer.Option(help="What to call the animals: rats, ...")] = "animals",
    subject: Annotated[
        str | None,
        typer.Option(
            help="Name of the animal, where no column has it; '{stem}' is the name of the file."
        ),
    ] = None,
    table: Annotated[str | None, typer.Option(help="Which table, of a file with several.")] = None,
    agent: Agent = None,
    sessions: Sessions = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MARK",
            help="Count trials with this mark, too: forced, stimulated, automatic_reward; may be "
            "repeated.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 1,
) -> None:
    """Set agents beside animals: statistics, a figure, and one page to read."""
    from pfc_analysis.reporting.comparison_files import list_written

    result = pfc.compare(
        experiment,
        files,
        columns,
        out=out,
        name=name,
        subject=subject,
        table=table,
        agent=agent,
        sessions=sessions,
        keep=keep or (),
        seed=seed,
        progress=True,
    )
    for summary in result["summary"].values:
        typer.echo(f"{summary}")
    _print_paths(list_written(out))


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="The paper's name: 5, s6, ...")],
    out: Annotated[Path, typer.Option(help="Folder for picture and numbers.")] = Path("out"),
    agents: Agents = None,
) -> None:
    """Draw one figure of the paper."""
    _print_paths(pfc.draw_figure(name, out, agents))


@app.command()
def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for pictures and numbers.")] = Path("out"),
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="First train every agent anew.")
    ] = False,
) -> None:
    """Draw every figure from the shipped agents."""
    _print_paths(pfc.reproduce(out, from_scratch=from_scratch, progress=True))


@app.command()
def check(
    agents: Agents = None,
    out: Annotated[Path | None, typer.Option(help="Keep the figures in this folder.")] = None,
    measured: Annotated[
        Path | None,
        typer.Option(help="Folder that `pfc reproduce` left: check its numbers, draw nothing."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure every number and set it against the paper; exit 1 if a claim does not hold."""
    from pfc_analysis.reproduction.claims import TEXT_COLUMNS, format_check

    table = pfc.check(agents, out, progress=not json and measured is None, measured=measured)
    if json:
        typer.echo(table.to_json(orient="records", indent=2))
    else:
        _print_table(TEXT_COLUMNS, format_check(table))
    if table["holds"].eq(False).any():  # empty where nothing is claimed
        raise typer.Exit(1)


@data_app.command("list")
def data_list(
    experiment: Annotated[
        str | None,
        typer.Option(help="Only what can be set beside this experiment, such as two_step."),
    ] = None,
) -> None:
    """List the public data sets that the catalogue describes."""
    rows = [
        (
            entry.name,
            entry.species.partition(" (")[0],
            ", ".join(entry.experiments) or "-",
            entry.short_licence,
            entry.status,
            entry.title,
        )
        for entry in pfc.list_datasets(experiment=experiment)
    ]
    _print_table(["name", "species", "compare with", "licence", "status", "what"], rows)


@data_app.command("info")
def data_info(name: Annotated[str, typer.Argument(help="Name of the data set.")]) -> None:
    """Describe one data set: source, licence, citation, traps, and how to load it."""
    typer.echo(pfc.describe_dataset(name))


@data_app.command("fetch")
def data_fetch(
    names: Annotated[list[str], typer.Argument(help="Names of data sets.", show_default=False)],
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where to keep it, several each in a folder of its own; default: the cache."
        ),
    ] = None,
) -> None:
    """Download data sets, or find them where PFC_ANALYSIS_DATA points, and check their SHA-256."""
    from pfc_analysis.recording.catalogue.public_data import fetch_datasets

    _print_paths(fetch_datasets(names, folder, progress=True))


def _print_table(columns: list[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console = Console(width=250)  # a pipe has none: leave lines whole for whoever reads them
    console.print(table)


def _print_paths(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"{path}")


def main() -> None:
    """Run `pfc`; faults of the user's input are told in a line, without a traceback."""
    try:
        app()
    except (ValueError, OSError, ModuleNotFoundError) as error:
        typer.secho(f"pfc: {error}", fg="red", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.secho(
            "pfc: stopped. Training goes on from its last checkpoint: `pfc train` with --resume, "
            "`pfc sweep` as it is.",
            err=True,
        )
        sys.exit(130)
