"""The command line: each command is one or two calls of the public API."""

from __future__ import annotations

import sys

import typer

# Each module adds its commands to the application, in the order that `pfc --help` shows.
# ruff: isort: off
from pfc_analysis.cli.app import app
from pfc_analysis.cli import experiment_commands, agent_commands  # noqa: F401
from pfc_analysis.cli import animal_commands, figure_commands  # noqa: F401


def main() -> None:
    """Run `pfc`; report errors in the user's input in one line, without a traceback."""
    try:
        app()
    except (ValueError, OSError, ModuleNotFoundError) as error:
        typer.secho(f"pfc: {error}", fg="red", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.secho(
            "pfc: stopped. To continue training from its last checkpoint, run `pfc train` again "
            "with --resume, or the same `pfc sweep` again.",
            err=True,
        )
        sys.exit(130)
