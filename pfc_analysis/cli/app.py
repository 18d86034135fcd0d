"""The typer application that all commands are added to."""

from __future__ import annotations

from shutil import get_terminal_size
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import pfc_analysis as pfc
from pfc_analysis.cli.output import be_quiet

_WIDTH_OF_BOXES = 72
"""Characters per line: on narrower screens the columns of boxes would be cut, so help is plain."""

_QUIET = ("--quiet", "-q")


def examples(*commands: str) -> str:
    """Return the last paragraphs of a help text: commands that one can copy."""
    title = "Example:" if len(commands) == 1 else "Examples:"
    return "\n\n".join([title, *(f"  {command}" for command in commands)])


class _Commands(TyperGroup):
    """The commands of `pfc`; `--quiet` may stand before or after the name of a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `--quiet` out of the arguments, wherever it stands."""
        end = args.index("--") if "--" in args else len(args)
        options = [one for one in args[:end] if one not in _QUIET]
        # The option itself is only declared so that the help shows it.
        be_quiet(len(options) < end)
        return super().parse_args(ctx, [*options, *args[end:]])

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands in plain help with their whole first lines, which are cut otherwise."""
        for command in self.commands.values():
            command.short_help = command.short_help or (command.help or "").partition("\n\n")[0]
        super().format_commands(ctx, formatter)


app = typer.Typer(
    name="pfc",
    cls=_Commands,
    help="Train agents on the tasks of Wang et al. 2018, record them, compare them with animals, "
    "and reproduce the figures of the paper.",
    epilog=examples(
        "pfc list",
        "pfc show two_step",
        "pfc record two_step --out agents.nc",
        "pfc compare two_step rats.csv --open",
    )
    + "\n\n \n\nStandard output: results (paths and tables). Standard error: progress, hints and "
    "errors. Exit status: 0; 1 if a check or a replica failed; 2 if the input is wrong "
    "or the machine lacks something; 130 after Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if get_terminal_size((80, 24)).columns >= _WIDTH_OF_BOXES else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(
    cls=_Commands,
    help="Public animal data: list, describe and fetch data sets.",
    epilog=examples(
        "pfc data list --experiment two_step",
        "pfc data info rat_two_step",
        "pfc data fetch rat_two_step",
    ),
    no_args_is_help=True,
)
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
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Show no progress and no hints, only results and errors. May stand anywhere.",
        ),
    ] = False,
) -> None:
    pass
