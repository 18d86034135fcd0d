"""Commands for animal data: compare, replay, export, and the catalogue of public data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pfc_analysis as pfc
from pfc_analysis.cli.app import app, data_app, examples
from pfc_analysis.cli.compiling import says_when_compiling
from pfc_analysis.cli.completion import complete_dataset, complete_experiment
from pfc_analysis.cli.options import (
    Agent,
    Columns,
    Experiment,
    Open,
    PageFolder,
    Sessions,
    Subject,
    Table,
    TaskSettings,
    read_task,
    seed_option,
)
from pfc_analysis.cli.output import (
    open_written,
    print_hint,
    print_list,
    print_paths,
    print_text,
    shows_progress,
)
from pfc_analysis.cli.waiting import says_while_waiting
from pfc_analysis.paths import check_writable, user_path


@app.command(
    epilog=examples(
        "pfc compare two_step rat_two_step --open",
        "pfc compare two_step rats.csv --columns map.toml --name rats",
        "pfc compare matching 'data/*.nwb' --agents matched",
    )
)
@says_when_compiling
@says_while_waiting("reading the animals' trials")
def compare(
    experiment: Experiment,
    files: Annotated[
        list[str],
        typer.Argument(
            help="Trials of animals: files, folders, or a data set (`pfc data list`).",
            autocompletion=complete_dataset,
        ),
    ],
    columns: Columns = None,
    out: PageFolder = Path("comparison"),
    name: Annotated[str, typer.Option(help="Name of the group of animals: rats, ...")] = "animals",
    subject: Subject = None,
    table: Table = None,
    agent: Agent = None,
    agents: Annotated[
        str,
        typer.Option(
            metavar="shipped|matched",
            help="matched: train agents for the animals' task, at the settings that the data show "
            "(minutes; kept in the cache and found again).",
        ),
    ] = "shipped",
    task: TaskSettings = None,
    sessions: Sessions = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MARK",
            help="Also analyse trials with this mark: forced, stimulated, automatic_reward; can be "
            "repeated.",
        ),
    ] = None,
    unreadable: Annotated[
        str,
        typer.Option(
            metavar="skip|raise",
            help="A file of several that cannot be read is left out, which the page says; or its "
            "error is raised.",
        ),
    ] = "skip",
    seed: Annotated[int, seed_option("Seed of the bootstrap.")] = 1,
    show: Open = False,
) -> None:
    """Compare agents with animals: statistics, a figure, and one page to read."""
    from pfc_analysis.reporting.comparison_files import list_written
    from pfc_analysis.reporting.task_rows import say_tasks

    result = pfc.compare(
        experiment,
        files,
        columns,
        out=out,
        name=name,
        subject=subject,
        table=table,
        agent=agent,
        agents=agents,
        task=read_task(task, None),
        sessions=sessions,
        keep=keep or (),
        unreadable=unreadable,
        seed=seed,
        progress=shows_progress(),
    )
    for summary in [*result["summary"].values, *say_tasks(result)]:
        print_hint(f"{summary}")
    written = list_written(out)
    print_paths(written)
    if show:
        open_written(written[0])


@app.command(
    epilog=examples(
        "pfc replay two_step_rats rat_two_step --out lived.nc",
        "pfc replay matching mice.csv --columns map.toml --no-units --out lived.nc",
        "pfc replay two_step agents.nc --agent my_agent --out lived.nc",
    )
)
@says_when_compiling
@says_while_waiting("reading the trials")
def replay(
    experiment: Experiment,
    files: Annotated[
        list[str],
        typer.Argument(
            help="Trials of animals, agents or simulated learners: files, folders, recordings, or "
            "a data set (`pfc data list`).",
            autocompletion=complete_dataset,
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write: .nc (netCDF-4) or .zarr.")],
    agent: Agent = None,
    resets: Annotated[
        str,
        typer.Option(
            metavar="session|subject|VARIABLE",
            help="Where the agents' state begins anew: with each session, with each subject only, "
            "or with each session and at the changes of a variable, such as block.",
        ),
    ] = "session",
    columns: Annotated[
        str | None,
        typer.Option(help="What the columns mean: a TOML file, or the name of a preset."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Name of the animal, if no column gives it.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Name of the table, if a file has several.")
    ] = None,
    task: TaskSettings = None,
    units: Annotated[
        bool, typer.Option(help="Record the hidden and cell states of all units.")
    ] = True,
    untrained: Annotated[
        bool, typer.Option("--untrained", help="Take the weights before training: a control.")
    ] = False,
) -> None:
    """Let trained agents live through the trials of animals, with their weights frozen."""
    path = user_path(out)
    check_writable(path, "file" if path.suffix == ".nc" else "folder")
    recording = pfc.load(files, columns, subject=subject, table=table)
    lived = pfc.replay(
        experiment,
        recording,
        agent=agent,
        task=read_task(task, None),
        resets=resets,
        units=units,
        untrained=untrained,
        out=path,
        progress=shows_progress(),
    )
    notes = lived.attrs["notes"]  # a file of netCDF returns a list of one text as that text
    for note in [notes] if isinstance(notes, str) else notes:
        print_hint(f"{note}")
    lived.close()
    print_paths([path])


@app.command(
    epilog=examples(
        "pfc export agents.nc --out agents.csv",
        "pfc export agents.nc --subject seed_1 --session 0 --out one_session.nwb",
    )
)
@says_while_waiting("reading the recording")
def export(
    file: Annotated[Path, typer.Argument(help="A recording: .nc or .zarr.")],
    out: Annotated[
        Path,
        typer.Option(
            help="File to write: .csv or .tsv (one row per trial), .nwb (one session), or a folder "
            "for one NWB file per session."
        ),
    ],
    subject: Annotated[
        list[str] | None, typer.Option(help="A subject to write; can be repeated; default: all.")
    ] = None,
    session: Annotated[
        list[int] | None,
        typer.Option(help="Number of a session to write; can be repeated; default: all."),
    ] = None,
) -> None:
    """Export a recording for other tools."""
    # Only the place: export_recording itself checks what is there already.
    check_writable(out, "file" if out.suffix else "folder")
    with pfc.open_recording(file) as recording:
        done = pfc.export_recording(
            recording, out, subjects=subject, sessions=session, progress=shows_progress()
        )
    for hint in done.hints:
        print_hint(hint)
    print_paths([done.path])


@data_app.command("list", epilog=examples("pfc data list --experiment two_step"))
def data_list(
    experiment: Annotated[
        str | None,
        typer.Option(
            help="List only data that can be compared with this experiment, such as two_step.",
            autocompletion=complete_experiment,
        ),
    ] = None,
) -> None:
    """List the public data sets that the catalogue describes."""
    entries = pfc.list_datasets(experiment=experiment)
    print_list("", entries.columns, entries.rows)


@data_app.command("info", epilog=examples("pfc data info rat_two_step"))
def data_info(
    name: Annotated[
        str, typer.Argument(help="Name of the data set.", autocompletion=complete_dataset)
    ],
) -> None:
    """Describe one data set: source, licence, citation, traps, and how to load it."""
    print_text(str(pfc.describe_dataset(name)))


@data_app.command("fetch", epilog=examples("pfc data fetch rat_two_step grackle_reversal"))
@says_while_waiting("looking for the data sets")
def data_fetch(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Names of data sets.", show_default=False, autocompletion=complete_dataset
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where to keep them; several data sets get one folder each; default: the cache."
        ),
    ] = None,
) -> None:
    """Download data sets, or find them in the folder PFC_ANALYSIS_DATA; check their SHA-256."""
    from pfc_analysis.recording.catalogue.public_data import fetch_datasets

    if folder is not None:
        check_writable(folder, "folder")
    print_paths(fetch_datasets(names, folder, progress=shows_progress()))
